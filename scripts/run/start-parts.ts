import { probeEveryMs } from '../analysis/prober.ts';
import { PeakproofError } from '../core/errors.ts';
import { scaledPartners } from '../demand/scaled-partners.ts';
import type { Child } from './child.ts';
import { type Mocks, startMocks } from './mocks.ts';
import { type Prober, startProber } from './prober-process.ts';
import { redacted } from './recorder.ts';
import { endRunOnDeath, entryFile, type Rig, USER_AGENT } from './rig.ts';
import { describeExit, startTarget } from './target.ts';

// The parts around k6, in the order in which they start: partners, the plan's own target, the prober.

const FIRST_CANARY_WITHIN_MS = 30_000;
const CANARY_PEOPLE = 20;

export async function startPartners(rig: Rig): Promise<Mocks | null> {
  const { plan, io } = rig.options;
  if (plan.partners.length === 0) return null;
  const mocks = await startMocks({
    children: rig.children,
    mainPath: entryFile('mocks'),
    config: { seed: plan.rehearsal.seed, partners: scaledPartners(plan), faults: plan.faults },
    signal: rig.ending.signal,
    cwd: io.cwd,
    env: io.env,
    observe: rig.observe,
  });
  rig.vitals.watch(mocks.child.pid, 'mocks', 'mocks');
  endRunOnDeath(rig, mocks.child, 'mocks');
  return mocks;
}

export async function startOwnTarget(rig: Rig, mocks: Mocks | null): Promise<Child | null> {
  const { plan, io, targetCwd } = rig.options;
  if (plan.target.start) rig.live.note(`starting the target: ${plan.target.start.command}`);
  const target = await startTarget({
    target: plan.target,
    botPartner: plan.journeys.find(({ chat }) => chat !== null)?.chat?.partner ?? null,
    partnerUrls: mocks?.urls ?? {},
    children: rig.children,
    env: io.env,
    cwd: targetCwd,
    signal: rig.ending.signal,
    onLine: (line) => rig.directory.log('target.log', redacted(line, rig.options.secrets)),
  });
  if (target) rig.vitals.watch(target.pid, 'target', 'target');
  return target;
}

/** The prober goes on through all steps; the load starts only after each journey had a good canary. */
export async function startCanaries(rig: Rig, mocks: Mocks | null, target: Child | null): Promise<Prober> {
  const { plan, preparation, io } = rig.options;
  const prober = await startProber({
    children: rig.children,
    mainPath: entryFile('prober'),
    config: {
      baseUrl: plan.target.baseUrl,
      stepIndex: 0,
      people: rig.people.slice(0, CANARY_PEOPLE),
      runId: rig.runId,
      userAgent: USER_AGENT,
      seed: plan.rehearsal.seed,
      everyMs: probeEveryMs(plan, preparation.sliceMs),
      journeys: plan.journeys,
      client: plan.client,
      cafes: preparation.cafes,
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
    throw new PeakproofError({
      code: 'target-died',
      message: `the target ended before the load began: ${describeExit(first.code, first.signal)}`,
      hint: `run \`${plan.target.start?.command}\` by hand and mend what it says`,
      exitCode: 4,
      details: first.lastLines,
    });
  }
  if (target) endRunOnDeath(rig, target, 'target');
  return prober;
}
