import { expect, test } from 'vitest';
import { SideBySide } from '../../../scripts/analysis/slices/side-by-side.ts';
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

/** A slice a second; orders and canaries of each as told. */
function told(slices: readonly { orders: Share; canaries: Share }[]): SideBySide {
  const grid = slices.map((_, index) => ({ fromAt: T0 + index * 1_000, toAt: T0 + (index + 1) * 1_000 }));
  const orders = new Map([
    ['checkout', new Map(slices.map((one, index) => [T0 / 1_000 + index, { ...one.orders, firstBad: 0 }]))],
  ]);
  const [first] = new Story().timeline().probes;
  if (!first) throw new Error('a story has probes');
  const heard = slices.flatMap(({ canaries }, index) =>
    Array.from({ length: canaries.valid }, (_, nth) => ({
      probe: { ...first, journey: 'checkout', scheduledAt: T0 + index * 1_000 + nth * 10 },
      said: nth < canaries.bad ? ('failed' as const) : ('good' as const),
    })),
  );
  return new SideBySide(grid, ['checkout'], { orders, heard }, () => true);
}

test('canaries that fail as often as orders of several turns say nothing of their own', () => {
  const one = { orders: share(21, 100), canaries: share(3, 5) };
  expect(told([one, one, one]).explains('checkout', 1)).toBe(true);
  expect(told([{ orders: share(1, 100), canaries: share(3, 5) }]).explains('checkout', 0)).toBe(false);
  // Fewer than 20 orders around: the canaries are the evidence.
  expect(told([{ orders: share(3, 5), canaries: share(3, 5) }]).explains('checkout', 0)).toBe(false);
});

test('a slice differs by more than chance, and never where both are over the limit', () => {
  expect(told([{ orders: share(100, 100), canaries: share(0, 5) }]).differ(0, 0.05)).toBe(true);
  expect(told([{ orders: share(20, 100), canaries: share(0, 5) }]).differ(0, 0.05)).toBe(false);
  expect(told([{ orders: share(20, 100), canaries: share(5, 5) }]).differ(0, 0.05)).toBe(false);
});

test('what no slice shows, the whole step does', () => {
  const apart = (bad: number, canaries: number) =>
    told(
      Array.from({ length: 120 }, () => ({ orders: share(bad, 100), canaries: share(canaries, 5) })),
    ).apart(
      Array.from({ length: 120 }, (_, index) => index),
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
