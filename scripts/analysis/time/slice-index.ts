import type { Span } from '../judgement.ts';
import { firstIndex } from './search.ts';

/** Which of these slices, one behind the other, holds an instant (epoch ms); -1 = none. */
export type SliceIndex = (at: number) => number;

export function sliceIndex(slices: readonly Span[]): SliceIndex {
  const first = slices[0];
  const second = slices[1];
  const last = slices.at(-1);
  if (!first || !last) return () => -1;
  // All but the first and the last are of one length.
  const lengthMs = second ? second.toAt - second.fromAt : first.toAt - first.fromAt;
  return (at) => {
    if (at < first.fromAt || at >= last.toAt) return -1;
    return at < first.toAt ? 0 : Math.min(slices.length - 1, 1 + Math.floor((at - first.toAt) / lengthMs));
  };
}

/** The slices that a span touches: the first one, and the one behind the last. */
export function touchedBy(slices: readonly Span[], { fromAt, toAt }: Span): { from: number; to: number } {
  const from = firstIndex(slices.length, (index) => (slices[index]?.toAt ?? fromAt) > fromAt);
  const to = firstIndex(slices.length, (index) => (slices[index]?.fromAt ?? toAt) >= toAt);
  return { from, to: Math.max(from, to) };
}
