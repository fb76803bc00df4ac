import type { DurationsPush, TurnDurations } from '../../observe/timeline.ts';
import { durationAt } from '../shoppers/latency.ts';
import type { SliceIndex } from '../time/slice-index.ts';

// How long the turns took that ended in each slice.

export interface EndedColumns {
  /** How many, and percentiles in ms with two digits; null where none ended. */
  counts: number[];
  outside: number;
  p50: (number | null)[];
  p95: (number | null)[];
  p99: (number | null)[];
}

/** Turns that were good without waiting. */
export const wasGood = ({ outcome }: TurnDurations): boolean => outcome === 'good';

export function endedColumns(
  durations: readonly TurnDurations[],
  indexOf: SliceIndex,
  length: number,
): EndedColumns {
  const bySlice: DurationsPush[][] = Array.from({ length }, () => []);
  const columns: EndedColumns = { counts: [], outside: 0, p50: [], p95: [], p99: [] };
  let schema = Number.POSITIVE_INFINITY;
  for (const { pushes } of durations) {
    for (const push of pushes) {
      const slice = bySlice[indexOf(push.at)];
      if (slice) slice.push(push);
      else columns.outside += push.count;
      schema = Math.min(schema, push.schema);
    }
  }
  const sum = new DenseHistogram(schema);
  for (const pushes of bySlice) {
    sum.clear();
    for (const push of pushes) sum.add(push);
    columns.counts.push(sum.count);
    const [p50 = null, p95 = null, p99 = null] = sum.percentilesMs(RATIOS);
    columns.p50.push(p50);
    columns.p95.push(p95);
    columns.p99.push(p99);
  }
  return columns;
}

const RATIOS = [0.5, 0.95, 0.99];

function twoDigits(ms: number): number {
  const unit = 10 ** (Math.floor(Math.log10(ms)) - 1);
  // A product of a whole number: 0.07 as it is written, not the nearest below.
  return unit < 1 ? Math.round(ms / unit) / Math.round(1 / unit) : Math.round(ms / unit) * unit;
}

/** Bucket 0 of a native histogram stands in the middle: durations from under a µs to over a month have room. */
const MIDDLE = 1_024;

class DenseHistogram {
  readonly #schema: number;
  readonly #counts = new Float64Array(2 * MIDDLE);
  #lowest = 2 * MIDDLE;
  #highest = -1;
  #zero = 0;
  count = 0;

  constructor(schema: number) {
    this.#schema = schema;
  }

  clear(): void {
    if (this.#highest >= 0) this.#counts.fill(0, this.#lowest, this.#highest + 1);
    this.#lowest = 2 * MIDDLE;
    this.#highest = -1;
    this.#zero = 0;
    this.count = 0;
  }

  add({ count, zeroCount, schema, buckets }: DurationsPush): void {
    const perBucket = 2 ** (schema - this.#schema);
    for (let at = 0; at < buckets.length; at += 2) {
      const index = Math.ceil((buckets[at] ?? 0) / perBucket);
      const place = Math.min(2 * MIDDLE - 1, Math.max(0, MIDDLE + index));
      this.#counts[place] = (this.#counts[place] ?? 0) + (buckets[at + 1] ?? 0);
      if (place < this.#lowest) this.#lowest = place;
      if (place > this.#highest) this.#highest = place;
    }
    this.#zero += zeroCount;
    this.count += count;
  }

  /** @param ratios ascending; none of nothing */
  percentilesMs(ratios: readonly number[]): number[] {
    if (this.count === 0) return [];
    const found: number[] = [];
    let below = this.#zero;
    let place = this.#lowest;
    for (const ratio of ratios) {
      const rank = ratio * this.count;
      while (place < this.#highest && below + (this.#counts[place] ?? 0) < rank) {
        below += this.#counts[place] ?? 0;
        place++;
      }
      const share = Math.min(1, (rank - below) / (this.#counts[place] ?? 1));
      found.push(rank <= this.#zero ? 0 : twoDigits(durationAt(this.#schema, place - MIDDLE, share)));
    }
    return found;
  }
}
