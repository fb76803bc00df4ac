import type { HistogramState } from '../observe/observation.ts';

/** Percentiles of native histograms taken together, ms; null without a value. Log-linear inside a bucket. */
export function percentilesMs(
  histograms: readonly HistogramState[],
): { p50Ms: number; p90Ms: number; p99Ms: number } | null {
  const buckets = histograms
    .flatMap(({ schema, buckets: own, zeroCount }) => {
      const factor = 2 ** (2 ** -schema);
      const counted = own.map(([index, count]) => ({
        fromSec: factor ** (index - 1),
        toSec: factor ** index,
        count,
      }));
      return [{ fromSec: 0, toSec: 0, count: zeroCount }, ...counted];
    })
    .filter((bucket) => bucket.count > 0)
    .sort((a, b) => a.toSec - b.toSec);
  const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  if (total === 0) return null;
  const at = (ratio: number): number => {
    let rank = ratio * total;
    for (const { fromSec, toSec, count } of buckets) {
      if (rank <= count)
        return fromSec === 0 ? toSec * 1_000 : fromSec * (toSec / fromSec) ** (rank / count) * 1_000;
      rank -= count;
    }
    return (buckets.at(-1)?.toSec ?? Number.NaN) * 1_000;
  };
  return { p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99) };
}
