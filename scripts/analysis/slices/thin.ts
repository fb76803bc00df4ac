import { ENOUGH_TURNS } from '../../core/limits.ts';
import type { StepTimeline } from '../../observe/timeline.ts';
import type { JudgedSlice } from '../judgement.ts';
import { beyondChance } from '../time/chance.ts';
import { type Cell, gridOf, overlaps } from '../time/grid.ts';
import { eventsBetween, type StepEvents } from '../turns/events.ts';

/** Orders in slices too thin to be judged one by one, of which, taken together, too many were bad. */
export interface ThinAndBad {
  /** null: all orders. */
  journey: string | null;
  bad: number;
  valid: number;
}

/**
 * A slice with under 20 orders says nothing of the load, and the prober may be served while shoppers are not. So these
 * slices are pooled, for all orders and for each journey. What was charged already does not count again.
 */
export function thinAndBad(
  step: StepTimeline,
  events: StepEvents,
  measured: readonly JudgedSlice[],
  downAboveRatio: number,
): ThinAndBad[] {
  const charged = measured.filter(({ state }) => state === 'DOWN');
  const series = [null, ...(step.schedules.length > 1 ? step.schedules.map(({ journey }) => journey) : [])];
  return series.flatMap((journey) => {
    const lengthMs = (journey === null ? null : step.journeySliceMs[journey]) ?? step.sliceMs;
    const { bad, valid } = pooled(events, journey, gridOf(step, lengthMs), charged);
    const isBad = valid > 0 && bad / valid > downAboveRatio && beyondChance(bad, valid, downAboveRatio);
    return isBad ? [{ journey, bad, valid }] : [];
  });
}

function pooled(
  events: StepEvents,
  journey: string | null,
  cells: readonly Cell[],
  charged: readonly JudgedSlice[],
): { bad: number; valid: number } {
  const pool = { bad: 0, valid: 0 };
  for (const { phase, fromAt, toAt } of cells) {
    if (phase === 'warm-up') continue;
    const whole = eventsBetween(events, journey, fromAt / 1_000, toAt / 1_000);
    if (whole.good + whole.bad === 0 || whole.good + whole.bad >= ENOUGH_TURNS) continue;
    for (let second = fromAt / 1_000; second < toAt / 1_000; second++) {
      const span = { fromAt: second * 1_000, toAt: (second + 1) * 1_000 };
      if (charged.some((slice) => overlaps(slice, span))) continue;
      const { good, bad } = eventsBetween(events, journey, second, second + 1);
      pool.bad += bad;
      pool.valid += good + bad;
    }
  }
  return pool;
}
