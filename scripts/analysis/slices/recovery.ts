import { RECOVERED_RATIO, RECOVERED_SLICES } from '../../core/limits.ts';
import type { JudgedSlice } from '../judgement.ts';
import { firstIndex } from '../time/search.ts';
import { droppedOf } from '../turns/event-counts.ts';

/** How soon the target had recovered from something that was over at `endedAt`. */
export interface Recovery {
  /** ms to the start of the first of three slices that have; null if these were not seen. */
  seenMs: number | null;
  /** ms before which it surely had not: what was not watched, and UNKNOWN slices, may have been good. */
  notBeforeMs: number;
}

/**
 * From the end of a fault to the start of the first of three slices that are not DOWN and serve at least 90 % of what
 * was offered, ms; null if that never came.
 */
export function timeToRecoverMs(slices: readonly JudgedSlice[], faultEndedAt: number): number | null {
  let inRow = 0;
  for (let index = firstEndingAfter(slices, faultEndedAt); index < slices.length; index++) {
    const slice = slices[index];
    inRow = slice && isRecovered(slice) ? inRow + 1 : 0;
    if (inRow < RECOVERED_SLICES) continue;
    const first = slices[index - RECOVERED_SLICES + 1];
    return first ? Math.max(0, first.fromAt - faultEndedAt) : null;
  }
  return null;
}

/** `watchedUntilAt`: when something else befell the target; what it did from then on is not held against it. */
export function recoveryOf(
  slices: readonly JudgedSlice[],
  endedAt: number,
  watchedUntilAt: number,
): Recovery {
  let earliestAt = endedAt;
  let inRow = 0;
  for (let index = firstEndingAfter(slices, endedAt); index < slices.length; index++) {
    const slice = slices[index];
    if (!slice || slice.toAt > watchedUntilAt || inRow === RECOVERED_SLICES) break;
    // The slice in which the fault ended saw some of the fault.
    const mayBe = slice.fromAt < endedAt || slice.state === 'UNKNOWN' || isRecovered(slice);
    inRow = mayBe ? inRow + 1 : 0;
    if (!mayBe) earliestAt = slice.toAt;
  }
  return { seenMs: timeToRecoverMs(slices, endedAt), notBeforeMs: earliestAt - endedAt };
}

function firstEndingAfter(slices: readonly JudgedSlice[], at: number): number {
  return firstIndex(slices.length, (index) => (slices[index]?.toAt ?? at) > at);
}

function isRecovered(slice: JudgedSlice): boolean {
  if (slice.state === 'DOWN' || slice.state === 'UNKNOWN') return false;
  // In turns; an order that is missing is one turn at least.
  const { counts, planned } = slice;
  const dropped = droppedOf(counts);
  const missing = Math.max(0, planned - counts.ordersStarted - dropped);
  const offered = counts.started + dropped + missing;
  return counts.good >= RECOVERED_RATIO * offered;
}

/** The end of settle, in which the target must be back. */
export function lastOfSettle(slices: readonly JudgedSlice[]): readonly JudgedSlice[] {
  return slices.filter((slice) => slice.phase === 'settle').slice(-RECOVERED_SLICES);
}

/** DOWN in all of the last three slices of settle though every fault has ended. */
export function isMetastable(slices: readonly JudgedSlice[], lastFaultEndedAt: number | null): boolean {
  const last = lastOfSettle(slices);
  return (
    last.length === RECOVERED_SLICES &&
    last.every((slice) => slice.state === 'DOWN') &&
    (lastFaultEndedAt === null || lastFaultEndedAt <= (last[0]?.fromAt ?? Number.NEGATIVE_INFINITY))
  );
}
