import { expect, test } from 'vitest';
import { journey } from '../../demand/example-plan.ts';
import { loadedStep } from '../../support/stories/loaded-step.ts';
import { slicesOf } from '../../support/stories/slice-rows.ts';
import { Story, storyPlan, T0 } from '../../support/stories/story.ts';

// The mock partners stand still from 40 s to 43 s. What that made bad must not turn slices DOWN that only share a
// journey's longer slice or a pool with them.

const late = { outcome: 'bad', kind: 'slow', endsAfterMs: 6_500 } as const;
const stalled = {
  mockHealth: Array.from({ length: 100 }, (_, index) => index - 10)
    .filter((second) => second < 40 || second >= 43)
    .map((second) => ({ at: T0 + second * 1_000 + 100, loopDelayP99Ms: 1, requests: 100 })),
};
const shares = { checkout: 0.9, voucher: 0.1 };
const plan = storyPlan((one) => ({
  ...one,
  journeys: [journey('checkout', shares.checkout), journey('voucher', shares.voucher)],
}));

/** Two journeys; the small one has slices of this length. */
const small = (sliceSec: number): Story =>
  new Story(plan, { shares })
    .step(() => ({ journeySliceMs: { checkout: 1_000, voucher: sliceSec * 1_000 } }))
    // Each journey has canaries of its own.
    .run((run) => ({
      probes: run.probes.flatMap((probe) => Object.keys(shares).map((name) => ({ ...probe, journey: name }))),
    }));

const judged = (story: Story) => {
  const report = story.report();
  const step = loadedStep(report.steps[0]);
  const { chargedMs, strictMs } = step.downtime;
  return { status: report.verdict.status, down: chargedMs, strict: strictMs, slices: slicesOf(step) };
};

test.each([10, 60])(
  'a journey’s slice of %i s is not charged for three seconds of still mocks',
  (sliceSec) => {
    const story = small(sliceSec)
      .turns(38, 43, late)
      .run(() => stalled);
    expect(judged(story)).toMatchObject({ status: 'INVALID', down: 0, strict: 0 });
  },
);

test('the rest of such a slice, all good, keeps its own state', () => {
  const { slices } = judged(
    small(10)
      .turns(38, 43, late)
      .run(() => stalled),
  );
  const rest = slices.filter(({ fromAt }) => fromAt >= T0 + 43_000 && fromAt < T0 + 50_000);
  expect(rest.map(({ state }) => state)).not.toContain('DOWN');
});

test('its own failures charge it all the same', () => {
  const story = small(10)
    .turns(38, 43, late)
    .turns(43, 56, { outcome: 'bad', kind: '5xx' }, 1, 'voucher')
    .run(() => stalled);
  // As soon as the backlog is no excuse any more.
  expect(judged(story).down).toBe(7_000);
});

test('a count that chance explains is not DOWN by a pool of void slices', () => {
  const story = new Story()
    .turns(38, 43, late)
    .turns(43, 46, late, 0.08)
    .turns(35, 38, late, 0.08)
    .run(() => stalled);
  expect(judged(story)).toMatchObject({ status: 'INVALID', down: 0, strict: 0 });
});

test('a pool of trusted slices says what it said', () => {
  expect(judged(new Story().turns(38, 47, late, 0.08))).toMatchObject({ down: 5_000 });
});
