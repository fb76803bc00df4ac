import { describe, expect, test } from 'vitest';
import { SERIES } from '../../../k6/contract.ts';
import { TimelineBuilder } from '../../../scripts/observe/fold/fold.ts';
import type { Observation } from '../../../scripts/observe/observation.ts';
import {
  endedSeries,
  loadStarted,
  planned,
  push,
  S,
  series,
  startedBySecond,
  startedSeries,
  T,
} from './story.ts';

describe('the run', () => {
  test('faults and stock-outs are spans, tallied up to their end', () => {
    const builder = new TimelineBuilder();
    const tally = {
      fault: 'pay-latency-1',
      plannedOnAt: T,
      seen: 30,
      hit: 30,
      requestedMedianMs: 2_000,
      achievedMedianMs: 2_003,
    };
    const observations: Observation[] = [
      { type: 'fault-on', at: T + 5, fault: 'pay-latency-1', plannedAt: T },
      { type: 'stock-out', at: T + 10, partner: 'beanhouse', item: 'tea' },
      { type: 'fault-off', at: T + 1_005, fault: 'pay-latency-1', plannedAt: T + 1_000 },
      { type: 'fault-tally', at: T + 1_006, ...tally },
      { type: 'stock-back', at: T + 2_000, partner: 'beanhouse', item: 'tea' },
      { type: 'stock-out', at: T + 3_000, partner: 'beanhouse', item: 'tea' },
    ];
    for (const observation of observations) builder.add(observation);
    const { faultSpans, stockOuts } = builder.snapshot();
    expect(faultSpans).toEqual([
      { ...tally, plannedOnAt: T, onAt: T + 5, plannedOffAt: T + 1_000, offAt: T + 1_005 },
    ]);
    expect(stockOuts).toEqual([
      { partner: 'beanhouse', item: 'tea', fromAt: T + 10, toAt: T + 2_000 },
      { partner: 'beanhouse', item: 'tea', fromAt: T + 3_000, toAt: null },
    ]);
  });

  test('durations are told by push, also of a k6 that began anew', () => {
    const builder = new TimelineBuilder();
    const named = (id: number, outcome: string) =>
      series(id, SERIES.turnDuration, { scenario: `j${id}`, outcome });
    const state = (count: number, sum: number) => ({ count, sum, schema: 3, zeroCount: 0, buckets: [] });
    const observations = [
      ...[planned(), loadStarted, named(1, 'good'), named(2, 'good'), named(3, 'by-retry-after')],
      push(
        T + 1_000,
        [],
        [
          [1, T + 900, state(10, 1)],
          [2, T + 950, state(5, 2)],
          [3, T + 950, state(9, 90)],
        ],
      ),
      push(T + 2_000, [], [[1, T + 1_900, state(14, 3)]]),
      push(T + 3_000, [], [[1, T + 2_900, state(2, 0.5)]]),
    ];
    for (const observation of observations) builder.add(observation);
    const { durations = [] } = builder.snapshot().steps[0] ?? {};
    const sums = durations.map(({ outcome, pushes }) => [
      outcome,
      pushes.map(({ at, count, sumMs }) => [at, count, sumMs]),
    ]);
    expect(sums).toEqual([
      [
        'good',
        [
          [T + 900, 10, 1_000],
          [T + 1_900, 4, 2_000],
          [T + 2_900, 2, 500],
        ],
      ],
      ['good', [[T + 950, 5, 2_000]]],
      ['by-retry-after', [[T + 950, 9, 90_000]]],
    ]);
  });

  test('closures are spans, of a shop or of the whole partner', () => {
    const builder = new TimelineBuilder();
    const at = { partner: 'beanhouse' };
    const observations: Observation[] = [
      { type: 'shop-closed', at: T, ...at, shop: 'harbour' },
      { type: 'shop-closed', at: T + 1_000, ...at, shop: null },
      { type: 'shop-open', at: T + 2_000, ...at, shop: 'harbour' },
    ];
    for (const observation of observations) builder.add(observation);
    expect(builder.snapshot().closures).toEqual([
      { partner: 'beanhouse', shop: 'harbour', fromAt: T, toAt: T + 2_000 },
      { partner: 'beanhouse', shop: null, fromAt: T + 1_000, toAt: null },
    ]);
  });

  describe('tallies of an invariant', () => {
    const tally = (at: number, checked: number, broken = 0, invariant = 'oversold' as const) => ({
      type: 'invariant-tally' as const,
      ...{ at, partner: 'beanhouse', invariant, checked, broken },
      examples: Array.from({ length: broken }, (_, index) => `order-${index}`),
    });
    const foldedTallies = (observations: readonly Observation[]) => {
      const builder = new TimelineBuilder();
      for (const observation of observations) builder.add(observation);
      return builder.snapshot().invariants.map(({ step, checked, broken }) => [step, checked, broken]);
    };
    const started = (step: number, at: number): Observation => ({
      type: 'load-started',
      at,
      step,
      startedAt: at,
    });

    test('count since the step began: the newest one stands', () => {
      expect(foldedTallies([planned(), started(0, T), tally(T, 10), tally(T + 1_000, 30, 1)])).toEqual([
        [0, 30, 1],
      ]);
    });

    test('belong to the step whose load started last, up to the next one’s', () => {
      const observations = [
        ...[planned(0), started(0, T), tally(T + 1_000, 30)],
        // The partners are reset between the plan and the start of a step.
        ...[planned(1), tally(T + 60_000, 31, 1), started(1, T + 61_000), tally(T + 62_000, 5)],
      ];
      expect(foldedTallies(observations)).toEqual([
        [0, 31, 1],
        [1, 5, 0],
      ]);
    });

    test('that somebody had reset in the midst of a step mend nothing', () => {
      expect(foldedTallies([planned(), started(0, T), tally(T, 30, 2), tally(T + 1_000, 3)])).toEqual([
        [0, 30, 2],
      ]);
    });

    test('keep five keys of examples', () => {
      const builder = new TimelineBuilder();
      for (const observation of [planned(), started(0, T), tally(T, 30, 9)]) builder.add(observation);
      expect(builder.snapshot().invariants[0]?.examples).toHaveLength(5);
    });
  });

  test('steps are kept apart by the instance of their series', () => {
    const builder = new TimelineBuilder();
    const observations = [
      planned(0),
      planned(1),
      startedSeries(1, 1, 'step0-0'),
      startedSeries(2, 1, 'step1-0'),
      push(T + 2_000, [[1, T + 1_500, 3]]),
      push(T + 2_000, [[2, T + 1_500, 8]]),
    ];
    for (const observation of observations) builder.add(observation);
    expect(builder.snapshot().steps.map(startedBySecond)).toEqual([{ [S + 1]: 3 }, { [S + 1]: 8 }]);
  });

  test('a snapshot stays as it was when more comes', () => {
    const builder = new TimelineBuilder();
    for (const observation of [planned(), loadStarted, startedSeries(1, 1), endedSeries(2, 1)]) {
      builder.add(observation);
    }
    builder.add(
      push(T, [
        [1, T + 1_100, 4],
        [2, T + 1_100, 1],
      ]),
    );
    const before = builder.snapshot();
    const copy = structuredClone(before);
    builder.add(
      push(T, [
        [1, T + 1_900, 9],
        [2, T + 1_900, 5],
      ]),
    );
    expect(before).toEqual(copy);
    expect(builder.snapshot()).not.toEqual(copy);
  });

  test('live rates are those between the two newest pushes', () => {
    const builder = new TimelineBuilder();
    const bad = endedSeries(3, 1, { outcome: 'bad', kind: '5xx', first: 'bad' });
    const known = [
      planned(),
      loadStarted,
      startedSeries(1, 1),
      endedSeries(2, 1),
      bad,
      series(4, SERIES.vusBusy, {}),
    ];
    for (const observation of known) builder.add(observation);
    expect(builder.live()).toBeNull();
    builder.add(
      push(T, [
        [1, T + 1_000, 100],
        [4, T + 900, 6],
      ]),
    );
    builder.add(
      push(T, [
        [1, T + 3_000, 220],
        [2, T + 2_900, 80],
        [3, T + 2_900, 10],
        [4, T + 2_900, 7],
      ]),
    );
    expect(builder.live()).toEqual({
      at: T + 3_000,
      startedPerSec: 60,
      droppedPerSec: 0,
      servedPerSec: 40,
      errorsPerSec: 5,
      busyVus: 7,
    });
  });
});

test('a tally that comes late belongs to the span that it names, not to the next step’s', () => {
  const builder = new TimelineBuilder();
  const fault = 'pay-latency-1';
  const tally = { seen: 9, hit: 9, requestedMedianMs: 60_000, achievedMedianMs: 60_000 };
  const observations: Observation[] = [
    { type: 'fault-on', at: T, fault, plannedAt: T },
    { type: 'fault-off', at: T + 1_000, fault, plannedAt: T + 1_000 },
    { type: 'fault-on', at: T + 50_000, fault, plannedAt: T + 50_000 },
    { type: 'fault-off', at: T + 51_000, fault, plannedAt: T + 51_000 },
    { type: 'fault-tally', at: T + 52_000, fault, plannedOnAt: T, ...tally },
  ];
  for (const observation of observations) builder.add(observation);
  expect(builder.snapshot().faultSpans.map(({ hit }) => hit)).toEqual([9, 0]);
});
