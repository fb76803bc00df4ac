import { ENOUGH_TURNS } from '../../core/limits.ts';
import type { Span } from '../judgement.ts';
import { touchedBy } from '../time/slice-index.ts';
import type { RunCounts } from './run-counts.ts';

/** What of a longer slice that is DOWN is charged, and what of it is possible. */
export interface Outage<Slice> {
  /** From the first to the last bad event, whole seconds. */
  span: Span;
  marks: Map<Slice, 'DOWN' | 'POSSIBLE'>;
}

/**
 * DOWN are the slices that hold a bad event of the run, and those without any event of it between two bad ones with no good
 * one between. It goes on over the cell's edges while no good event lies between: a second that holds both ends it, as
 * their order is not told. Other slices between the first and the last bad event with too few turns of their own are
 * POSSIBLE; so are those in which no turn, but canaries were served.
 * @param slices of the step, ascending
 * @param inCell first and last bad second of the cell
 */
export function outageIn<Slice extends Span>(
  slices: readonly Slice[],
  inCell: Edges,
  counts: RunCounts,
  canariesServed: (slice: Slice) => boolean,
): Outage<Slice> {
  const first = goOn(inCell.first, -1, counts);
  const last = goOn(inCell.last, 1, counts);
  const span = { fromAt: counts.atOf(first), toAt: counts.atOf(last + 1) };
  const marks = new Map<Slice, 'DOWN' | 'POSSIBLE'>();
  const { from: begin, to: end } = touchedBy(slices, span);
  for (const slice of slices.slice(begin, end)) {
    const { from, to } = counts.offsetsOf(slice);
    const { valid, bad } = counts.of(slice);
    if (bad > 0) marks.set(slice, 'DOWN');
    else if (valid === 0 && goesOnThrough(from, to, counts))
      marks.set(slice, canariesServed(slice) ? 'POSSIBLE' : 'DOWN');
    else if (valid < ENOUGH_TURNS) marks.set(slice, 'POSSIBLE');
  }
  return { span, marks };
}

/** Offsets of two seconds. */
export interface Edges {
  first: number;
  last: number;
}

/** The last second in a direction up to which nothing good comes. */
function goOn(from: number, by: 1 | -1, counts: RunCounts): number {
  let edge = from;
  for (;;) {
    const event = counts.nextEvent(edge + by, by);
    if (event === null || !counts.isAllBad(event)) return edge;
    edge = event;
  }
}

/** Nothing of the run is in [from, to); whether what came before it and what came after it was all bad. */
function goesOnThrough(from: number, to: number, counts: RunCounts): boolean {
  const [before, after] = [counts.nextEvent(from - 1, -1), counts.nextEvent(to, 1)];
  return before !== null && after !== null && counts.isAllBad(before) && counts.isAllBad(after);
}
