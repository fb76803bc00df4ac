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

/** null for none. */
export function sumHistograms(states: readonly HistogramState[]): HistogramState | null {
  const [first, ...rest] = states;
  return first ? rest.reduce(addHistograms, first) : null;
}
