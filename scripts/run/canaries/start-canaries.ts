import { prepareOwnCode } from '../../check/driver/own-code.ts';
import { probeEveryMs } from '../../plan/derived/step-times.ts';
import { plannedSpec } from '../load/load-spec.ts';
import type { Child } from '../processes/child.ts';
import { entryFile } from '../processes/entry-file.ts';
import type { Mocks } from '../processes/mocks.ts';
import { startProber } from '../processes/prober-process.ts';
import { targetDied } from '../processes/target.ts';
import { endRunOnDeath, type Rig } from '../rig.ts';
import { CanaryStreaks } from './canary-streaks.ts';
import { CANARY_PEOPLE, startScriptProber } from './script-prober.ts';

const FIRST_CANARY_WITHIN_MS = 30_000;

/** The probers go on through all steps; the load starts only after each journey had a good canary. */
export async function startCanaries(
  rig: Rig,
  mocks: Mocks | null,
  target: Child | null,
): Promise<CanaryStreaks> {
  const { plan, scripts } = rig.options;
  const canaries = new CanaryStreaks(plan.journeys.map(({ name }) => name));
  const probers = [await startNodeProber(rig, mocks, canaries)];
  const plain = scripts.filter(({ kind }) => kind === 'k6');
  if (plain.length > 0) probers.push(await startScriptProber(rig, mocks, plain, canaries.add));
  for (const [index, prober] of probers.entries()) {
    rig.vitals.watch(prober.pid, 'prober', index === 0 ? 'prober' : 'prober-k6');
    endRunOnDeath(rig, prober, 'prober');
    canaries.dependOn(prober);
  }
  rig.live.note(`waiting for a good canary order at ${plan.target.baseUrl}`);
  const canary = canaries.firstGood(FIRST_CANARY_WITHIN_MS, plan.target.baseUrl, rig.earlyEnd.signal);
  const first = target ? await Promise.race([canary, target.exited]) : await canary;
  if (first && target) {
    throw targetDied(plan.target.start?.command ?? '', first, 'before the load began');
  }
  if (target) endRunOnDeath(rig, target, 'target');
  return canaries;
}

async function startNodeProber(rig: Rig, mocks: Mocks | null, canaries: CanaryStreaks): Promise<Child> {
  const { plan, preparation, io, scripts } = rig.options;
  const ownCode = await prepareOwnCode(scripts);
  rig.closers.push(ownCode.close);
  const byK6 = scripts.filter(({ kind }) => kind === 'k6').map(({ journey }) => journey);
  return await startProber({
    children: rig.children,
    mainPath: entryFile('prober'),
    config: {
      ...plannedSpec(plan),
      stepIndex: 0,
      people: rig.people.slice(0, CANARY_PEOPLE),
      runId: rig.runId,
      everyMs: probeEveryMs(plan, preparation.sliceMs),
      journeys: plan.journeys.filter(({ name }) => !byK6.includes(name)),
      partnerUrls: mocks?.urls ?? {},
      ownCodeFile: ownCode.file,
    },
    cwd: io.cwd,
    env: io.env,
    observe: rig.observe,
    onProbe: canaries.add,
  });
}
