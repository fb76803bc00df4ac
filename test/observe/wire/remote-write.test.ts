import fc from 'fast-check';
import snappy from 'snappyjs';
import { describe, expect, test } from 'vitest';
import {
  decodeWriteRequest,
  RemoteWriteError,
  WRITE_LIMITS,
} from '../../../scripts/observe/wire/remote-write.ts';
import { capturedPush, labelsOf, pushBody, type SeriesInit } from './pushes.ts';

const ORDERS = labelsOf({ __name__: 'orders_total', journey: 'checkout' });

function refusal(body: Uint8Array, limits = WRITE_LIMITS): { code: string; message: string } {
  try {
    decodeWriteRequest(body, limits);
  } catch (error) {
    if (error instanceof RemoteWriteError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('the body was taken');
}

describe('what k6 sends', () => {
  const find = (push: 'first' | 'sixth' | 'stale-markers', name: string, outcome?: string) =>
    decodeWriteRequest(capturedPush(push)).filter(
      (series) => series.name === name && (outcome === undefined || series.labels['outcome'] === outcome),
    );

  test('a counter has its tags, its newest time and its total', () => {
    expect(find('first', 'k6_peakproof_turns_ended_total', 'bad')).toEqual([
      {
        name: 'k6_peakproof_turns_ended_total',
        labels: {
          at: '0',
          first: 'bad',
          instance: 'step0-0',
          journey: 'checkout',
          k6_feature_native_histograms: 'true',
          kind: '5xx',
          outcome: 'bad',
          scenario: 'checkout',
          slot: '90',
          testid: 'run-1',
        },
        samples: [{ at: 1795439963023, value: 2 }],
        histograms: [],
      },
    ]);
  });

  test('a native histogram has its absolute buckets', () => {
    const [series] = find('sixth', 'k6_peakproof_turn_duration_seconds', 'bad');
    expect(series?.histograms).toEqual([
      {
        at: 1795439968009,
        state: {
          count: 15,
          sum: 1.322,
          schema: 3,
          zeroCount: 0,
          buckets: [-40, 2, -34, 2, -30, 3, -27, 2, -25, 2, -23, 3, -21, 1],
        },
      },
    ]);
  });

  test('stale markers are no samples, and the last state of a histogram comes with them', () => {
    const [counter] = find('stale-markers', 'k6_peakproof_turns_started_total');
    expect(counter?.samples).toEqual([]);
    const [duration] = find('stale-markers', 'k6_peakproof_turn_duration_seconds', 'good');
    expect(duration?.samples).toEqual([]);
    expect(duration?.histograms.map(({ state }) => state.count)).toEqual([572]);
  });
});

describe('native histograms', () => {
  const decodedState = (histogram: NonNullable<SeriesInit['histograms']>[number]) =>
    decodeWriteRequest(pushBody([{ labels: ORDERS, histograms: [histogram] }]))[0]?.histograms[0]?.state;

  test('integer spans and deltas become absolute counts; empty buckets are left out', () => {
    expect(
      decodedState({
        count: { case: 'countInt', value: 13n },
        zeroCount: { case: 'zeroCountInt', value: 2n },
        sum: 4.5,
        schema: 3,
        positiveSpans: [
          { offset: -3, length: 3 },
          { offset: 2, length: 1 },
        ],
        positiveDeltas: [4n, -4n, 1n, 5n],
        timestamp: 1_000n,
      }),
    ).toEqual({
      count: 13,
      sum: 4.5,
      schema: 3,
      zeroCount: 2,
      buckets: [-3, 4, -1, 1, 2, 6],
    });
  });

  test('float histograms carry counts instead of deltas', () => {
    expect(
      decodedState({
        count: { case: 'countFloat', value: 5 },
        zeroCount: { case: 'zeroCountFloat', value: 1 },
        schema: 0,
        positiveSpans: [{ offset: 7, length: 2 }],
        positiveCounts: [1.5, 2.5],
      }),
    ).toEqual({
      count: 5,
      sum: 0,
      schema: 0,
      zeroCount: 1,
      buckets: [7, 1.5, 8, 2.5],
    });
  });

  test('durations below zero are counted as zero', () => {
    expect(
      decodedState({
        count: { case: 'countInt', value: 3n },
        zeroCount: { case: 'zeroCountInt', value: 1n },
        negativeSpans: [{ offset: 0, length: 1 }],
        negativeDeltas: [2n],
      })?.zeroCount,
    ).toBe(3);
  });

  test.each<[string, NonNullable<SeriesInit['histograms']>[number]]>([
    ['a span of four thousand million buckets', { positiveSpans: [{ offset: 0, length: 4_294_967_295 }] }],
    ['spans that announce more than was sent', { positiveSpans: [{ length: 3 }], positiveDeltas: [1n] }],
    [
      'spans that overlap',
      { positiveSpans: [{ length: 1 }, { offset: -1, length: 1 }], positiveDeltas: [1n, 1n] },
    ],
    ['a bucket with a negative count', { positiveSpans: [{ length: 1 }], positiveDeltas: [-1n] }],
    ['a schema of another kind', { schema: -53 }],
  ])('refuses %s', (_, histogram) => {
    expect(refusal(pushBody([{ labels: ORDERS, histograms: [histogram] }])).code).toBe('malformed');
  });
});

describe('limits', () => {
  const series = (count: number): SeriesInit[] => Array.from({ length: count }, () => ({ labels: ORDERS }));

  test.each<[string, Uint8Array, Partial<typeof WRITE_LIMITS>]>([
    ['a body', pushBody(series(1)), { maxBodyBytes: 10 }],
    ['an announced length', pushBody(series(1)), { maxInflatedBytes: 10 }],
    ['the number of series', pushBody(series(3)), { maxSeries: 2 }],
    ['the bytes of a series', pushBody(series(1)), { maxSeriesBytes: 10 }],
    ['the parts of a series', pushBody(series(1)), { maxSeriesParts: 1 }],
    ['the name of a label', pushBody(series(1)), { maxLabelNameLength: 7 }],
  ])('%s may be too large', (_, body, limits) => {
    expect(decodeWriteRequest(body)).not.toEqual([]);
    expect(refusal(body, { ...WRITE_LIMITS, ...limits }).code).toBe('too-large');
  });

  test('a header that announces 4 GiB is refused by itself', () => {
    expect(refusal(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0x00)).code).toBe('too-large');
  });

  test('32 MiB of empty series end at the number of series', () => {
    const empty = new Uint8Array(8 * 2 ** 20);
    for (let at = 0; at < empty.length; at += 2) empty[at] = 0x0a;
    expect(refusal(snappy.compress(empty)).code).toBe('too-large');
  });
});

describe('malformed bodies', () => {
  const snappyOf = (...bytes: number[]) => snappy.compress(Uint8Array.from(bytes));

  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['text', Buffer.from('k6_vus 3\n')],
    // snappyjs alone would read this literal of length −5 for ever.
    ['a literal that points backwards', Uint8Array.of(0x05, 0xfc, 0xfa, 0xff, 0xff, 0xff, 0, 0, 0, 0)],
    ['a copy from before the start', Uint8Array.of(0x04, 0x01, 0x01)],
    ['less than was announced', Uint8Array.of(0x05, 0x00, 0x61)],
    ['more than was announced', Uint8Array.of(0x01, 0x04, 0x61, 0x62)],
    ['protobuf cut short', snappyOf(0x0a, 0x7f, 0x01)],
    ['groups nested without end', snappy.compress(new Uint8Array(60_000).fill(0x13))],
    ['a series without a name', pushBody([{ labels: labelsOf({ journey: 'checkout' }) }])],
    ['a label twice', pushBody([{ labels: [...ORDERS, ...ORDERS] }])],
    ['an infinite value', pushBody([{ labels: ORDERS, samples: [{ value: Number.POSITIVE_INFINITY }] }])],
    ['a time before 1970', pushBody([{ labels: ORDERS, samples: [{ timestamp: -1n }] }])],
  ])('refuses %s', (_, body) => {
    expect(refusal(body).code).toBe('malformed');
  });

  const onlyTheTypedError = (body: Uint8Array): void => {
    try {
      decodeWriteRequest(body);
    } catch (error) {
      if (!(error instanceof RemoteWriteError)) throw error;
    }
  };

  test('arbitrary bytes raise nothing but the typed error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), onlyTheTypedError));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => onlyTheTypedError(snappy.compress(bytes))),
    );
  });

  test('a damaged push of k6 raises nothing but the typed error, compressed or not', () => {
    const body = new Uint8Array(capturedPush('sixth'));
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
    const damaged = (bytes: Uint8Array, changes: [number, number][]): Uint8Array => {
      const copy = bytes.slice();
      for (const [at, byte] of changes) copy[at % copy.length] = byte;
      return copy;
    };
    const inflated = snappy.uncompress(body);
    fc.assert(
      fc.property(damage, (changes) => onlyTheTypedError(damaged(body, changes))),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(damage, (changes) => onlyTheTypedError(snappy.compress(damaged(inflated, changes)))),
      { numRuns: 300 },
    );
    fc.assert(fc.property(fc.nat(body.length), (end) => onlyTheTypedError(body.slice(0, end))));
  });

  test('what is encoded comes back', () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true });
    const label = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });
    fc.assert(
      fc.property(label, fc.string({ unit: 'grapheme' }), fc.nat(), value, (name, text, at, number) => {
        const [series] = decodeWriteRequest(
          pushBody([
            {
              labels: labelsOf({ __name__: 'orders_total', [name]: text }),
              samples: [{ timestamp: BigInt(at), value: number }],
            },
          ]),
        );
        expect(series?.labels).toEqual({ [name]: text });
        expect(series?.samples).toEqual([{ at, value: number }]);
      }),
    );
  });
});
