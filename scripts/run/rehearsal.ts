import { setTimeout as sleep } from 'node:timers/promises';
import { judgeRun } from '../analysis/judge.ts';
import type { RunReport } from '../contract/run-report.ts';
import { RECOVERED_SLICES, RECOVERED_WITHIN_MS } from '../core/limits.ts';
import { formatDurationMs } from '../core/quantities.ts';
import { withoutSecrets } from '../core/secrets.ts';
import { probeEveryMs } from '../plan/derived/step-times.ts';
import { analyzeDirectory } from '../record/analyze.ts';
import type { CanaryStreaks } from './canaries/canary-streaks.ts';
import { startCanaries } from './canaries/start-canaries.ts';
import { startCollector } from './collector/collector.ts';
import { runStep } from './load/step.ts';
import { watchStep } from './load/watch-step.ts';
import type { PreparedStep } from './prepare.ts';
import { closeRig, openRig, type RehearsalOptions, type Rig, writeManifest } from './rig.ts';
import { startOwnTarget, startPartners } from './start-parts.ts';

const DEATH_NOTICED_MS = 200;

export interface RehearsalResult {
  report: RunReport;
  directory: string;
}

/**
 * One rehearsal from start to stop: starts collector, partners, target and prober, waits for a good canary, runs
 * the steps, stops everything in reverse, judges what was observed and writes the report.
 * @throws PeakproofError when the environment does not allow the load to start (exit 4)
 */
export async function rehearse(options: RehearsalOptions): Promise<RehearsalResult> {
  const rig = await openRig(options);
  try {
    await runSteps(rig);
  } catch (error) {
    // Whatever fails because a part has died or the run ends early is no failure of its own; a death is noticed at once.
    await Promise.race([rig.earlyEnd.ended, sleep(DEATH_NOTICED_MS)]);
    if (rig.earlyEnd.cause === null && loadHasStarted(rig)) {
      // What was measured until then is worth a report, and no verdict may be taken from the rest.
      rig.live.note(`peakproof could not go on: ${error instanceof Error ? error.message : String(error)}`);
      rig.earlyEnd.end('died');
    }
    if (rig.earlyEnd.cause === null) {
      await closeRig(rig);
      const observations = await rig.directory.close();
      await writeManifest(rig, { ended: observations && 'not-started', observations });
      throw withoutSecrets(error, rig.redact);
    }
  }
  await closeRig(rig);
  if (rig.diskError.current) throw rig.diskError.current;
  return await judgeAndWrite(rig);
}

function loadHasStarted({ timeline }: Rig): boolean {
  return timeline.snapshot().steps.some((step) => step.startedAt !== null);
}

async function runSteps(rig: Rig): Promise<void> {
  const { options, earlyEnd, observe, live } = rig;
  const collector = await startCollector({ onObservation: observe, runId: rig.runId });
  rig.closers.push(() => collector.close());
  const mocks = await startPartners(rig);
  const target = await startOwnTarget(rig, mocks);
  const canaries = await startCanaries(rig, mocks, target);
  let isFirst = true;
  for (const step of options.preparation.steps) {
    if (earlyEnd.cause !== null) break;
    if (!isFirst && !(await recoveredFromLastStep(rig, canaries))) return;
    isFirst = false;
    announceStep(rig, step);
    const stopWatching = watchStep({
      plan: rig.savedPlan,
      step,
      timeline: rig.timeline,
      live,
      targetDead: () => rig.targetDead,
      earlyEnd,
    });
    rig.underLoad = true;
    await runStep(rig, { collector, mocks }, step).finally(stopWatching);
    rig.underLoad = false;
    if (rig.targetDead) earlyEnd.end('target-died');
    if (earlyEnd.cause === null && stepFailed(rig, step)) break;
  }
}

async function recoveredFromLastStep(rig: Rig, canaries: CanaryStreaks): Promise<boolean> {
  const { plan, preparation } = rig.options;
  const count = Math.ceil((RECOVERED_SLICES * preparation.sliceMs) / probeEveryMs(plan, preparation.sliceMs));
  rig.live.note('waiting until the target has recovered from the last step');
  const recovered = await canaries.good(
    count,
    RECOVERED_SLICES * preparation.sliceMs + RECOVERED_WITHIN_MS,
    rig.earlyEnd.signal,
  );
  if (!recovered && rig.earlyEnd.cause === null) rig.earlyEnd.end('not-recovered');
  return recovered;
}

function announceStep(rig: Rig, step: PreparedStep): void {
  const { schedule, vus } = step;
  const { preparation } = rig.options;
  rig.observe({
    type: 'step-planned',
    at: Date.now(),
    step: step.index,
    multiple: schedule.multiple,
    warmUpMs: schedule.warmUpMs,
    replayedMs: schedule.replayedMs,
    settleMs: schedule.settleMs,
    schedules: schedule.schedules,
    vus: vus.total,
    hangCoveredMs: vus.hangCoveredMs,
    peakOrdersPerSec: schedule.peakOrdersPerSec,
    sliceMs: preparation.sliceMs,
    journeySliceMs: preparation.journeySliceMs,
    journeyStepSliceMs: preparation.journeyStepSliceMs,
    ruleSliceMs: preparation.ruleSliceMs,
    windowPeakOrdersPerSec:
      preparation.windowPeakOrdersPerSec * schedule.multiple * rig.options.plan.rehearsal.scale,
  });
  rig.live.note(
    `${schedule.multiple}x: ${formatDurationMs(step.lengthMs)} up to ${Number(schedule.peakOrdersPerSec.toPrecision(3))} orders/s with ${vus.total} VUs`,
  );
}

/** After a FAIL the heavier steps add nothing: the verdict is final. */
function stepFailed(rig: Rig, step: PreparedStep): boolean {
  const { steps } = judgeRun(rig.savedPlan, rig.timeline.snapshot());
  return steps.find(({ index }) => index === step.index)?.status === 'FAIL';
}

/**
 * Seals the record and judges it as `analyze` would, from the files: a run never says anything that its directory does not
 * say again. The report comes last: if it is missing, `peakproof analyze` gives it.
 */
async function judgeAndWrite(rig: Rig): Promise<RehearsalResult> {
  const { directory, earlyEnd, diskError } = rig;
  const ended = earlyEnd.cause ?? 'completed';
  rig.observe({ type: 'run-ended', at: Date.now(), how: ended });
  const observations = await directory.close();
  if (diskError.current) throw diskError.current;
  await writeManifest(rig, { ended, observations });
  const report = await analyzeDirectory(directory.path);
  await directory.writeReport(report);
  return { report, directory: directory.path };
}
