import type { HistogramState } from '../observation.ts';

/**
 * Sum of two absolute states, e.g. of two k6 processes. Different schemas: the finer one is coarsened first
 * (each step down joins the bucket pairs 2i−1 and 2i), which loses resolution but no count.
 */
export function addHistograms(a: HistogramState, b: HistogramState): HistogramState {
  const schema = Math.min(a.schema, b.schema);
  const counts = new Map<number, number>();
  for (const state of [a, b]) {
    const perBucket = 2 ** (state.schema - schema);
    for (const [index, count] of state.buckets) {
      const coarse = Math.ceil(index / perBucket);
      counts.set(coarse, (counts.get(coarse) ?? 0) + count);
    }
  }
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    schema,
    zeroCount: a.zeroCount + b.zeroCount,
    buckets: [...counts].sort(([left], [right]) => left - right),
  };
}

/** What `newer` has that `older` had not; of the same series, later. Both in the coarser schema of the two. */
export function subtractHistogram(newer: HistogramState, older: HistogramState): HistogramState {
  if (newer.schema !== older.schema) {
    const nothing = { count: 0, sum: 0, zeroCount: 0, buckets: [] };
    return newer.schema < older.schema
      ? subtractHistogram(newer, addHistograms(older, { ...nothing, schema: newer.schema }))
      : subtractHistogram(addHistograms(newer, { ...nothing, schema: older.schema }), older);
  }
  const buckets: (readonly [number, number])[] = [];
  let next = 0;
  for (const bucket of newer.buckets) {
    const [index, count] = bucket;
    while ((older.buckets[next]?.[0] ?? Number.POSITIVE_INFINITY) < index) next++;
    const before = older.buckets[next]?.[0] === index ? (older.buckets[next]?.[1] ?? 0) : 0;
    if (count > before) buckets.push(before === 0 ? bucket : [index, count - before]);
  }
  return {
    count: newer.count - older.count,
    sum: newer.sum - older.sum,
    schema: newer.schema,
    zeroCount: newer.zeroCount - older.zeroCount,
    buckets,
  };
}

/** null for none. */
export function sumHistograms(states: readonly HistogramState[]): HistogramState | null {
  const [first, ...rest] = states;
  return first ? rest.reduce(addHistograms, first) : null;
}
