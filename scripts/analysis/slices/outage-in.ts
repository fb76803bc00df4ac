import { ENOUGH_TURNS } from '../../core/limits.ts';
import type { Span } from '../judgement.ts';
import { overlaps } from '../time/grid.ts';
import type { RunCounts } from './run-counts.ts';

/** What of a longer slice that is DOWN is charged, and what of it is possible. */
export interface Outage<Slice> {
  /** From the first to the last bad event, whole seconds. */
  span: Span;
  marks: Map<Slice, 'DOWN' | 'POSSIBLE'>;
}

/**
 * DOWN are the slices that hold a bad event of the run, and those without any event of it between two bad ones with no good
 * one between. It goes on over the cell's edges while no good event lies between. Other slices between the first and
 * the last bad event with too few turns of their own are POSSIBLE: so are those in which no turn, but canaries were served.
 * @param slices of the step, ascending
 */
export function outageIn<Slice extends Span>(
  slices: readonly Slice[],
  cell: Span,
  counts: RunCounts,
  canariesServed: (slice: Slice) => boolean,
): Outage<Slice> {
  const { first, last } = edges(slices, cell, counts);
  const span = { fromAt: counts.atOf(first), toAt: counts.atOf(last + 1) };
  const marks = new Map<Slice, 'DOWN' | 'POSSIBLE'>();
  for (const slice of slices) {
    if (!overlaps(slice, span)) continue;
    const { from, to } = counts.offsetsOf(slice);
    const { valid, bad } = counts.of(slice);
    if (bad > 0) marks.set(slice, 'DOWN');
    else if (valid === 0 && goesOnThrough(from, to, { from: first, to: last + 1 }, counts))
      marks.set(slice, canariesServed(slice) ? 'POSSIBLE' : 'DOWN');
    else if (valid < ENOUGH_TURNS) marks.set(slice, 'POSSIBLE');
  }
  return { span, marks };
}

interface Edges {
  first: number;
  last: number;
}

/** The first and the last bad second of a cell, and beyond its edges as long as nothing good lies between. */
function edges(slices: readonly Span[], cell: Span, counts: RunCounts): Edges {
  const { from, to } = counts.offsetsOf(cell);
  const whole = counts.offsetsOf({ fromAt: slices[0]?.fromAt ?? 0, toAt: slices.at(-1)?.toAt ?? 0 });
  const goOn = (at: number, by: 1 | -1): number => {
    let edge = at;
    for (;;) {
      const event = nextEvent(edge + by, by, whole, counts);
      if (event === null || !counts.isBad(event)) return edge;
      edge = event;
    }
  };
  const bad = Array.from({ length: to - from }, (_, index) => from + index).filter(counts.isBad);
  return { first: goOn(bad[0] ?? from, -1), last: goOn(bad.at(-1) ?? to - 1, 1) };
}

/** Nothing of the run is in [from, to); whether what came before it and what came after it was bad. */
function goesOnThrough(
  from: number,
  to: number,
  whole: { from: number; to: number },
  counts: RunCounts,
): boolean {
  const [before, after] = [nextEvent(from - 1, -1, whole, counts), nextEvent(to, 1, whole, counts)];
  return before !== null && after !== null && counts.isBad(before) && counts.isBad(after);
}

/** First second with any event from `at` on, in a direction. */
function nextEvent(
  at: number,
  by: 1 | -1,
  { from, to }: { from: number; to: number },
  { isEmpty }: RunCounts,
): number | null {
  for (let second = at; second >= from && second < to; second += by) if (!isEmpty(second)) return second;
  return null;
}
