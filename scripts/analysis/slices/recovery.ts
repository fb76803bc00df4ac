import type { RecoveryFigures } from '../../contract/figures.ts';
import type { RecoveryWord } from '../../contract/verdict-words.ts';
import { RECOVERED_RATIO, RECOVERED_SLICES } from '../../core/limits.ts';
import type { JudgedSlice } from '../judgement.ts';
import { firstIndex } from '../time/search.ts';
import { droppedOf } from '../turns/event-counts.ts';

/** How soon the target had recovered from something that was over, as far as it was watched. */
export interface Recovery {
  /**
   * recovered: three good slices in a row came; served-again: good to the end, but for fewer; more-than: the last one was
   * bad; unknown: no slice was watched, or the last one is UNKNOWN
   */
  how: RecoveryWord;
  /**
   * ms to the start of the first of these good slices. `more-than`: to the end of the last bad one. `unknown`: before which
   * it surely had not recovered.
   */
  ms: number;
  /** Good slices seen in a row at the end, three at most. */
  goodSlices: number;
  /** ms before which it surely had not: UNKNOWN slices, and the one in which the fault ended, may have been good. */
  notBeforeMs: number;
}

/**
 * Good is a slice that is not DOWN and serves at least 90 % of what was offered.
 * @param watchedUntilAt when something else befell the target: what it did from then on is not held against it
 */
export function recoveryOf(
  slices: readonly JudgedSlice[],
  endedAt: number,
  watchedUntilAt: number,
): Recovery {
  let notBeforeMs = 0;
  let good: JudgedSlice[] = [];
  let last: JudgedSlice | undefined;
  for (let index = firstEndingAfter(slices, endedAt); index < slices.length; index++) {
    const slice = slices[index];
    if (!slice || slice.toAt > watchedUntilAt || good.length === RECOVERED_SLICES) break;
    last = slice;
    good = isRecovered(slice) ? [...good, slice] : [];
    const mayBe = slice.fromAt < endedAt || slice.state === 'UNKNOWN' || good.length > 0;
    if (!mayBe) notBeforeMs = slice.toAt - endedAt;
  }
  const [first] = good;
  const goodSlices = good.length;
  if (first) {
    const how = goodSlices === RECOVERED_SLICES ? 'recovered' : 'served-again';
    return { how, ms: Math.max(0, first.fromAt - endedAt), goodSlices, notBeforeMs };
  }
  const isBad = last !== undefined && last.toAt - endedAt === notBeforeMs;
  return { how: isBad ? 'more-than' : 'unknown', ms: notBeforeMs, goodSlices, notBeforeMs };
}

export const recoveryFigures = (recovery: Recovery | null): RecoveryFigures => ({
  timeToRecoverMs: recovery?.ms ?? null,
  recovery: recovery?.how ?? null,
  goodSlices: recovery?.goodSlices ?? 0,
});

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
