import { RECOVERED_SLICES } from '../../core/limits.ts';
import { sumBy } from '../../core/statistics.ts';
import type { JudgedSlice } from '../judgement.ts';
import { lengthOf } from '../time/grid.ts';

/**
 * How a step ended. down: the last three slices were DOWN with every fault over, so how long it would have lasted was not
 * seen. metastable: though no more orders came by then than the target had served before.
 */
export type StepEnd = 'not-down' | 'down' | 'metastable';

/** @param servedPerSec orders by the second in which they were served: by their start a queue that fills looks like service */
export function endOf(
  measured: readonly JudgedSlice[],
  lastFaultEndedAt: number | null,
  servedPerSec: ReadonlyMap<number, number>,
): StepEnd {
  const last = lastSlices(measured);
  const [first] = last;
  const isDown = last.length === RECOVERED_SLICES && last.every(({ state }) => state === 'DOWN');
  if (!first || !isDown || (lastFaultEndedAt ?? Number.NEGATIVE_INFINITY) > first.fromAt) return 'not-down';
  const lengthMs = sumBy(last, lengthOf);
  const offeredPerSec = (sumBy(last, ({ planned }) => planned) / lengthMs) * 1_000;
  return offeredPerSec <= mostPerSec(measured, servedPerSec, lengthMs / 1_000) ? 'metastable' : 'down';
}

/** In which the target must be back. */
export const lastSlices = (measured: readonly JudgedSlice[]): readonly JudgedSlice[] =>
  measured.slice(-RECOVERED_SLICES);

/** Most orders that were served in any piece of measured time of this length, a second. */
function mostPerSec(
  measured: readonly JudgedSlice[],
  servedPerSec: ReadonlyMap<number, number>,
  lengthSec: number,
): number {
  const from = (measured[0]?.fromAt ?? 0) / 1_000;
  const to = (measured.at(-1)?.toAt ?? 0) / 1_000;
  let most = 0;
  let sum = 0;
  for (let second = from; second < to; second++) {
    sum += servedPerSec.get(second) ?? 0;
    if (second - lengthSec >= from) sum -= servedPerSec.get(second - lengthSec) ?? 0;
    most = Math.max(most, sum);
  }
  return most / lengthSec;
}
