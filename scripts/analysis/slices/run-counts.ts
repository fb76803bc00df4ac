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

  atOf = (offset: number): number => (this.#seconds.from + offset) * 1_000;

  isBad = (offset: number): boolean => (this.#bad[offset] ?? 0) > 0;
  isEmpty = (offset: number): boolean => (this.#columns.valid[offset] ?? 0) === 0;

  #sum(column: Float64Array, span: Span): number {
    const { from, to } = this.offsetsOf(span);
    let sum = 0;
    for (let at = from; at < to; at++) sum += column[at] ?? 0;
    return sum;
  }
}
