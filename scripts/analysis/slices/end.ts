import { RECOVERED_SLICES } from '../../core/limits.ts';
import { sumBy } from '../../core/statistics.ts';
import type { JudgedSlice } from '../judgement.ts';
import { lengthOf } from '../time/grid.ts';

/**
 * How a step ended. down: the last three slices were DOWN with every fault over, so how long it would have lasted was not
 * seen. metastable: though fewer orders came by then than the target had served before.
 */
export type StepEnd = 'not-down' | 'down' | 'metastable';

export function endOf(measured: readonly JudgedSlice[], lastFaultEndedAt: number | null): StepEnd {
  const last = lastSlices(measured);
  const [first] = last;
  const isDown = last.length === RECOVERED_SLICES && last.every(({ state }) => state === 'DOWN');
  if (!first || !isDown || (lastFaultEndedAt ?? Number.NEGATIVE_INFINITY) > first.fromAt) return 'not-down';
  return perSec(last, ({ planned }) => planned) < mostServedPerSec(measured) ? 'metastable' : 'down';
}

/** In which the target must be back. */
export const lastSlices = (measured: readonly JudgedSlice[]): readonly JudgedSlice[] =>
  measured.slice(-RECOVERED_SLICES);

/** Orders that came to their end in three slices in a row, at most; a second. */
function mostServedPerSec(measured: readonly JudgedSlice[]): number {
  return measured.reduce((most, _, index) => {
    const three = measured.slice(index, index + RECOVERED_SLICES);
    if (three.length < RECOVERED_SLICES) return most;
    return Math.max(
      most,
      perSec(three, ({ counts }) => counts.confirmed + counts.soldOut + counts.closed),
    );
  }, 0);
}

const perSec = (slices: readonly JudgedSlice[], count: (slice: JudgedSlice) => number): number =>
  (sumBy(slices, count) / sumBy(slices, lengthOf)) * 1_000;
