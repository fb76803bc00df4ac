import type { Span } from '../judgement.ts';
import type { Counted } from './counted.ts';
import type { Seconds, TurnColumns } from './turn-runs.ts';

/** The turns of a run by time: sums over spans, and what happened in single seconds. Spans are of whole seconds. */
export class RunCounts {
  readonly #columns: TurnColumns;
  readonly #bad: Float64Array;
  readonly #seconds: Seconds;

  /** @param strict each turn is judged by its first try */
  constructor(columns: TurnColumns, seconds: Seconds, strict: boolean) {
    this.#columns = columns;
    this.#bad = strict ? columns.firstBad : columns.bad;
    this.#seconds = seconds;
  }

  /** The same, where whoever was told to wait counts as bad. */
  withWaiting(): RunCounts {
    const bad = this.#columns.bad.map((count, at) => count + (this.#columns.byRetryAfter[at] ?? 0));
    return new RunCounts({ ...this.#columns, bad }, this.#seconds, false);
  }

  of(span: Span): Counted {
    return { valid: this.#sum(this.#columns.valid, span), bad: this.#sum(this.#bad, span) };
  }

  /** Somebody was told to wait, and nobody was served who was not. */
  onlyWaited(span: Span): boolean {
    const { waited, valid, bad, byRetryAfter } = this.#columns;
    if (this.#sum(waited, span) === 0) return false;
    return this.#sum(valid, span) - this.#sum(bad, span) <= this.#sum(byRetryAfter, span);
  }

  /** Seconds (offsets) of a span that are in the step. */
  offsetsOf({ fromAt, toAt }: Span): { from: number; to: number } {
    const { from, length } = this.#seconds;
    return { from: Math.max(0, fromAt / 1_000 - from), to: Math.min(length, toAt / 1_000 - from) };
  }

  atOf(offset: number): number {
    return (this.#seconds.from + offset) * 1_000;
  }

  /** First and last second of a span that hold something bad; null without one. */
  badIn(span: Span): { first: number; last: number } | null {
    const { from, to } = this.offsetsOf(span);
    let [first, last] = [from, to - 1];
    while (first < to && (this.#bad[first] ?? 0) === 0) first++;
    while (last > first && (this.#bad[last] ?? 0) === 0) last--;
    return first < to ? { first, last } : null;
  }

  /** First second with any event from `at` on, in a direction; null if there is none. */
  nextEvent(at: number, by: 1 | -1): number | null {
    const { valid } = this.#columns;
    let second = at;
    while (valid[second] === 0) second += by;
    return valid[second] === undefined ? null : second;
  }

  isAllBad(offset: number): boolean {
    const bad = this.#bad[offset] ?? 0;
    return bad > 0 && bad >= (this.#columns.valid[offset] ?? 0);
  }

  #sum(column: Float64Array, span: Span): number {
    const { from, to } = this.offsetsOf(span);
    let sum = 0;
    for (let at = from; at < to; at++) sum += column[at] ?? 0;
    return sum;
  }
}
