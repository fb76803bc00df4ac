import fc from 'fast-check';
import { expect, test } from 'vitest';
import { budgetMs } from '../../scripts/analysis/judge-step.ts';
import { liveState } from '../../scripts/analysis/live.ts';
import type { StepReport } from '../../scripts/report/run-report.ts';
import { Story, storyPlan, T0 } from '../support/story.ts';

const RUNS = { numRuns: 25, seed: 7 };

const outages = fc.array(
  fc.record({
    from: fc.integer({ min: -8, max: 85 }),
    length: fc.integer({ min: 1, max: 12 }),
    ratio: fc.constantFrom(0.02, 0.08, 0.3, 1),
    kind: fc.constantFrom('timeout' as const, '5xx' as const, 'slow' as const),
    seen: fc.boolean(),
  }),
  { maxLength: 4 },
);
type Outages = Parameters<Parameters<typeof outages.map>[0]>[0];

function storyOf(list: Outages): Story {
  const story = new Story();
  for (const { from, length, ratio, kind, seen } of list) {
    story.turns(from, from + length, { outcome: 'bad', kind }, ratio);
    if (seen) story.probesFail(from, from + length, kind);
    else story.probesMissing(from + 1, from + 2);
  }
  return story;
}

function stepOf(story: Story, shiftSec = 0): StepReport & { downtime: NonNullable<StepReport['downtime']> } {
  const step = story.report(shiftSec).steps[0];
  if (!step?.downtime) throw new Error('the story has no measured step');
  return { ...step, downtime: step.downtime };
}

test('charged is at most possible, and both fit into the measured time', () => {
  fc.assert(
    fc.property(outages, (list) => {
      const { downtime, measuredMs } = stepOf(storyOf(list));
      expect(downtime.chargedMs).toBeLessThanOrEqual(downtime.possibleMs);
      expect(downtime.possibleMs).toBeLessThanOrEqual(measuredMs);
      expect(downtime.strictMs).toBeGreaterThanOrEqual(downtime.chargedMs);
    }),
    RUNS,
  );
});

test('more bad turns never lower the charge', () => {
  fc.assert(
    fc.property(outages, fc.integer({ min: 0, max: 80 }), (list, from) => {
      const before = stepOf(storyOf(list)).downtime.chargedMs;
      const more = storyOf(list).turns(from, from + 5, { outcome: 'bad', kind: '5xx' });
      expect(stepOf(more).downtime.chargedMs).toBeGreaterThanOrEqual(before);
    }),
    RUNS,
  );
});

test('incidents and lone DOWN slices make up what is charged', () => {
  fc.assert(
    fc.property(outages, (list) => {
      const step = stepOf(storyOf(list));
      const inIncidents = step.incidents.reduce((sum, one) => sum + one.chargedMs, 0);
      const lone = (step.slices?.list ?? []).filter(
        (slice) =>
          slice.state === 'DOWN' &&
          slice.phase !== 'warm-up' &&
          !step.incidents.some(
            (one) =>
              Date.parse(slice.startedAt) < Date.parse(one.endedAt) &&
              Date.parse(slice.startedAt) + slice.lengthMs > Date.parse(one.startedAt),
          ),
      );
      expect(inIncidents + lone.reduce((sum, slice) => sum + slice.lengthMs, 0)).toBe(
        step.downtime.chargedMs,
      );
    }),
    RUNS,
  );
});

test('moving a run by whole seconds changes nothing but the clock', () => {
  fc.assert(
    fc.property(outages, fc.integer({ min: 1, max: 10_000 }), (list, shiftSec) => {
      const [here, there] = [stepOf(storyOf(list)), stepOf(storyOf(list), shiftSec)];
      expect(there.downtime).toEqual(here.downtime);
      expect(there.status).toBe(here.status);
      expect(there.incidents.map((one) => one.chargedMs)).toEqual(here.incidents.map((one) => one.chargedMs));
    }),
    RUNS,
  );
});

test('the order of the observations changes nothing', () => {
  const told = storyOf([{ from: 20, length: 4, ratio: 1, kind: 'timeout', seen: true }]);
  const back = storyOf([{ from: 20, length: 4, ratio: 1, kind: 'timeout', seen: true }])
    .step((step) => ({ turns: step.turns.toReversed() }))
    .run((run) => ({ probes: run.probes.toReversed() }));
  expect(back.report()).toEqual(told.report());
});

test('the live state follows the outage and ends at the charge of the verdict', () => {
  const story = new Story().outage(20, 24, 'refused');
  const timeline = story.timeline();
  const step = timeline.steps[0];
  if (!step) throw new Error('the story has no step');
  const at = (second: number) => liveState(story.plan, timeline, step, T0 + second * 1_000);
  expect(at(-5)).toMatchObject({ phase: 'warm-up', chargedMs: 0 });
  expect(at(24)).toMatchObject({ phase: 'replayed', state: 'DOWN', chargedMs: 2_000 });
  expect(at(40)).toMatchObject({ phase: 'replayed', state: 'UP', chargedMs: 4_000 });
  expect(at(130)).toMatchObject({ phase: 'draining', chargedMs: 4_000 });
});

test('a declared budget stands; otherwise the window’s allowance is shared out by time', () => {
  const plan = storyPlan();
  expect(budgetMs(plan, 660_000)).toBe(20_000);
  const pro = { ...plan, slo: { ...plan.slo, downtimeBudgetMs: null } };
  expect(budgetMs(pro, 660_000)).toBeCloseTo(6_111, 0);
});
