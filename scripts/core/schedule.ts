/** The orders of one journey in one step, drawn from the forecast before the run. */
export interface DrawnSchedule {
  journey: string;
  /**
   * Orders to start in each whole second from the start of the warm-up: warm-up, replayed part, settle.
   * k6 spaces the n of a second evenly; the i-th (from 1) starts at (i - 1/2)/n of that second. The half keeps every
   * start clear of the second's edges, where a timer that fires late would put it into the next second.
   */
  arrivalsPerSec: readonly number[];
}

/** How many orders of the schedule start in (fromMs, toMs], counted from the start of the warm-up. */
export function plannedBetween(schedule: DrawnSchedule, fromMs: number, toMs: number): number {
  const endMs = schedule.arrivalsPerSec.length * 1_000;
  const from = Math.max(0, Math.min(fromMs, endMs));
  const to = Math.max(0, Math.min(toMs, endMs));
  let total = startedInSecondBy(schedule, to) - startedInSecondBy(schedule, from);
  for (let second = Math.floor(from / 1_000); second < Math.floor(to / 1_000); second++) {
    total += schedule.arrivalsPerSec[second] ?? 0;
  }
  return total;
}

/** When the schedule's first order starts, in ms from the start of the warm-up; null if it has none. */
export function firstStartOffsetMs(schedule: DrawnSchedule): number | null {
  const second = schedule.arrivalsPerSec.findIndex((count) => count > 0);
  const count = schedule.arrivalsPerSec[second];
  return count === undefined ? null : second * 1_000 + 500 / count;
}

/** Orders of the second that the offset falls into, up to the offset. */
function startedInSecondBy(schedule: DrawnSchedule, offsetMs: number): number {
  const second = Math.floor(offsetMs / 1_000);
  const inThisSecond = schedule.arrivalsPerSec[second] ?? 0;
  const intoSecondMs = offsetMs - second * 1_000;
  // 1e-9: a start that falls exactly on the offset counts in spite of rounding.
  return Math.floor((intoSecondMs / 1_000) * inThisSecond + 0.5 + 1e-9);
}
