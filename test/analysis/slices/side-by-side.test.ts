import { expect, test } from 'vitest';
import { SideBySide } from '../../../scripts/analysis/slices/side-by-side.ts';
import type { TurnRun } from '../../../scripts/analysis/slices/turn-runs.ts';
import { likelyApart, likelyAtLeast, type Share } from '../../../scripts/analysis/time/chance.ts';
import { loadedStep } from '../../support/stories/loaded-step.ts';
import { Story, T0 } from '../../support/stories/story.ts';

const share = (bad: number, valid: number): Share => ({ bad, valid });

test('Fisher’s exact test gives the values of a table', () => {
  // A lady tasting tea: three of four right, of eight cups.
  expect(likelyAtLeast(share(3, 4), share(1, 4))).toBeCloseTo(17 / 70, 10);
  expect(likelyApart(share(3, 4), share(1, 4))).toBeCloseTo(34 / 70, 10);
  expect(likelyAtLeast(share(0, 5), share(3, 100))).toBe(1);
  expect(likelyApart(share(5, 5), share(100, 100))).toBe(1);
});

interface Told {
  /** Of each journey step, or of the whole order. */
  orders: readonly Share[];
  canaries: Share;
}

/** A slice a second. */
function told(slices: readonly Told[]): SideBySide {
  const grid = slices.map((_, index) => ({ fromAt: T0 + index * 1_000, toAt: T0 + (index + 1) * 1_000 }));
  const column = (value: (one: Told) => number) => Float64Array.from(slices.map(value));
  const runs = (slices[0]?.orders ?? []).map((_, at, all): TurnRun => {
    const zero = column(() => 0);
    const valid = column(({ orders }) => orders[at]?.valid ?? 0);
    const bad = column(({ orders }) => orders[at]?.bad ?? 0);
    const rest = { planned: zero, begun: zero, waited: zero, byRetryAfter: zero };
    const journeyStep = all.length === 1 ? null : at;
    return {
      journey: 'checkout',
      journeyStep,
      lengthMs: 1_000,
      columns: { ...rest, valid, bad, firstBad: bad },
    };
  });
  const [first] = new Story().timeline().probes;
  if (!first) throw new Error('a story has probes');
  const heard = slices.flatMap(({ canaries }, index) =>
    Array.from({ length: canaries.valid }, (_, nth) => ({
      probe: { ...first, journey: 'checkout', scheduledAt: T0 + index * 1_000 + nth * 10 },
      said: nth < canaries.bad ? ('failed' as const) : ('good' as const),
    })),
  );
  return new SideBySide(grid, runs, heard, () => true);
}

test('canaries that fail as often as orders of several turns say nothing of their own', () => {
  const one = { orders: [share(21, 100)], canaries: share(3, 5) };
  expect(told([one, one, one]).explains('checkout', 1)).toBe(true);
  expect(told([{ orders: [share(1, 100)], canaries: share(3, 5) }]).explains('checkout', 0)).toBe(false);
  // Fewer than 20 orders around: the canaries are the evidence.
  expect(told([{ orders: [share(3, 5)], canaries: share(3, 5) }]).explains('checkout', 0)).toBe(false);
});

test('with think time canaries are compared with all steps of the same slice', () => {
  const turns = Array.from({ length: 12 }, () => share(2, 100));
  const one = { orders: turns, canaries: share(2, 5) };
  const step = told(Array.from({ length: 120 }, () => ({ ...one, canaries: share(1, 5) })));
  const all = Array.from({ length: 120 }, (_, index) => index);
  expect(told([one, one, one]).explains('checkout', 1)).toBe(true);
  expect(step.apart(all, () => false, 0.05)).toBeNull();
  const served = told(Array.from({ length: 120 }, () => ({ ...one, canaries: share(0, 5) })));
  expect(served.apart(all, () => false, 0.05)).toMatchObject({ journey: 'checkout', canaries: { bad: 0 } });
});

test('twenty orders are counted where they begin: fewer of them come to the last step', () => {
  const one = { orders: [share(3, 30), share(8, 27), share(3, 19)], canaries: share(3, 5) };
  expect(told([one]).explains('checkout', 0)).toBe(true);
  const few = { orders: [share(2, 19), share(5, 17), share(2, 12)], canaries: share(3, 5) };
  expect(told([few]).explains('checkout', 0)).toBe(false);
});

test('a slice differs by more than chance, and never where both are over the limit', () => {
  expect(told([{ orders: [share(100, 100)], canaries: share(0, 5) }]).differ(0, 0.05)).toBe(true);
  expect(told([{ orders: [share(20, 100)], canaries: share(0, 5) }]).differ(0, 0.05)).toBe(false);
  expect(told([{ orders: [share(20, 100)], canaries: share(5, 5) }]).differ(0, 0.05)).toBe(false);
});

test('what no slice shows, the whole step does', () => {
  const apart = (bad: number, canaries: number) =>
    told(
      Array.from({ length: 120 }, () => ({ orders: [share(bad, 100)], canaries: share(canaries, 5) })),
    ).apart(
      Array.from({ length: 120 }, (_, index) => index),
      () => false,
      0.05,
    );
  expect(apart(4, 0)).toMatchObject({ journey: 'checkout', orders: { bad: 480 }, canaries: { bad: 0 } });
  // Real, but no more than half of what is allowed.
  expect(apart(2, 0)).toBeNull();
  expect(apart(20, 1)).toBeNull();
});

test('fourteen in a hundred fail for orders and canaries alike: charged, and no contradiction', () => {
  const story = new Story().turns(20, 60, { outcome: 'bad', kind: '5xx' }, 0.2).run((run) => ({
    probes: run.probes.map((probe, index) =>
      probe.scheduledAt >= T0 + 20_000 && probe.scheduledAt < T0 + 60_000 && index % 5 === 0
        ? { ...probe, outcome: 'bad' as const, kind: '5xx' as const }
        : probe,
    ),
  }));
  const step = loadedStep(story.report().steps[0]);
  expect(step.downtime.chargedMs).toBe(40_000);
  expect(step.reasons.map(({ code }) => code)).toEqual(['downtime-over-budget']);
});

test('shoppers fail thinly and canaries never: no PASS', () => {
  const step = loadedStep(new Story().turns(0, 90, { outcome: 'bad', kind: '5xx' }, 0.04).report().steps[0]);
  expect(step.reasons.map(({ code }) => code)).toEqual(['prober-disagrees']);
});
