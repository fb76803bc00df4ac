import { probeEveryMs } from '../analysis/prober.ts';
import type { Child } from './child.ts';
import { plannedSpec } from './load-spec.ts';
import type { Mocks } from './mocks.ts';
import { type PlanProcesses, startPlanMocks, startPlanTarget } from './plan-parts.ts';
import { type Prober, startProber } from './prober-process.ts';
import { endRunOnDeath, entryFile, type Rig } from './rig.ts';
import { targetDied } from './target.ts';

// The parts around k6, in the order in which they start: partners, the plan's own target, the prober.

const FIRST_CANARY_WITHIN_MS = 30_000;
const CANARY_PEOPLE = 20;

export async function startPartners(rig: Rig): Promise<Mocks | null> {
  const mocks = await startPlanMocks(processesOf(rig), rig.observe);
  if (mocks === null) return null;
  rig.vitals.watch(mocks.child.pid, 'mocks', 'mocks');
  endRunOnDeath(rig, mocks.child, 'mocks');
  return mocks;
}

export async function startOwnTarget(rig: Rig, mocks: Mocks | null): Promise<Child | null> {
  const target = await startPlanTarget(processesOf(rig), {
    mocks,
    cwd: rig.options.targetCwd,
    secrets: rig.options.secrets,
    onLine: (line) => rig.directory.log('target.log', line),
    note: rig.live.note,
  });
  if (target) rig.vitals.watch(target.pid, 'target', 'target');
  return target;
}

const processesOf = ({ options, children, ending }: Rig): PlanProcesses => {
  return { plan: options.plan, io: options.io, children, signal: ending.signal };
};

/** The prober goes on through all steps; the load starts only after each journey had a good canary. */
export async function startCanaries(rig: Rig, mocks: Mocks | null, target: Child | null): Promise<Prober> {
  const { plan, preparation, io } = rig.options;
  const prober = await startProber({
    children: rig.children,
    mainPath: entryFile('prober'),
    config: {
      ...plannedSpec(plan),
      stepIndex: 0,
      people: rig.people.slice(0, CANARY_PEOPLE),
      runId: rig.runId,
      everyMs: probeEveryMs(plan, preparation.sliceMs),
      partnerUrls: mocks?.urls ?? {},
    },
    cwd: io.cwd,
    env: io.env,
    observe: rig.observe,
  });
  rig.vitals.watch(prober.child.pid, 'prober', 'prober');
  endRunOnDeath(rig, prober.child, 'prober');
  rig.live.note(`waiting for a good canary order at ${plan.target.baseUrl}`);
  const canary = prober.firstGoodCanary(FIRST_CANARY_WITHIN_MS, plan.target.baseUrl, rig.ending.signal);
  const first = target ? await Promise.race([canary, target.exited]) : await canary;
  if (first && target) {
    throw targetDied(plan.target.start?.command ?? '', first, 'before the load began');
  }
  if (target) endRunOnDeath(rig, target, 'target');
  return prober;
}
