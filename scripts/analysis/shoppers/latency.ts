import { sumBy } from '../../core/statistics.ts';
import type { HistogramState } from '../../observe/observation.ts';
import { sumHistograms } from '../../observe/wire/histogram.ts';

/** Percentiles of native histograms taken together, ms; null without a value. Log-linear inside a bucket. */
export function percentilesMs(
  histograms: readonly HistogramState[],
): { p50Ms: number; p90Ms: number; p99Ms: number } | null {
  // Summed first: the same bucket of two histograms is one, and a rank has one place in it.
  const sum = sumHistograms(histograms);
  if (sum === null) return null;
  const factor = 2 ** (2 ** -sum.schema);
  const buckets = [
    { fromSec: 0, toSec: 0, count: sum.zeroCount },
    ...sum.buckets.map(([index, count]) => ({
      fromSec: factor ** (index - 1),
      toSec: factor ** index,
      count,
    })),
  ].filter((bucket) => bucket.count > 0);
  const total = sumBy(buckets, (bucket) => bucket.count);
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
