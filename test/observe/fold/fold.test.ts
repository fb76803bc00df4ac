import { describe, expect, test } from 'vitest';
import { SERIES } from '../../../k6/contract.ts';
import { TimelineBuilder } from '../../../scripts/observe/fold/fold.ts';
import type { HistogramState, Observation } from '../../../scripts/observe/observation.ts';
import type { StepTimeline } from '../../../scripts/observe/timeline.ts';
import {
  endedSeries,
  fold,
  loadStarted,
  type Push,
  planned,
  push,
  S,
  series,
  startedBySecond,
  startedSeries,
  T,
} from './story.ts';

describe('a started turn', () => {
  test.each<[string, number, number, number]>([
    ['in the second of its sample', 3, T + 3_400, S + 3],
    ['in an earlier second when the push is late', 3, T + 9_000, S + 3],
    ['in a second that begins up to 2 s after its sample', 5, T + 3_000, S + 5],
    ['up to 253 s before its sample', 0, T + 253_999, S],
    ['256 s later, the slot again', 0, T + 256_000, S + 256],
    ['just before the load, when the clock stepped', 254, T + 500, S - 2],
  ])('is placed %s', (_, slot, sampleAt, second) => {
    const step = fold([startedSeries(1, slot), push(sampleAt + 50, [[1, sampleAt, 7]])]);
    expect(startedBySecond(step)).toEqual({ [second]: 7 });
    expect(step.unplaced).toBe(0);
  });

  test.each<[string, Observation]>([
    ['whose slot was long before the load', startedSeries(1, 200)],
    ['without a slot', series(1, SERIES.turnsStarted, { scenario: 'checkout' })],
    ['with a slot beyond the modulus', startedSeries(1, 256)],
    ['without a journey', series(1, SERIES.turnsStarted, { slot: '1' })],
    ['with an outcome that no contract names', endedSeries(1, 1, { outcome: 'splendid' })],
    ['with a kind that no contract names', endedSeries(1, 1, { outcome: 'bad', kind: 'moon' })],
  ])('%s is unplaced', (_, observation) => {
    const step = fold([observation, push(T + 1_500, [[1, T + 1_400, 4]])]);
    expect(step.unplaced).toBe(4);
    expect([...step.started, ...step.turns]).toEqual([]);
  });
});

test('turns that begin an order are counted beside all turns', () => {
  const later = (id: number, at: string) =>
    series(id, SERIES.turnsStarted, { scenario: 'checkout', slot: '1', at });
  const step = fold([
    startedSeries(1, 1),
    later(2, '0'),
    later(3, '1'),
    later(4, '12'),
    push(T + 2_000, [
      [1, T + 1_900, 3],
      [2, T + 1_900, 4],
      [3, T + 1_900, 20],
      [4, T + 1_900, 100],
    ]),
  ]);
  expect(startedBySecond(step)).toEqual({ [S + 1]: 127 });
  expect(Object.fromEntries(step.ordersStarted.get('checkout') ?? [])).toEqual({ [S + 1]: 3 });
});

test('a started turn whose step is no number is unplaced', () => {
  const labels = { scenario: 'checkout', slot: '1', at: 'x' };
  const step = fold([series(1, SERIES.turnsStarted, labels), push(T + 1_500, [[1, T + 1_400, 4]])]);
  expect([step.unplaced, step.started.size, step.ordersStarted.size]).toEqual([4, 0, 0]);
});

test('failed turns from the log belong to their step', () => {
  const turn = {
    at: T + 900,
    journey: 'checkout',
    startedAt: T + 700,
    endedAt: T + 800,
    kind: '5xx',
    item: null,
    cafe: null,
    name: 'POST /orders',
    detail: '500 sorry',
  } as const;
  expect(fold([{ type: 'failed-turn', step: 0, ...turn }]).failedTurns).toEqual([turn]);
  expect(fold([{ type: 'failed-turn', step: 1, ...turn }]).failedTurns).toEqual([]);
});

describe('totals', () => {
  test('count what they grew by', () => {
    const step = fold([startedSeries(1, 1), push(T, [[1, T + 1_100, 4]]), push(T, [[1, T + 1_900, 9]])]);
    expect(startedBySecond(step)).toEqual({ [S + 1]: 9 });
  });

  test('that fall belong to a process that began anew', () => {
    const step = fold([startedSeries(1, 1), push(T, [[1, T + 1_100, 9]]), push(T, [[1, T + 1_900, 4]])]);
    expect(startedBySecond(step)).toEqual({ [S + 1]: 13 });
  });

  test.each<[string, Push['samples'][number]]>([
    ['sent twice', [1, T + 1_900, 9]],
    ['that come late', [1, T + 1_100, 4]],
  ])('%s count once', (_, again) => {
    const step = fold([startedSeries(1, 1), push(T, [[1, T + 1_900, 9]]), push(T, [again])]);
    expect(startedBySecond(step)).toEqual({ [S + 1]: 9 });
  });

  test('that grew within the same millisecond count', () => {
    const step = fold([startedSeries(1, 1), push(T, [[1, T + 1_900, 9]]), push(T, [[1, T + 1_900, 11]])]);
    expect(startedBySecond(step)).toEqual({ [S + 1]: 11 });
  });
});

test('tallies are told in the order in which they ended, whichever push told of them', () => {
  const ended = fold([
    endedSeries(1, 1, {}),
    endedSeries(2, 1, { outcome: 'bad', kind: 'timeout' }),
    push(T + 2_000, [[1, T + 1_900, 2]]),
    push(T + 2_100, [[2, T + 1_800, 3]]),
    push(T + 3_000, [[1, T + 2_900, 6]]),
  ]);
  expect([...ended.turns].map(({ outcome, count, endedBy }) => [outcome, count, endedBy - T])).toEqual([
    ['bad', 3, 1_800],
    ['good', 2, 1_900],
    ['good', 4, 2_900],
  ]);
});

test('many tallies lose none, and those given out before stay as they were', () => {
  const builder = new TimelineBuilder();
  const FLUSHES = 3_000;
  let before: StepTimeline | undefined;
  for (const observation of [planned(), loadStarted, endedSeries(1, 1, {})]) builder.add(observation);
  for (let flush = 1; flush <= FLUSHES; flush++) {
    builder.add(push(T + flush * 1_000, [[1, T + flush * 1_000, flush]]));
    if (flush === 10) [before] = builder.snapshot().steps;
  }
  const [after] = builder.snapshot().steps;
  const total = (step: StepTimeline | undefined) =>
    [...(step?.turns ?? [])].reduce((sum, one) => sum + one.count, 0);
  expect([total(before), total(after)]).toEqual([10, FLUSHES]);
});

test('an ended turn carries its fate and the time by which it had ended', () => {
  const step = fold([
    endedSeries(1, 1, { outcome: 'sold-out', item: 'tea', cafe: 'corner', first: 'bad' }),
    endedSeries(2, 1, { outcome: 'bad', kind: 'timeout' }),
    push(T + 2_000, [
      [1, T + 1_800, 2],
      [2, T + 1_900, 3],
    ]),
  ]);
  const common = { journey: 'checkout', second: S + 1, at: 2 };
  expect([...step.turns]).toEqual([
    {
      ...common,
      outcome: 'sold-out',
      kind: null,
      first: 'bad',
      item: 'tea',
      cafe: 'corner',
      count: 2,
      endedBy: T + 1_800,
    },
    {
      ...common,
      outcome: 'bad',
      kind: 'timeout',
      first: 'bad',
      item: null,
      cafe: null,
      count: 3,
      endedBy: T + 1_900,
    },
  ]);
});

describe('dropped arrivals', () => {
  const vus = series(9, SERIES.vusBusy, {});

  test('happened after the newest sample of the push before', () => {
    const step = fold([
      vus,
      series(1, SERIES.dropped, { scenario: 'checkout' }),
      push(T + 1_000, [[9, T + 900, 5]]),
      push(T + 2_000, [
        [9, T + 1_900, 5],
        [1, T + 1_700, 6],
      ]),
    ]);
    expect(step.dropped).toEqual([{ journey: 'checkout', fromAt: T + 900, toAt: T + 1_700, count: 6 }]);
  });

  test('of a first push reach back to the start of the load', () => {
    const step = fold([series(1, SERIES.dropped, { scenario: 'checkout' }), push(T, [[1, T + 700, 6]])]);
    expect(step.dropped).toEqual([{ journey: 'checkout', fromAt: T, toAt: T + 700, count: 6 }]);
  });
});

test('VU gauges of several processes add up at each push', () => {
  const step = fold([
    series(1, SERIES.vusBusy, {}),
    series(2, SERIES.vusMax, {}),
    series(3, SERIES.vusBusy, { instance: 'step0-1' }),
    push(T, [
      [1, T + 900, 5],
      [2, T + 900, 20],
    ]),
    push(T, [[3, T + 950, 4]]),
    push(T, [[1, T + 1_900, 3]]),
  ]);
  expect(step.vusSamples).toEqual([
    { at: T + 900, busy: 5, allocated: 20 },
    { at: T + 950, busy: 9, allocated: 20 },
    { at: T + 1_900, busy: 7, allocated: 20 },
  ]);
});

test('each push has its arrival and its newest sample time; an empty one has none', () => {
  const step = fold([
    series(1, SERIES.vusBusy, {}),
    series(2, SERIES.requests, { scenario: 'checkout' }),
    push(T + 1_000, [
      [1, T + 900, 5],
      [2, T + 950, 8],
    ]),
    push(T + 2_000, []),
  ]);
  expect(step.pushes).toEqual([
    { at: T + 1_000, instance: 'step0-0', newestSampleAt: T + 950 },
    { at: T + 2_000, instance: null, newestSampleAt: null },
  ]);
  expect(step.traffic).toEqual([{ journey: 'checkout', second: S, requests: 8, repeats: 0, invited: 0 }]);
});

describe('duration histograms', () => {
  const good = (id: number, instance = 'step0-0') =>
    series(id, SERIES.turnDuration, { scenario: 'checkout', outcome: 'good', instance });
  const state = (count: number, schema = 3, index = 8): HistogramState => ({
    count,
    sum: count * 2,
    schema,
    zeroCount: 0,
    buckets: [index, count],
  });

  test('of several processes and of a process that began anew add up', () => {
    const step = fold([
      good(1),
      good(2, 'step0-1'),
      push(
        T,
        [],
        [
          [1, T + 100, state(5)],
          [2, T + 100, state(20, 3, 9)],
        ],
      ),
      push(T, [], [[1, T + 200, state(2)]]),
      push(T, [], [[1, T + 300, state(4)]]),
    ]);
    expect(step.durations).toMatchObject([
      {
        journey: 'checkout',
        outcome: 'good',
        kind: null,
        histogram: {
          count: 29,
          sum: 58,
          schema: 3,
          zeroCount: 0,
          buckets: [8, 9, 9, 20],
        },
      },
    ]);
  });

  test('are told by push, as what is new in it', () => {
    const step = fold([
      good(1),
      push(
        T,
        [],
        [
          [
            1,
            T + 100,
            {
              ...state(5),
              buckets: [8, 3, 9, 2],
            },
          ],
        ],
      ),
      push(
        T,
        [],
        [
          [
            1,
            T + 200,
            {
              ...state(9),
              buckets: [7, 1, 8, 3, 9, 5],
            },
          ],
        ],
      ),
      // Sent twice.
      push(
        T,
        [],
        [
          [
            1,
            T + 200,
            {
              ...state(9),
              buckets: [7, 1, 8, 3, 9, 5],
            },
          ],
        ],
      ),
      // A process that began anew.
      push(T, [], [[1, T + 300, state(2)]]),
    ]);
    expect(step.durations[0]?.pushes).toEqual([
      { at: T + 100, count: 5, sumMs: 10_000, schema: 3, zeroCount: 0, buckets: [8, 3, 9, 2] },
      { at: T + 200, count: 4, sumMs: 8_000, schema: 3, zeroCount: 0, buckets: [7, 1, 9, 3] },
      { at: T + 300, count: 2, sumMs: 4_000, schema: 3, zeroCount: 0, buckets: [8, 2] },
    ]);
  });

  test('of different schemas are joined in the coarser one', () => {
    // Schema 3, index 9 covers (2^(8/8), 2^(9/8)]; schema 0 has (2, 4] at index 2.
    const step = fold([
      good(1),
      good(2, 'step0-1'),
      push(
        T,
        [],
        [
          [1, T + 100, state(5, 3, 9)],
          [2, T + 100, state(2, 0, 2)],
        ],
      ),
    ]);
    expect(step.durations[0]?.histogram).toMatchObject({ count: 7, schema: 0, buckets: [2, 7] });
  });
});

test('k6’s own count of orders is summed over its processes, by journey', () => {
  const step = fold([
    series(1, SERIES.iterations, { scenario: 'checkout' }),
    series(2, SERIES.iterations, { scenario: 'checkout', instance: 'step0-1' }),
    push(T + 1_000, [[1, T + 900, 5]]),
    push(T + 1_000, [[2, T + 900, 4]]),
    push(T + 2_000, [[1, T + 1_900, 12]]),
  ]);
  expect(step.iterations).toEqual({ checkout: 16 });
});

test('readings of k6 keep the process that they are of; one without waiting time tells none', () => {
  const reading = { type: 'cpu' as const, who: 'k6' as const, cpuRatio: 0.5, rssBytes: 9 };
  const step = fold([
    { ...reading, at: T, instance: 'step0-0', waitedRatio: 0.25 },
    { ...reading, at: T, instance: 'step0-1', waitedRatio: null },
  ]);
  expect(step.cpu).toEqual([
    { at: T, instance: 'step0-0', cpuRatio: 0.5, waitedRatio: 0.25, rssBytes: 9 },
    { at: T, instance: 'step0-1', cpuRatio: 0.5, waitedRatio: null, rssBytes: 9 },
  ]);
});
