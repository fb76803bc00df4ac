import { PEAK_SMOOTHED_SEC } from '../../core/limits.ts';
import { type DrawnSchedule, firstStartOffsetMs, plannedBetween } from '../../core/schedule.ts';
import { sumBy } from '../../core/statistics.ts';
import type { StepTimeline } from '../../observe/timeline.ts';

/** Epoch ms at which k6 really began a journey's schedule; null while the load has not started. */
function realStartAt(step: StepTimeline, schedule: DrawnSchedule): number | null {
  const firstAt = step.firstStartAt[schedule.journey];
  const offsetMs = firstStartOffsetMs(schedule);
  return firstAt === undefined || offsetMs === null ? step.startedAt : firstAt - offsetMs;
}

/** Orders that a journey's schedule starts in each epoch second, by k6's real start. */
export function plannedPerSecond(step: StepTimeline, schedule: DrawnSchedule): ReadonlyMap<number, number> {
  const planned = new Map<number, number>();
  const startAt = realStartAt(step, schedule);
  if (startAt === null) return planned;
  const firstSecond = Math.floor(startAt / 1_000);
  const lastSecond = Math.ceil(startAt / 1_000 + schedule.arrivalsPerSec.length);
  for (let second = firstSecond; second <= lastSecond; second++) {
    const offsetMs = second * 1_000 - startAt;
    const from = Math.floor(offsetMs / 1_000);
    // Two seconds of the schedule are enough for one epoch second, which keeps long steps linear.
    const piece = {
      journey: schedule.journey,
      arrivalsPerSec: [schedule.arrivalsPerSec[from] ?? 0, schedule.arrivalsPerSec[from + 1] ?? 0],
    };
    const count = plannedBetween(piece, offsetMs - from * 1_000, offsetMs - from * 1_000 + 1_000);
    if (count > 0) planned.set(second, count);
  }
  return planned;
}

/** Offset (ms from the start of warm-up) of the middle of the second with the highest planned rate, smoothed. */
export function peakOffsetMs(step: StepTimeline): number | null {
  const totals = totalPerSec(step);
  const fromSec = Math.ceil(step.warmUpMs / 1_000);
  const toSec = Math.ceil((step.warmUpMs + step.replayedMs) / 1_000);
  const eachSide = Math.floor(PEAK_SMOOTHED_SEC / 2);
  let best: { second: number; sum: number } | null = null;
  for (let second = fromSec; second < toSec; second++) {
    let sum = 0;
    for (let near = Math.max(fromSec, second - eachSide); near <= second + eachSide && near < toSec; near++) {
      sum += totals[near] ?? 0;
    }
    if (best === null || sum > best.sum) best = { second, sum };
  }
  return best === null ? null : best.second * 1_000 + 500;
}

function totalPerSec(step: StepTimeline): readonly number[] {
  const length = step.schedules.reduce((max, one) => Math.max(max, one.arrivalsPerSec.length), 0);
  return Array.from({ length }, (_, second) =>
    // A schedule that is shorter than the step has no orders left.
    sumBy(step.schedules, (one) => one.arrivalsPerSec[second] ?? 0),
  );
}

/** Planned orders by journey and epoch second. */
export function plannedByJourney(step: StepTimeline): ReadonlyMap<string, ReadonlyMap<number, number>> {
  return new Map(step.schedules.map((one) => [one.journey, plannedPerSecond(step, one)]));
}
