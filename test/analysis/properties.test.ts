import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeRun } from '../../scripts/analysis/judge.ts';
import { liveState } from '../../scripts/analysis/live.ts';
import { budgetMs } from '../../scripts/plan/derived/step-times.ts';
import { type LoadedStep, loadedStep } from '../support/stories/loaded-step.ts';
import { type SliceRow, slicesOf } from '../support/stories/slice-rows.ts';
import { Story, storyPlan, T0 } from '../support/stories/story.ts';
import { holes, runs, tales, told, troubles } from '../support/stories/tales.ts';

/** The step of a story, as judged. */
const judged = (story: Story): LoadedStep => loadedStep(judgeRun(story.plan, story.timeline()).steps[0]);

test('charged is at most possible, and both fit into the measured time', () => {
  fc.assert(
    fc.property(tales, (tale) => {
      const { downtime, measuredMs } = judged(told(tale));
      const { chargedMs, possibleMs, strictMs, requestWeightedMs } = downtime;
      expect(chargedMs).toBeLessThanOrEqual(possibleMs);
      expect(possibleMs).toBeLessThanOrEqual(measuredMs);
      expect(strictMs).toBeGreaterThanOrEqual(chargedMs);
      expect(requestWeightedMs).toBeLessThanOrEqual(measuredMs);
    }),
    runs(40),
  );
});

/** Turns that fail without an answer, beside or in place of what became of them before. */
const worse = troubles.map((one) => ({ ...one, fate: 'timeout' as const, canaries: 'good' as const }));

test('more bad turns never lower the charge, nor what is possible', () => {
  fc.assert(
    fc.property(tales, worse, (tale, more) => {
      const before = judged(told(tale)).downtime;
      for (const after of [
        judged(told(tale, [more])),
        judged(told({ ...tale, troubles: [...tale.troubles, more] })),
      ]) {
        const { chargedMs, possibleMs, strictMs } = after.downtime;
        expect(chargedMs).toBeGreaterThanOrEqual(before.chargedMs);
        expect(possibleMs).toBeGreaterThanOrEqual(before.possibleMs);
        expect(strictMs).toBeGreaterThanOrEqual(before.strictMs);
      }
    }),
    runs(40),
  );
});

test('more failed canaries never lower the charge', () => {
  fc.assert(
    fc.property(tales, fc.nat(80), fc.integer({ min: 1, max: 8 }), (tale, from, length) => {
      const before = judged(told(tale)).downtime.chargedMs;
      const failing = told(tale).run((run) => ({
        probes: run.probes.map((probe) => {
          const second = (probe.scheduledAt - T0) / 1_000;
          return second >= from && second < from + length
            ? { ...probe, outcome: 'bad' as const, kind: 'timeout' as const }
            : probe;
        }),
      }));
      expect(judged(failing).downtime.chargedMs).toBeGreaterThanOrEqual(before);
    }),
    runs(40),
  );
});

// A step of the clock takes canaries away as well, and a load that is UP needs no witness.
const blinding = holes.filter(({ kind }) => kind !== 'clock-step');

test('more UNKNOWN of the load never lowers what is possible', () => {
  fc.assert(
    fc.property(tales, blinding, (tale, hole) => {
      const before = judged(told(tale)).downtime;
      const after = judged(told({ ...tale, holes: [...tale.holes, hole] })).downtime;
      expect(after.possibleMs).toBeGreaterThanOrEqual(before.possibleMs);
    }),
    runs(40),
  );
});

test('the charge of an incident is its DOWN slices, and with the lone ones these make up the total', () => {
  fc.assert(
    fc.property(tales, (tale) => {
      const step = judged(told(tale));
      const down = slicesOf(step).filter(({ phase, state }) => phase !== 'warm-up' && state === 'DOWN');
      const within = (slice: SliceRow) =>
        step.incidents.filter(({ startedAt, endedAt }) => slice.fromAt < endedAt && startedAt < slice.toAt);
      expect(down.filter((slice) => within(slice).length > 1)).toEqual([]);
      for (const incident of step.incidents) {
        const own = down.filter((slice) => within(slice).includes(incident));
        expect(incident.chargedMs).toBe(totalMs(own));
      }
      const lone = down.filter((slice) => within(slice).length === 0);
      const inIncidents = step.incidents.reduce((sum, { chargedMs }) => sum + chargedMs, 0);
      expect(inIncidents + totalMs(lone)).toBe(step.downtime.chargedMs);
      expect(totalMs(down)).toBe(step.downtime.chargedMs);
    }),
    runs(60),
  );
});

const totalMs = (slices: readonly SliceRow[]): number =>
  slices.reduce((sum, { fromAt, toAt }) => sum + toAt - fromAt, 0);

test('slices leave no gap and do not overlap', () => {
  fc.assert(
    fc.property(tales, (tale) => {
      const list = slicesOf(judged(told(tale)));
      for (const [index, slice] of list.entries()) {
        expect(slice.toAt).toBeGreaterThan(slice.fromAt);
        expect(slice.fromAt).toBe(list[index - 1]?.toAt ?? slice.fromAt);
      }
    }),
    runs(10),
  );
});

test('an outage far beyond the budget never passes, whatever the instrument misses', () => {
  fc.assert(
    fc.property(tales, (tale) => {
      const outage = {
        from: 20,
        length: 30,
        journey: null,
        ratio: 1,
        fate: 'timeout' as const,
        canaries: 'fail' as const,
      };
      expect(judged(told(tale, [outage])).status).not.toBe('PASS');
    }),
    runs(40),
  );
});

test('a tale without any trouble of the target is never DOWN', () => {
  fc.assert(
    fc.property(tales, (tale) => {
      const { downtime, incidents } = judged(told({ ...tale, troubles: [], drops: [] }));
      expect(downtime.chargedMs).toBe(0);
      expect(incidents).toEqual([]);
    }),
    runs(20),
  );
});

test('the order of the observations changes nothing', () => {
  const there = new Story().outage(20, 24);
  const back = new Story()
    .outage(20, 24)
    .step((step) => ({ turns: step.turns.toReversed() }))
    .run((run) => ({ probes: run.probes.toReversed() }));
  expect(back.report()).toEqual(there.report());
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
