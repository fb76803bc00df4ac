import { expect, test } from 'vitest';
import type { LaunchPlan } from '../../../scripts/plan/launch-plan.ts';
import { Story, storyPlan, withFault } from '../../support/stories/story.ts';

/** Nothing in it is lenient. */
const strict = storyPlan((plan) => ({
  ...plan,
  slo: { ...plan.slo, downtimeBudgetMs: null },
  rehearsal: { ...plan.rehearsal, replay: { kind: 'around-peak', lengthMs: 600_000 } },
}));
const lenient = (plan: LaunchPlan, tell: (story: Story) => Story = (story) => story): string[] =>
  tell(new Story(plan, { ratePerSec: 20 }))
    .report()
    .verdict.lenient.map(({ text }) => text);

type Part = Partial<LaunchPlan['slo'] & LaunchPlan['rehearsal'] & LaunchPlan['client']>;
const changed = ({
  slo,
  rehearsal,
  client,
}: {
  slo?: Part;
  rehearsal?: Part;
  client?: Part;
}): LaunchPlan => ({
  ...strict,
  slo: { ...strict.slo, ...slo },
  rehearsal: { ...strict.rehearsal, ...rehearsal },
  client: { ...strict.client, ...client },
});

test('a plan that leaves everything at its defaults is not lenient', () => {
  expect(lenient(strict)).toEqual([]);
});

test.each<[Parameters<typeof changed>[0], string]>([
  [{ slo: { downtimeBudgetMs: 60_000 } }, 'budget of 1 m, pro rata 5.8 s'],
  [{ slo: { allowedDowntimeMs: 5 * 3_600_000 } }, '5 h of 9 h may be down'],
  [{ slo: { downAboveRatio: 0.95 } }, 'down above 95 %'],
  [{ slo: { slowAfterMs: 40_000 } }, 'slow after 40 s'],
  [{ client: { patienceMs: 60_000 } }, 'patience 1 m'],
  [{ rehearsal: { scale: 0.5 } }, 'scale 0.5'],
  [{ rehearsal: { multiples: [3, 5] } }, 'must hold 3x of 5x'],
  [{ rehearsal: { multiples: [2], mustHold: 2 } }, 'must hold 2x only'],
  [{ rehearsal: { settleMs: 10_000 } }, 'settle 10 s'],
  [{ rehearsal: { replay: { kind: 'around-peak', lengthMs: 60_000 } } }, '1 m 30 s measured'],
])('%j: %s', (change, text) => {
  expect(lenient(changed(change))).toContain(text);
});

test('slices longer than by rule, rare canaries, and long shortages that the plan makes are named', () => {
  const sliced = { ...changed({ slo: { timeSliceMs: 10_000 } }), probe: { everyMs: 5_000 } };
  const story = lenient(sliced, (one) => one.step(() => ({ ruleSliceMs: 5_000 })));
  expect(story).toEqual(['slices of 10 s, by rule 5 s', 'a canary every 5 s']);
  const out = { id: 'f', partner: 'beanhouse', kind: 'stock-out', item: 'tea', at: 0, for: 70_000 };
  expect(lenient(withFault(strict, out), (one) => one.faultFired('f', 0, 70))).toEqual([
    'beanhouse stock-out for 1 m 10 s',
  ]);
});

test('a replay without the peak of the window is named with both rates, and nothing is said to hold', () => {
  const story = new Story(strict, { ratePerSec: 20 }).step(() => ({
    peakOrdersPerSec: 15,
    windowPeakOrdersPerSec: 400,
  }));
  const { verdict } = story.report();
  expect(verdict).toMatchObject({ status: 'PASS', holdsAt: null });
  expect(verdict.lenient).toEqual([{ what: 'peak', text: "replays 15/s; the window's peak is 400/s" }]);
});

test('orders that nothing names, and waits by ticket, are told with how many', () => {
  const unnamed = lenient(strict, (one) =>
    one.step((step) => ({ turns: step.turns.map((turn) => ({ ...turn, unnamed: true as const })) })),
  );
  expect(unnamed).toEqual(['nothing proves 12,800 orders of checkout']);
  const waited = lenient(strict, (one) => one.turns(0, 630, { outcome: 'by-ticket', endsAfterMs: 25_000 }));
  expect(waited).toEqual([expect.stringMatching(/^98\.4 % waited by ticket for .* \(p95 .*\)$/)]);
});

test('a step in which not one order of a journey came about is no PASS', () => {
  const story = new Story(storyPlan(), { shares: { checkout: 0.9, chat: 0.1 } })
    .turns(-10, 90, { outcome: 'sold-out', item: 'tea' }, 1, 'chat')
    .run((run) => ({
      probes: run.probes.flatMap((one) => [one, { ...one, journey: 'chat' }]),
      stockOuts: [{ partner: 'beanhouse', item: 'tea', fromAt: 0, toAt: null }],
    }));
  expect(story.report().verdict).toMatchObject({
    status: 'INCONCLUSIVE',
    reasons: [{ code: 'nothing-sold', message: 'not one order of chat was confirmed in the whole step' }],
  });
});
