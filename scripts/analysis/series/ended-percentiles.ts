import { sumBy, sumOf } from '../../core/statistics.ts';
import type { DurationsPush, TurnDurations } from '../../observe/timeline.ts';
import { durationAt } from '../shoppers/latency.ts';
import { UNANSWERED } from '../turns/turn-ending.ts';
import type { SliceIndex } from './slice-index.ts';

// How long the turns took that ended in each slice.

export interface EndedColumns {
  /** How many, and percentiles in ms with two digits; null where none ended. */
  counts: number[];
  outside: number;
  p50: (number | null)[];
  p95: (number | null)[];
  p99: (number | null)[];
}

/** Turns with an answer. */
export const wasAnswered = ({ outcome, kind }: TurnDurations): boolean =>
  outcome !== 'generator' && (kind === null || !UNANSWERED.has(kind));

/** Turns that were good without waiting. */
export const wasGood = ({ outcome }: TurnDurations): boolean => outcome === 'good';

export function endedColumns(
  durations: readonly TurnDurations[],
  indexOf: SliceIndex,
  length: number,
): EndedColumns {
  const pushes = durations.flatMap((one) => one.pushes);
  const placed = pushes.filter(({ at }) => indexOf(at) !== -1).sort((a, b) => a.at - b.at);
  const schema = placed.reduce((least, one) => Math.min(least, one.schema), Number.POSITIVE_INFINITY);
  const columns: EndedColumns = { counts: [], outside: 0, p50: [], p95: [], p99: [] };
  const sum = new DenseHistogram(schema);
  let next = 0;
  for (let slice = 0; slice < length; slice++) {
    sum.clear();
    for (let push = placed[next]; push !== undefined && indexOf(push.at) === slice; push = placed[++next]) {
      sum.add(push);
    }
    columns.counts.push(sum.count);
    columns.p50.push(twoDigits(sum.percentileMs(0.5)));
    columns.p95.push(twoDigits(sum.percentileMs(0.95)));
    columns.p99.push(twoDigits(sum.percentileMs(0.99)));
  }
  columns.outside = sumBy(pushes, ({ count }) => count) - sumOf(columns.counts);
  return columns;
}

const twoDigits = (ms: number | null): number | null => (ms === null ? null : Number(ms.toPrecision(2)));

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

  percentileMs(ratio: number): number | null {
    if (this.count === 0) return null;
    let rank = ratio * this.count - this.#zero;
    if (rank <= 0) return 0;
    for (let place = this.#lowest; place <= this.#highest; place++) {
      const inBucket = this.#counts[place] ?? 0;
      if (inBucket > 0 && rank <= inBucket) return durationAt(this.#schema, place - MIDDLE, rank / inBucket);
      rank -= inBucket;
    }
    return durationAt(this.#schema, this.#highest - MIDDLE, 1);
  }
}
