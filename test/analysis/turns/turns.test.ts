import { describe, expect, test } from 'vitest';
import type { JudgedSlice } from '../../../scripts/analysis/judgement.ts';
import { recoveryOf } from '../../../scripts/analysis/slices/recovery.ts';
import { noEvents } from '../../../scripts/analysis/turns/event-counts.ts';
import type { TurnTally } from '../../../scripts/observe/timeline.ts';
import type { LaunchPlan } from '../../../scripts/plan/launch-plan.ts';
import { loadedStep } from '../../support/stories/loaded-step.ts';
import { slicesOf } from '../../support/stories/slice-rows.ts';
import { UP } from '../../support/stories/slices.ts';
import { durationsOf, epochSec, type Fate, Story, storyPlan, T0 } from '../../support/stories/story.ts';
import { FIRST_SEC, GOOD, STEPS, thinkers, thinkingPlan } from '../../support/stories/thinkers.ts';

const judged = (story: Story) => {
  const report = story.report();
  return { report, step: loadedStep(report.steps[0]), codes: report.verdict.reasons.map(({ code }) => code) };
};

test('orders of several turns are compared with the plan as orders and judged as turns', () => {
  const { report, step } = judged(thinkers());
  expect(report.verdict).toMatchObject({ status: 'PASS', reasons: [] });
  expect(step.generator).toMatchObject({ healthy: true, planned: 10_000, started: 10_000 });
  expect(step.orders).toMatchObject({
    started: 10_000,
    confirmed: 10_000,
    turns: 30_000,
    good: 30_000,
    fulfilmentRatio: 1,
  });
  expect(slicesOf(step).at(-1)).toMatchObject({ planned: 100, started: 100, turns: 300, good: 300 });
});

test('turns of orders begun before do not stand in for orders that did not begin', () => {
  const { step } = judged(thinkers({ orders: (second) => (second === 40 ? 0 : 100) }));
  const slice = slicesOf(step).find(({ fromAt }) => fromAt === T0 + 40_000);
  expect(slice).toMatchObject({ planned: 100, started: 0, turns: 200 });
  expect(slice?.unhealthy).toContain('starts-differ');
});

test('dropped arrivals belong where orders are missing, however many turns began there', () => {
  const story = thinkers({ orders: (second) => (second === 40 ? 0 : 100) }).step(() => ({
    dropped: [{ journey: 'checkout', fromAt: T0 + 40_000, toAt: T0 + 42_000, count: 100 }],
  }));
  const { step } = judged(story);
  const dropped = slicesOf(step).filter((slice) => slice.dropped > 0);
  expect(dropped).toMatchObject([{ fromAt: T0 + 40_000, dropped: 100 }]);
});

test('a turn that fails counts in the second it was meant to start, not in that of its order', () => {
  const broken = (second: number, at: number): Fate | null =>
    at === 1 && second >= 20 && second < 24 ? { outcome: 'bad', kind: '5xx', first: 'bad' } : GOOD;
  const { step } = judged(thinkers({ fate: broken }));
  expect(step.downtime.chargedMs).toBe(4_000);
  expect(step.downtime.requestWeightedMs).toBeCloseTo(4_000 / 3);
  expect(step.incidents[0]).toMatchObject({
    startedAt: T0 + 20_000,
    peakErrorRatio: 1 / 3,
  });
});

test('an order that never gets to its last step is not sold, however good its turns', () => {
  const { codes, step } = judged(thinkers({ fate: (_, at) => (at === STEPS - 1 ? null : GOOD) }));
  expect(codes).toEqual(['nothing-sold']);
  expect(step.orders).toMatchObject({ confirmed: 0, good: 20_000, fulfilmentRatio: null });
});

test('a minute in which no order could have come about yet is not held against the shop', () => {
  const slowly = thinkingPlan((plan) => ({
    ...plan,
    client: { ...plan.client, thinkTime: { shape: 'fixed', ms: 40_000 } },
  }));
  const never = (second: number, at: number): Fate | null => (at === STEPS - 1 && second < 70 ? null : GOOD);
  expect(judged(thinkers({ plan: slowly, fate: never })).codes).toEqual([]);
  expect(judged(thinkers({ fate: never })).codes).toEqual(['nothing-sold']);
});

test('true sold-out answers lower fulfilment by orders, not by turns', () => {
  const soldOut = (second: number, at: number): Fate | null =>
    at === STEPS - 1 && second % 2 === 0 ? { outcome: 'sold-out', item: 'tea' } : GOOD;
  expect(judged(thinkers({ fate: soldOut })).step.orders).toMatchObject({
    confirmed: 5_000,
    soldOut: 5_000,
    fulfilmentRatio: 0.5,
  });
});

describe('a later turn that never ends', () => {
  const hanging = (second: number, at: number): Fate | null =>
    at === 2 && second >= 30 && second < 34 ? { outcome: 'bad', endsAfterMs: null } : GOOD;

  test('is bad in its own second', () => {
    const { step } = judged(thinkers({ fate: hanging }));
    expect(step.orders.kinds).toEqual([{ kind: 'never-ended', count: 400 }]);
    const without = slicesOf(step).filter((slice) => slice.unhealthy.includes('ends-missing'));
    expect(without[0]?.fromAt).toBe(T0 + 30_000);
    expect(without.map(({ bad }) => bad)).toEqual([100, 100, 100, 100]);
  });

  test('is censored if its patience, not that of its order, runs past our stop', () => {
    const stopped = thinkers({ fate: hanging })
      .step(() => ({ how: 'interrupted', endedAt: T0 + 64_500 }))
      .run(() => ({ how: 'interrupted' }));
    // Stop at 62.5 s: of the turns begun by then only those of second 30 and 31 were owed an answer.
    const { step } = judged(stopped);
    expect(step.orders.kinds).toEqual([{ kind: 'never-ended', count: 200 }]);
    expect(step.orders.censored).toBe(200);
  });
});

describe('a step is proven', () => {
  const proof = (plan: LaunchPlan) => {
    const tally = (at: number, second: number, fate: Fate, count: number): TurnTally => ({
      journey: 'checkout',
      second: epochSec(second),
      outcome: fate.outcome,
      kind: fate.kind ?? null,
      at,
      first: 'good',
      item: null,
      cafe: null,
      count,
      endedBy: T0 + (second + 1) * 1_000,
    });
    const turns = [
      tally(1, FIRST_SEC, GOOD, 30),
      tally(0, FIRST_SEC + 2, { outcome: 'bad', kind: 'client-error' }, 1),
    ];
    return loadedStep(
      new Story(plan).step(() => ({ turns, durations: durationsOf(turns), started: new Map() })).report()
        .steps[0],
    ).orders;
  };

  test('by its own turns where each step is one', () => {
    expect(proof(thinkingPlan())).toMatchObject({ harness: 1, bad: 0 });
  });

  test('by every turn that came past it where an order is one turn', () => {
    expect(proof(storyPlan())).toMatchObject({ harness: 0, bad: 1 });
  });
});

test('a slice has recovered when nine tenths of its turns are good, not of its orders', () => {
  const slice = (second: number, good: number): JudgedSlice => ({
    ...UP,
    fromAt: T0 + second * 1_000,
    toAt: T0 + (second + 1) * 1_000,
    planned: 100,
    counts: { ...noEvents(), ordersStarted: 100, started: 300, good },
  });
  const slices = [0, 1, 2, 3, 4].map((second) => slice(second, second < 2 ? 200 : 270));
  expect(recoveryOf(slices, T0, Number.POSITIVE_INFINITY)).toMatchObject({ how: 'recovered', ms: 2_000 });
});
