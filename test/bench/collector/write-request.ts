import { SERIES } from '../../../k6/contract.ts';
import type { HistogramState } from '../../../scripts/observe/observation.ts';
import { labelsOf, pushBody, type SeriesInit } from '../../observe/wire/pushes.ts';
import { histogramOf, type PushedTotal } from '../k6/k6-totals.ts';

/** k6's own measurements of each request, which the collector reads past. */
const BESIDE_REQUESTS = [
  'blocked',
  'connecting',
  'duration',
  'receiving',
  'sending',
  'tls_handshaking',
  'waiting',
];

/** A remote-write body with everything that k6 would send, the series that nobody reads included. */
export function writeRequest(totals: readonly PushedTotal[]): {
  body: Uint8Array<ArrayBuffer>;
  count: number;
} {
  const series = totals.flatMap((total) => [seriesOf(total), ...besideOf(total)]);
  return { body: new Uint8Array(pushBody(series)), count: series.length };
}

function besideOf({ name, labels, at, value }: PushedTotal): SeriesInit[] {
  if (name !== SERIES.requests || typeof value !== 'number') return [];
  return BESIDE_REQUESTS.map((part) =>
    seriesOf({ name: `k6_http_req_${part}_seconds`, labels, at, value: histogramOf(value, 0.05) }),
  );
}

function seriesOf({ name, labels, at, value }: PushedTotal): SeriesInit {
  const all = {
    __name__: name,
    k6_feature_native_histograms: 'true',
    testid: 'bench',
    ...labels,
  };
  const timestamp = BigInt(at);
  return typeof value === 'number'
    ? { labels: labelsOf(all), samples: [{ timestamp, value }] }
    : { labels: labelsOf(all), histograms: [{ ...histogramInit(value), timestamp }] };
}

/** Buckets as spans and differences. */
function histogramInit({ count, sum, schema, zeroCount, buckets }: HistogramState) {
  const positiveSpans: { offset: number; length: number }[] = [];
  const positiveDeltas: bigint[] = [];
  let next: number | null = null;
  let before = 0;
  for (let at = 0; at < buckets.length; at += 2) {
    const [index = 0, inBucket = 0] = buckets.slice(at, at + 2);
    const last = positiveSpans.at(-1);
    if (last && index === next) last.length += 1;
    else positiveSpans.push({ offset: index - (next ?? 0), length: 1 });
    positiveDeltas.push(BigInt(inBucket - before));
    before = inBucket;
    next = index + 1;
  }
  return {
    count: { case: 'countInt' as const, value: BigInt(count) },
    sum,
    schema,
    zeroCount: { case: 'zeroCountInt' as const, value: BigInt(zeroCount) },
    positiveSpans,
    positiveDeltas,
  };
}
