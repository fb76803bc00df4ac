import type { GeneratorFigures } from '../../contract/figures.ts';
import { PEAK_EACH_SIDE_MS } from '../../core/limits.ts';
import type { RunTimeline, StepTimeline } from '../../observe/timeline.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import type { JudgedSlice } from '../judgement.ts';
import { peakOffsetMs, plannedByJourney } from '../time/arrivals.ts';
import { overlaps } from '../time/grid.ts';
import { droppedOf, type EventCounts } from '../turns/event-counts.ts';
import { cpuReadings } from './health.ts';
import { notMeasured } from './not-measured.ts';
import { longestPushGapMs } from './push-gaps.ts';
import { voidedFigures } from './voided.ts';

export function highest(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>(
    (most, value) => (value === null ? most : Math.max(most ?? value, value)),
    null,
  );
}

export function generatorFigures(
  plan: LaunchPlan,
  timeline: RunTimeline,
  step: StepTimeline,
  totals: EventCounts,
  measured: readonly JudgedSlice[],
  stopAt: number,
): GeneratorFigures {
  const unhealthySlices = measured.filter((slice) => !slice.healthy).length;
  const untilAt = Number.isFinite(stopAt) ? stopAt : (step.endedAt ?? stopAt);
  let planned = 0;
  for (const seconds of plannedByJourney(step).values()) {
    for (const count of seconds.values()) planned += count;
  }
  return {
    healthy: unhealthySlices === 0,
    planned,
    started: totals.ordersStarted,
    dropped: droppedOf(totals),
    unhealthySlices,
    voided: voidedFigures(measured),
    vus: step.vus,
    hangCoveredMs: step.hangCoveredMs,
    maxBusyVus: highest(step.vusSamples.map((one) => one.busy)),
    maxCpuRatio: highest(cpuReadings(step).map((one) => one.value)),
    maxWaitedRatio: highest(step.cpu.map((one) => one.waitedRatio)),
    maxRssBytes: highest(step.cpu.map((one) => one.rssBytes)),
    longestPushGapMs: longestPushGapMs(step, untilAt),
    notMeasured: notMeasured(plan, timeline, step),
  };
}

/** Time without trusted load evidence in the 60 s around the highest planned rate, and the readings behind it. */
export function unhealthyAtPeak(
  step: StepTimeline,
  measured: readonly JudgedSlice[],
): { lengthMs: number; voided: GeneratorFigures['voided'] } {
  const offsetMs = peakOffsetMs(step);
  if (offsetMs === null || step.startedAt === null) return { lengthMs: 0, voided: [] };
  const peakAt = step.startedAt + offsetMs;
  const around = { fromAt: peakAt - PEAK_EACH_SIDE_MS, toAt: peakAt + PEAK_EACH_SIDE_MS };
  const unhealthy = measured.filter((slice) => !slice.healthy && overlaps(slice, around));
  const lengthMs = unhealthy.reduce(
    (sum, slice) => sum + Math.min(slice.toAt, around.toAt) - Math.max(slice.fromAt, around.fromAt),
    0,
  );
  return { lengthMs, voided: voidedFigures(unhealthy) };
}
