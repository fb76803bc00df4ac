/** The orders of one journey in one step, drawn from the forecast before the run. */
export interface DrawnSchedule {
  journey: string;
  /**
   * Orders to start in each whole second from the start of the warm-up: warm-up, replayed part, settle.
   * k6 spaces the n of a second evenly; the i-th (from 1) starts at i/n of that second.
   */
  arrivalsPerSec: readonly number[];
}

/** How many orders of the schedule start in (fromMs, toMs], counted from the start of the warm-up. */
export function plannedBetween(schedule: DrawnSchedule, fromMs: number, toMs: number): number {
  return startedBy(schedule, toMs) - startedBy(schedule, fromMs);
}

function startedBy(schedule: DrawnSchedule, offsetMs: number): number {
  const wholeSec = Math.max(0, Math.min(Math.floor(offsetMs / 1_000), schedule.arrivalsPerSec.length));
  let total = 0;
  for (let second = 0; second < wholeSec; second++) total += schedule.arrivalsPerSec[second] ?? 0;
  const inThisSecond = schedule.arrivalsPerSec[wholeSec] ?? 0;
  const intoSecondMs = Math.max(0, offsetMs - wholeSec * 1_000);
  return total + Math.floor((intoSecondMs / 1_000) * inThisSecond + 1e-9);
}
