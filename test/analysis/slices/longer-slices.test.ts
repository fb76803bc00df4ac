import { expect, test } from 'vitest';
import { journey } from '../../demand/example-plan.ts';
import { loadedStep } from '../../support/stories/loaded-step.ts';
import { slicesOf } from '../../support/stories/slice-rows.ts';
import { type Fate, Story, storyPlan, T0 } from '../../support/stories/story.ts';
import { thinkingPlan } from '../../support/stories/thinkers.ts';

// Where slices hold too few turns, longer ones are judged; of these only what was bad is charged.

const FAILED: Fate = { outcome: 'bad', kind: '5xx' };
const sliced = (seconds: number) =>
  storyPlan((plan) => ({ ...plan, slo: { ...plan.slo, timeSliceMs: seconds * 1_000 } }));
const outcome = (story: Story) => {
  const { status, reasons } = story.report().verdict;
  return { status, codes: reasons.map(({ code }) => code) };
};
/** Seconds from T0 in which slices with this state start. */
const startsOf = (story: Story, state: string): number[] =>
  slicesOf(loadedStep(story.report().steps[0]))
    .filter((slice) => slice.state === state)
    .map(({ fromAt }) => (fromAt - T0) / 1_000);

test('an outage of ten seconds in thin slices is charged where it was, not to its neighbours', () => {
  const story = new Story(sliced(10), { ratePerSec: 1 }).outage(23, 33);
  expect(startsOf(story, 'DOWN')).toEqual([20, 30]);
  expect(startsOf(story, 'UNKNOWN')).toEqual([]);
});

test('it goes on over the edge of the longer slice, as long as nothing good lies between', () => {
  // Of 30 turns from 60 s on two are bad.
  const story = new Story(sliced(1), { ratePerSec: 1 }).turns(48, 62, FAILED);
  expect(startsOf(story, 'DOWN')).toEqual(Array.from({ length: 14 }, (_, index) => 48 + index));
  const cut = new Story(sliced(1), { ratePerSec: 1 }).turns(47, 60, FAILED).turns(61, 62, FAILED);
  expect(startsOf(cut, 'DOWN')).toEqual(Array.from({ length: 13 }, (_, index) => 47 + index));
});

test('a lone error beside an outage is not drawn into it', () => {
  const shares = { checkout: 0.6, chat: 0.4 };
  const story = new Story(sliced(1), { shares })
    .step(() => ({ journeySliceMs: { checkout: 1_000, chat: 2_000 } }))
    .turns(30, 34, FAILED, 1, 'chat')
    .turns(24, 40, FAILED, 0.025, 'chat')
    .run(({ probes }) => ({ probes: probes.flatMap((one) => [one, { ...one, journey: 'chat' }]) }));
  // One of the 40 turns of each second around it failed.
  expect(startsOf(story, 'DOWN')).toEqual([30, 31, 32, 33]);
});

test('between two bad events an empty slice is DOWN, one that was served in part is possible', () => {
  const every = (...failing: number[]) =>
    failing.reduce(
      (story, second) => story.turns(second, second + 1, FAILED),
      new Story(sliced(1), { ratePerSec: 1 }),
    );
  const gaps = every(30, 31, 32, 34, 35, 36, 37, 38);
  expect(startsOf(gaps, 'DOWN')).toEqual([30, 31, 32, 34, 35, 36, 37, 38]);
  expect(startsOf(gaps, 'UNKNOWN')).toEqual([33]);
});

const two = { checkout: 0.96, chat: 0.04 };
const withCanaries = (story: Story): Story =>
  story.run(({ probes }) => ({ probes: probes.flatMap((one) => [one, { ...one, journey: 'chat' }]) }));

test('a journey with four orders a second is charged for itself, however healthy the others are', () => {
  const story = withCanaries(new Story(sliced(1), { shares: two }).turns(20, 32, FAILED, 1, 'chat'));
  expect(startsOf(story, 'DOWN')).toEqual(Array.from({ length: 12 }, (_, index) => 20 + index));
});

test('a slice in which all of a journey was served is not charged for the others of its longer slice', () => {
  const story = withCanaries(new Story(sliced(1), { shares: two }).turns(20, 24, FAILED, 1, 'chat'));
  expect(startsOf(story, 'DOWN')).toEqual([20, 21, 22, 23]);
  expect(startsOf(story, 'UNKNOWN')).toEqual([]);
});

test('ten orders a second of which a few fail pass', () => {
  const story = new Story(sliced(1), { ratePerSec: 10 }).turns(0, 20, FAILED, 0.1);
  expect(outcome(story)).toEqual({ status: 'PASS', codes: [] });
});

test('orders that fail too thinly to make a slice DOWN, but for the whole step, are no PASS', () => {
  const story = new Story().turns(0, 90, FAILED, 0.06);
  expect(outcome(story)).toMatchObject({ status: 'INCONCLUSIVE' });
  expect(outcome(story).codes).toContain('orders-not-served');
  // Right answers after slowAfter are bad, but their orders are placed.
  const late = new Story().turns(0, 90, { outcome: 'bad', kind: 'slow', endsAfterMs: 3_500 }, 0.06);
  expect(outcome(late).codes).not.toContain('orders-not-served');
});

test('twelve turns of which the last fails for 45 % of the orders are no PASS', () => {
  const TURNS = 12;
  const plan = thinkingPlan((one) => ({ ...one, journeys: [journey('checkout', 1, TURNS)] }));
  const base = new Story(plan, { ratePerSec: 240 });
  const story = base.step((step) => ({
    schedules: step.schedules.map((one) => ({ ...one, arrivalsPerSec: one.arrivalsPerSec.map(() => 20) })),
    ordersStarted: new Map(
      [...step.started].map(([name, seconds]) => [name, new Map([...seconds].map(([at]) => [at, 20]))]),
    ),
    turns: [...step.turns].flatMap((turn) => {
      const each = Array.from({ length: TURNS - 1 }, (_, at) => ({ ...turn, at, count: 20 }));
      const failed = { ...turn, outcome: 'bad' as const, kind: '5xx' as const, at: TURNS - 1, count: 9 };
      return [...each, { ...turn, count: 11 }, failed];
    }),
  }));
  const step = loadedStep(story.report().steps[0]);
  expect(step.reasons.map(({ code }) => code)).toContain('downtime-over-budget');
  expect(step.downtime.chargedMs).toBe(90_000);
});
