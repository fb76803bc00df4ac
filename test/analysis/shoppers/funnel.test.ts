import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Funnel } from '../../../scripts/contract/figures.ts';
import type { LaunchPlan } from '../../../scripts/plan/launch-plan.ts';
import { journey } from '../../demand/example-plan.ts';
import { loadedStep } from '../../support/stories/loaded-step.ts';
import { epochSec, type Fate, Story, storyPlan, T0, withCafe } from '../../support/stories/story.ts';
import { runs, tales, told } from '../../support/stories/tales.ts';
import { GOOD, thinkers, thinkingPlan } from '../../support/stories/thinkers.ts';

/** 10,000 orders of three requests, each order one turn. */
const walkPlan = (change: (plan: LaunchPlan) => LaunchPlan = (plan) => plan): LaunchPlan =>
  storyPlan((plan) => change({ ...plan, journeys: [journey('checkout', 1, 3)] }));

function funnelOf(story: Story): Funnel {
  const [funnel] = loadedStep(story.report().steps[0]).funnels;
  if (!funnel) throw new Error('the story has no funnel');
  return funnel;
}

const reached = ({ steps }: Funnel): number[] => steps.map((step) => step.reached);
const ended = ({ steps }: Funnel) =>
  steps.map((step) => Object.fromEntries(step.ended.map((one) => [one.how, one.count])));

test('an order of one turn ends at the step that decided it', () => {
  const funnel = funnelOf(
    new Story(walkPlan())
      .turns(0, 10, { outcome: 'bad', kind: 'timeout', at: 1 }, 0.2)
      .turns(0, 10, { outcome: 'bad', kind: '503', at: 1 }, 0.1)
      .turns(20, 25, { outcome: 'bad', kind: 'slow', endsAfterMs: 4_000 }),
  );
  expect(funnel).toMatchObject({
    journey: 'checkout',
    started: 10_000,
    cutOff: 0,
    neverEnded: 0,
    turnedAway: 0,
  });
  expect(funnel.steps.map(({ index, name }) => [index, name])).toEqual([
    [0, 'checkout-0'],
    [1, 'checkout-1'],
    [2, 'checkout-2'],
  ]);
  expect(reached(funnel)).toEqual([10_000, 10_000, 9_700]);
  expect(funnel.steps[1]?.ended).toEqual([
    { how: 'timeout', count: 200 },
    { how: '503', count: 100 },
  ]);
  expect(ended(funnel)[2]).toEqual({ late: 500 });
  expect(funnel.confirmed).toBe(9_200);
});

test('of several turns only the last one of an order loses it', () => {
  const fate = (second: number, at: number): Fate =>
    at === 1 && second >= 20 && second < 24 ? { outcome: 'bad', kind: '5xx' } : GOOD;
  // Orders whose second turn failed have no third one.
  const funnel = funnelOf(
    thinkers({ fate: (second, at) => (at === 2 && second >= 22 && second < 26 ? null : fate(second, at)) }),
  );
  expect(reached(funnel)).toEqual([10_000, 10_000, 9_600]);
  expect(ended(funnel)).toEqual([{}, { '5xx': 400 }, {}]);
  expect(funnel.confirmed).toBe(9_600);
});

test('a step that is done several times, or not at all, is passed once by each order', () => {
  // The second step three times by half of the orders, never by the others: one of these fails at its third time.
  const tally = (at: number | null, second: number, count: number, fate: Fate) => ({
    ...{ journey: 'checkout', second: epochSec(second), at, count, first: 'good' as const },
    ...{ outcome: fate.outcome, kind: fate.kind ?? null, item: null, cafe: null },
    endedBy: T0 + (second + 1) * 1_000,
  });
  const turns = [
    tally(0, 0, 100, GOOD),
    tally(1, 2, 50, GOOD),
    tally(1, 4, 50, GOOD),
    tally(1, 6, 49, GOOD),
    tally(1, 6, 1, { outcome: 'bad', kind: 'wrong-answer' }),
    tally(null, 8, 99, GOOD),
  ];
  const funnel = funnelOf(
    new Story(thinkingPlan()).step(() => ({
      turns,
      ordersStarted: new Map([['checkout', new Map([[epochSec(0), 100]])]]),
    })),
  );
  expect(reached(funnel)).toEqual([100, 100, 99]);
  expect(ended(funnel)).toEqual([{}, { 'wrong-answer': 1 }, {}]);
  expect(funnel).toMatchObject({ started: 100, confirmed: 99, cutOff: 0 });
});

test('true and false "sold out" are told apart', () => {
  const plan = withCafe(walkPlan());
  const soldOut: Fate = { outcome: 'sold-out', item: 'tea', at: 2 };
  const funnel = funnelOf(
    new Story(plan)
      .turns(10, 12, soldOut, 0.5)
      .turns(50, 52, soldOut, 0.25)
      .run(() => ({
        stockOuts: [{ partner: 'beanhouse', item: 'tea', fromAt: T0 + 9_000, toAt: T0 + 20_000 }],
      })),
  );
  expect(ended(funnel)).toEqual([{}, {}, { 'sold-out': 100, 'false-sold-out': 50 }]);
  expect(reached(funnel)).toEqual([10_000, 10_000, 10_000]);
});

test('what our stop cut off ended nowhere', () => {
  const stopped = (story: Story): Story =>
    story.step(() => ({ how: 'interrupted', endedAt: T0 + 92_000 })).run(() => ({ how: 'interrupted' }));
  const open: Fate = { outcome: 'bad', endsAfterMs: null };
  // Stop at 90 s: these failed after it, the others never ended and were owed an answer still.
  const late: Fate = { outcome: 'bad', kind: 'timeout', endsAfterMs: 10_000 };
  const funnel = funnelOf(stopped(new Story(walkPlan()).turns(85, 90, open, 0.3).turns(85, 90, late, 0.2)));
  expect(funnel).toMatchObject({ started: 10_000, cutOff: 250, neverEnded: 0, confirmed: 9_750 });
  expect(reached(funnel)).toEqual([9_750, 9_750, 9_750]);
  expect(ended(funnel)).toEqual([{}, {}, {}]);
});

test('orders whose end no measurement tells are not laid to a step', () => {
  const funnel = funnelOf(new Story(walkPlan()).turns(30, 32, { outcome: 'bad', endsAfterMs: null }));
  expect(funnel).toMatchObject({ started: 10_000, cutOff: 0, neverEnded: 200 });
  expect(reached(funnel)).toEqual([9_800, 9_800, 9_800]);
});

test('what was not the target’s doing has words of its own', () => {
  const funnel = funnelOf(
    new Story(walkPlan())
      .turns(-10, -9, { outcome: 'bad', kind: 'client-error', at: 1 })
      .turns(30, 31, { outcome: 'generator', kind: 'local', at: 0 }),
  );
  expect(ended(funnel)).toEqual([{ generator: 100 }, { harness: 100 }, {}]);
});

test('shoppers who could not begin are counted beside the orders', () => {
  const story = new Story(walkPlan()).step((step) => ({
    // 20 of the 100 orders of the second were dropped while all VUs hung in old turns.
    ordersStarted: withOrders(step.ordersStarted, 30, 80),
    vusSamples: [{ at: T0 + 31_000, busy: 100, allocated: 100 }],
    started: new Map([
      ['checkout', new Map([...(step.started.get('checkout') ?? []), [epochSec(20), 10_000]])],
    ]),
    dropped: [{ journey: 'checkout', fromAt: T0 + 30_000, toAt: T0 + 31_000, count: 20 }],
  }));
  expect(funnelOf(story).turnedAway).toBe(20);
});

const withOrders = (
  orders: ReadonlyMap<string, ReadonlyMap<number, number>>,
  second: number,
  count: number,
) => new Map([...orders].map(([name, seconds]) => [name, new Map([...seconds, [epochSec(second), count]])]));

test('own code, which has no steps, has the requests at which orders ended', () => {
  const plan = storyPlan((one) => ({ ...one, journeys: [journey('checkout', 1, 0)] }));
  const funnel = funnelOf(new Story(plan).turns(5, 6, { outcome: 'bad', kind: '5xx', at: 2 }));
  expect(funnel.steps.map(({ index, name }) => [index, name])).toEqual([
    [0, null],
    [1, null],
    [2, null],
  ]);
  expect(ended(funnel)[2]).toEqual({ '5xx': 100 });
});

test('the funnel adds up whatever happens, and to the figures of the orders', () => {
  fc.assert(
    fc.property(tales, (tale) => {
      const { funnels, orders } = loadedStep(told(tale).report().steps[0]);
      for (const { started, cutOff, neverEnded, steps, confirmed } of funnels) {
        expect(started).toBe((steps[0]?.reached ?? confirmed) + neverEnded + cutOff);
        for (const [index, { reached: here, ended: there }] of steps.entries()) {
          const gone = there.reduce((sum, { count }) => sum + count, 0);
          expect(steps[index + 1]?.reached ?? confirmed).toBe(here - gone);
        }
      }
      const inAll = (of: (funnel: Funnel) => number) => funnels.reduce((sum, one) => sum + of(one), 0);
      expect(inAll(({ confirmed }) => confirmed)).toBe(orders.confirmed);
      expect(inAll(({ started }) => started)).toBe(orders.started);
      expect(inAll(({ turnedAway }) => turnedAway)).toBe(orders.turnedAway);
      const how = (word: string) =>
        inAll(({ steps }) =>
          steps
            .flatMap((step) => step.ended)
            .reduce((sum, one) => sum + (one.how === word ? one.count : 0), 0),
        );
      expect(how('sold-out')).toBe(orders.soldOut);
      expect(how('closed')).toBe(orders.closed);
      expect(how('late')).toBe(orders.late);
      expect(how('false-sold-out')).toBe(orders.falseSoldOut);
      expect(how('generator')).toBe(orders.generator);
    }),
    runs(40),
  );
});
