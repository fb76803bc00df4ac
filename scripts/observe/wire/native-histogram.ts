import { sumBy } from '../../core/statistics.ts';
import type { HistogramState } from '../observation.ts';
import { bucketTotal } from './histogram.ts';
import type { BucketSpan, Histogram } from './remote-write_pb.ts';

/** Buckets of one histogram. Schema 3, which k6 uses, needs 8 for each doubling: 160 from 1 ms to 1,000 s. */
const MAX_BUCKETS = 4_096;
/** Standard exponential schemas; −53 (custom buckets) has no meaning in a HistogramState. */
const MIN_SCHEMA = -4;
const MAX_SCHEMA = 8;

/**
 * The absolute state that a protobuf native histogram stands for, or the reason why it stands for none.
 * Observations below zero (a clock stepped back) are counted as zero: a duration has no negative buckets.
 */
export function histogramState(message: Histogram): HistogramState | string {
  if (message.schema < MIN_SCHEMA || message.schema > MAX_SCHEMA) {
    return `histogram schema ${message.schema} is not from ${MIN_SCHEMA} to ${MAX_SCHEMA}`;
  }
  const positive = absoluteBuckets(message.positiveSpans, message.positiveDeltas, message.positiveCounts);
  if (typeof positive === 'string') return positive;
  const negative = absoluteBuckets(message.negativeSpans, message.negativeDeltas, message.negativeCounts);
  if (typeof negative === 'string') return negative;
  const count = message.count.case === undefined ? 0 : Number(message.count.value);
  const zeroBucket = message.zeroCount.case === undefined ? 0 : Number(message.zeroCount.value);
  const zeroCount = bucketTotal(negative) + zeroBucket;
  if (!isCount(count) || !isCount(zeroCount)) return 'histogram count is negative or not finite';
  if (!Number.isFinite(message.sum)) return 'histogram sum is not finite';
  return { count, sum: message.sum, schema: message.schema, zeroCount, buckets: positive };
}

function absoluteBuckets(
  spans: readonly BucketSpan[],
  deltas: readonly bigint[],
  counts: readonly number[],
): number[] | string {
  // Span lengths are only announcements: they are compared with what was sent before anything is built.
  const announced = sumBy(spans, (span) => span.length);
  const sent = deltas.length > 0 ? deltas.length : counts.length;
  if (announced > MAX_BUCKETS) return `histogram has ${announced} buckets, at most ${MAX_BUCKETS} are read`;
  if (announced !== sent) return `histogram spans announce ${announced} buckets, ${sent} were sent`;
  const buckets: number[] = [];
  let index = 0;
  let running = 0;
  let position = 0;
  for (const [order, span] of spans.entries()) {
    if (order > 0 && span.offset < 0) return 'histogram spans overlap';
    index += span.offset;
    for (let i = 0; i < span.length; i++, position++, index++) {
      running = deltas.length > 0 ? running + Number(deltas[position]) : Number(counts[position]);
      if (!isCount(running)) return 'histogram bucket count is negative or not finite';
      if (running > 0) buckets.push(index, running);
    }
  }
  return buckets;
}

function isCount(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}
