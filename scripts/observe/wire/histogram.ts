import type { HistogramState } from '../observation.ts';

type Buckets = HistogramState['buckets'];

/** Values in all buckets but the zero one. */
export function bucketTotal(buckets: Buckets): number {
  let total = 0;
  for (let at = 1; at < buckets.length; at += 2) total += buckets[at] ?? 0;
  return total;
}

/**
 * Sum of two absolute states, e.g. of two k6 processes. Different schemas: the finer one is coarsened first
 * (each step down joins the bucket pairs 2i−1 and 2i), which loses resolution but no count.
 */
export function addHistograms(a: HistogramState, b: HistogramState): HistogramState {
  const schema = Math.min(a.schema, b.schema);
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    schema,
    zeroCount: a.zeroCount + b.zeroCount,
    buckets: merged(coarse(a, schema), coarse(b, schema), 1),
  };
}

/** What `newer` has that `older` had not; of the same series, later. Both in the coarser schema of the two. */
export function subtractHistogram(newer: HistogramState, older: HistogramState): HistogramState {
  const schema = Math.min(newer.schema, older.schema);
  return {
    count: newer.count - older.count,
    sum: newer.sum - older.sum,
    schema,
    zeroCount: newer.zeroCount - older.zeroCount,
    buckets: merged(coarse(newer, schema), coarse(older, schema), -1),
  };
}

/** Buckets in a schema that is as coarse or coarser. */
function coarse({ schema: from, buckets }: HistogramState, schema: number): Buckets {
  if (from === schema) return buckets;
  const perBucket = 2 ** (from - schema);
  const joined: number[] = [];
  for (let at = 0; at < buckets.length; at += 2) {
    const index = Math.ceil((buckets[at] ?? 0) / perBucket);
    const last = joined.length - 2;
    if (last >= 0 && joined[last] === index)
      joined[last + 1] = (joined[last + 1] ?? 0) + (buckets[at + 1] ?? 0);
    else joined.push(index, buckets[at + 1] ?? 0);
  }
  return joined;
}

/** a + sign × b, bucket by bucket; what comes to nothing is left out. */
function merged(a: Buckets, b: Buckets, sign: 1 | -1): number[] {
  const found: number[] = [];
  let left = 0;
  let right = 0;
  while (left < a.length || right < b.length) {
    const fromA = a[left] ?? Number.POSITIVE_INFINITY;
    const fromB = b[right] ?? Number.POSITIVE_INFINITY;
    let count = 0;
    if (fromA <= fromB) {
      count += a[left + 1] ?? 0;
      left += 2;
    }
    if (fromB <= fromA) {
      count += sign * (b[right + 1] ?? 0);
      right += 2;
    }
    if (count > 0) found.push(Math.min(fromA, fromB), count);
  }
  return found;
}

/** null for none. */
export function sumHistograms(states: readonly HistogramState[]): HistogramState | null {
  const [first, ...rest] = states;
  return first ? rest.reduce(addHistograms, first) : null;
}
