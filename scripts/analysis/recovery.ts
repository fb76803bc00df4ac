import type { JudgedSlice } from './judgement.ts';

/** Share of the offered turns that must be good in a recovered slice. */
const RECOVERED_RATIO = 0.9;
const SLICES_IN_A_ROW = 3;

/**
 * From the end of a fault to the start of the first of three slices that are not DOWN and serve at least 90 % of what
 * was offered, ms; null if that never came.
 */
export function timeToRecoverMs(slices: readonly JudgedSlice[], faultEndedAt: number): number | null {
  const after = slices.filter((slice) => slice.toAt > faultEndedAt);
  const first = after.findIndex((_, index) => {
    const row = after.slice(index, index + SLICES_IN_A_ROW);
    return row.length === SLICES_IN_A_ROW && row.every(isRecovered);
  });
  const slice = after[first];
  return slice ? Math.max(0, slice.fromAt - faultEndedAt) : null;
}

function isRecovered(slice: JudgedSlice): boolean {
  if (slice.state === 'DOWN' || slice.state === 'UNKNOWN') return false;
  // In turns; an order that is missing is one turn at least.
  const missing = Math.max(0, slice.planned - slice.started - slice.dropped);
  const offered = slice.turns + slice.dropped + missing;
  return slice.good >= RECOVERED_RATIO * offered;
}

/** DOWN in all of the last three slices of settle though every fault has ended. */
export function isMetastable(slices: readonly JudgedSlice[], lastFaultEndedAt: number | null): boolean {
  const last = slices.filter((slice) => slice.phase === 'settle').slice(-SLICES_IN_A_ROW);
  return (
    last.length === SLICES_IN_A_ROW &&
    last.every((slice) => slice.state === 'DOWN') &&
    (lastFaultEndedAt === null || lastFaultEndedAt <= (last[0]?.fromAt ?? Number.NEGATIVE_INFINITY))
  );
}
