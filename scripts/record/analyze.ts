import { judgeRun } from '../analysis/judge.ts';
import { runReport } from '../analysis/run-report.ts';
import { type Change, type RunReport, reportFile } from '../contract/run-report.ts';
import { PeakproofError } from '../core/errors.ts';
import { EXIT } from '../core/exit-codes.ts';
import { formatDurationMs } from '../core/quantities.ts';
import { TimelineBuilder } from '../observe/fold/fold.ts';
import type { RunTimeline } from '../observe/timeline.ts';
import { measuredMsByPlan } from '../plan/derived/step-times.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { type OnProgress, readSavedRun, type SavedRun } from './saved-run.ts';

/** Values to judge by instead of the plan's. */
export interface Changes {
  downAboveRatio?: number | undefined;
  downtimeBudgetMs?: number | undefined;
}

/**
 * Judges a run directory by what it holds and nothing else: `run` makes its report.json with this function too, so
 * without changes the report is the same, byte for byte.
 * @throws {PeakproofError} what `readSavedRun` throws, and `allowance-too-long`
 */
export async function analyzeDirectory(
  directory: string,
  changes: Changes = {},
  onProgress?: OnProgress,
): Promise<RunReport> {
  return judgeSavedRun(await readSavedRun(directory, onProgress), changes);
}

function judgeSavedRun(saved: SavedRun, changes: Changes = {}): RunReport {
  const { manifest, doubts, planWritten } = saved;
  const { plan, changed } = changedPlan(saved.plan, changes);
  const { peakproof, k6 } = manifest.versions;
  const reportOf = (timeline: RunTimeline): RunReport =>
    runReport(plan, judgeRun(plan, timeline, doubts), {
      ...{ planWritten, changed, runId: manifest.runId, versions: { peakproof, k6 } },
      startedAt: Date.parse(manifest.startedAt),
      endedAt: timeline.endedAt,
    });
  if (doubts.length === 0) return reportOf(saved.timeline);
  // What was altered may be anything; a report that can't be made of it is no fault of peakproof, and the doubts say all.
  try {
    const report = reportOf(saved.timeline);
    reportFile(report);
    return report;
  } catch {
    return reportOf(new TimelineBuilder().snapshot());
  }
}

/** A value that is the plan's own is no change. */
function changedPlan(plan: LaunchPlan, changes: Changes): { plan: LaunchPlan; changed: Change[] } {
  const { downAboveRatio, downtimeBudgetMs } = plan.slo;
  const slo = {
    downAboveRatio: changes.downAboveRatio ?? downAboveRatio,
    downtimeBudgetMs: changes.downtimeBudgetMs ?? downtimeBudgetMs,
  };
  const changed: Change[] = [];
  if (slo.downAboveRatio !== downAboveRatio)
    changed.push({ key: 'slo.downAbove', from: downAboveRatio, to: slo.downAboveRatio });
  if (slo.downtimeBudgetMs !== null && slo.downtimeBudgetMs !== downtimeBudgetMs) {
    expectBelowStep(slo.downtimeBudgetMs, plan);
    changed.push({ key: 'slo.downtimeBudget', from: downtimeBudgetMs, to: slo.downtimeBudgetMs });
  }
  return { plan: { ...plan, slo: { ...plan.slo, ...slo } }, changed };
}

function expectBelowStep(budgetMs: number, plan: LaunchPlan): void {
  const measuredMs = measuredMsByPlan(plan);
  if (budgetMs < measuredMs) return;
  throw new PeakproofError({
    code: 'allowance-too-long',
    message: `with a budget of ${formatDurationMs(budgetMs)} the whole step may be down: nothing could fail`,
    hint: `give --budget less than replayed part and settle, ${formatDurationMs(measuredMs)}`,
    exitCode: EXIT.usage,
  });
}
