import { expect, test } from 'vitest';
import { Story, storyPlan } from '../../support/stories/story.ts';

// Orders too few for any slice must not be passed over.

const sliced = storyPlan((plan) => ({ ...plan, slo: { ...plan.slo, timeSliceMs: 1_000 } }));
const outcome = (story: Story) => {
  const { status, reasons } = story.report().verdict;
  return { status, codes: reasons.map(({ code }) => code) };
};

test('ten orders a second of which four fail, while every canary is served, are no PASS', () => {
  const story = new Story(sliced, { ratePerSec: 10 }).turns(0, 90, { outcome: 'bad', kind: '5xx' }, 0.4);
  expect(outcome(story)).toEqual({ status: 'INCONCLUSIVE', codes: ['bad-in-thin-slices'] });
});

test('a journey with four orders a second, all bad, is no PASS', () => {
  const story = new Story(sliced, { shares: { checkout: 0.96, chat: 0.04 } })
    .turns(0, 90, { outcome: 'bad', kind: '5xx' }, 1, 'chat')
    .run(({ probes }) => ({ probes: probes.flatMap((one) => [one, { ...one, journey: 'chat' }]) }));
  expect(outcome(story)).toEqual({ status: 'INCONCLUSIVE', codes: ['bad-in-thin-slices'] });
});

test('ten orders a second of which a few fail pass', () => {
  const story = new Story(sliced, { ratePerSec: 10 }).turns(0, 20, { outcome: 'bad', kind: '5xx' }, 0.1);
  expect(outcome(story)).toEqual({ status: 'PASS', codes: [] });
});

test('an outage that is charged by all orders is not held against a thin journey again', () => {
  const story = new Story(sliced, { shares: { checkout: 0.96, chat: 0.04 } })
    .outage(20, 30)
    .run(({ probes }) => ({ probes: probes.flatMap((one) => [one, { ...one, journey: 'chat' }]) }));
  expect(outcome(story)).toEqual({ status: 'PASS', codes: [] });
});

test('thirty seconds without an order are charged to an only journey in slices of its own', () => {
  const story = new Story(sliced, { ratePerSec: 5 })
    .turns(20, 50, { outcome: 'bad', kind: '5xx' })
    .step(() => ({ journeySliceMs: { checkout: 5_000 } }));
  expect(outcome(story)).toMatchObject({ status: 'FAIL' });
});
