import type { Latency, TicketWaits } from '../../contract/figures.ts';
import { sumBy } from '../../core/statistics.ts';
import type { HistogramState } from '../../observe/observation.ts';
import type { TurnDurations } from '../../observe/timeline.ts';
import { bucketTotal, sumHistograms } from '../../observe/wire/histogram.ts';
import { CONFIRMING, UNANSWERED } from '../turns/turn-ending.ts';

/** Turns with an answer; own code that threw may have had none. */
export const wasAnswered = ({ outcome, kind }: TurnDurations): boolean =>
  outcome !== 'generator' && kind !== 'script-error' && (kind === null || !UNANSWERED.has(kind));

/** Of all answered turns, and beside them of those that were served: late ones are missing in these. */
export function latencyFigures(durations: readonly TurnDurations[]): Latency {
  const of = (such: (one: TurnDurations) => boolean): Latency['good'] =>
    percentilesMs(durations.filter(such).map(({ histogram }) => histogram));
  return { answered: of(wasAnswered), good: of(({ outcome }) => CONFIRMING.has(outcome)) };
}

/**
 * Duration in a bucket of a native histogram, ms: log-linear between its bounds, factor^(index − 1) and factor^index s with
 * factor = 2^(2^−schema).
 * @param share of the bucket's values that are below it, 0 to 1
 */
export const durationAt = (schema: number, index: number, share: number): number =>
  1_000 * 2 ** (2 ** -schema * (index - 1 + share));

/** How long those waited who were served by ticket; null if nobody was. */
export function ticketWaits(durations: readonly TurnDurations[]): TicketWaits | null {
  const served = durations.filter(({ outcome }) => CONFIRMING.has(outcome));
  const waits = served.filter(({ outcome }) => outcome === 'by-ticket').map(({ histogram }) => histogram);
  const at = rankedMs(waits);
  if (at === null) return null;
  const turns = sumBy(waits, ({ count }) => count);
  const ratio = turns / sumBy(served, ({ histogram }) => histogram.count);
  return { turns, ratio, p50Ms: at(0.5), p95Ms: at(0.95) };
}

/** Percentiles of native histograms taken together, ms; null without a value. */
export function percentilesMs(
  histograms: readonly HistogramState[],
): { p50Ms: number; p90Ms: number; p99Ms: number } | null {
  const at = rankedMs(histograms);
  return at === null ? null : { p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99) };
}

/** The value below which a share lies, log-linear inside a bucket. */
function rankedMs(histograms: readonly HistogramState[]): ((ratio: number) => number) | null {
  // Summed first: the same bucket of two histograms is one, and a rank has one place in it.
  const sum = sumHistograms(histograms);
  if (sum === null) return null;
  const total = sum.zeroCount + bucketTotal(sum.buckets);
  if (total === 0) return null;
  return (ratio) => {
    let rank = ratio * total - sum.zeroCount;
    if (rank <= 0) return 0;
    for (let place = 0; place < sum.buckets.length; place += 2) {
      const count = sum.buckets[place + 1] ?? 0;
      if (count > 0 && rank <= count) return durationAt(sum.schema, sum.buckets[place] ?? 0, rank / count);
      rank -= count;
    }
    return durationAt(sum.schema, sum.buckets.at(-2) ?? 0, 1);
  };
}
