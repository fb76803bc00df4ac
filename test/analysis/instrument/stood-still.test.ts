import { describe, expect, test } from 'vitest';
import { loadedStep } from '../../support/stories/loaded-step.ts';
import { slicesOf } from '../../support/stories/slice-rows.ts';
import { durationsOf, epochSec, Story, T0, type ToldStep } from '../../support/stories/story.ts';

// Part of the measuring side stands still from 40 s to 45 s while every answer takes 1.5 s: what was waited for just
// before comes late by its fault.

const slow = { outcome: 'bad', kind: 'slow', endsAfterMs: 6_500 } as const;
const gone = (second: number): boolean => second >= epochSec(40) && second < epochSec(45);
/** k6 sent nothing then. */
const withoutGone = (step: ToldStep): Partial<ToldStep> => {
  const turns = step.turns.filter(({ second }) => !gone(second));
  const started = [...step.started].map(
    ([journey, counts]) => [journey, new Map([...counts].filter(([second]) => !gone(second)))] as const,
  );
  return { started: new Map(started), turns, durations: durationsOf(turns) };
};
/** Readings once a second, none while the process stood still. */
const withoutStandstill = <Reading>(reading: Reading): (Reading & { at: number; loopDelayP99Ms: number })[] =>
  Array.from({ length: 100 }, (_, index) => index - 10)
    .filter((second) => second < 40 || second >= 45)
    .map((second) => ({ ...reading, at: T0 + second * 1_000 + 100, loopDelayP99Ms: 1 }));
const outcome = (story: Story) => {
  const report = story.report();
  const { downtime, incidents } = loadedStep(report.steps[0]);
  return { status: report.verdict.status, chargedMs: downtime.chargedMs, incidents: incidents.length };
};

test('k6: the orders under way when it stopped are not charged', () => {
  expect(outcome(new Story().turns(38, 40, slow).step(withoutGone))).toEqual({
    status: 'INVALID',
    chargedMs: 0,
    incidents: 0,
  });
});

test('mock partners: the orders and canaries under way when they stopped are not charged', () => {
  const mockHealth = withoutStandstill({ requests: 100 });
  const story = new Story()
    .turns(38, 45, slow)
    .probesFail(38, 45)
    .run(() => ({ mockHealth }));
  expect(outcome(story)).toEqual({ status: 'INVALID', chargedMs: 0, incidents: 0 });
});

test('the prober: its canaries under way when it stopped blame nobody', () => {
  const proberHealth = withoutStandstill({});
  const story = new Story()
    .probesFail(38.6, 40)
    .probesMissing(40, 45)
    .run(() => ({ proberHealth }));
  expect(outcome(story)).toMatchObject({ chargedMs: 0, incidents: 0 });
});

test('the clock: canaries under way when it jumped by five seconds blame nobody', () => {
  const story = new Story()
    .probesFail(38.6, 40, 'slow')
    .run(() => ({ clockSteps: [{ at: T0 + 40_200, byMs: 5_000 }] }));
  expect(outcome(story)).toEqual({ status: 'INVALID', chargedMs: 0, incidents: 0 });
});

test('the target, while everything else is well: its hang is charged as ever', () => {
  const story = new Story().turns(38, 42, slow).probesFail(38, 42);
  expect(outcome(story)).toEqual({ status: 'PASS', chargedMs: 4_000, incidents: 1 });
});

test('k6 waiting for a core: the orders under way before are not charged either', () => {
  const story = new Story().turns(38, 45, slow).step(() => ({
    cpu: Array.from({ length: 90 }, (_, second) => ({
      ...{ at: T0 + (second + 1) * 1_000, instance: 'step0-0', cpuRatio: 0.2, rssBytes: null },
      waitedRatio: second >= 40 && second < 45 ? 2 : 0,
    })),
  }));
  expect(outcome(story)).toEqual({ status: 'INVALID', chargedMs: 0, incidents: 0 });
});

test('the prober: a row of failures that it may have cut short leaves its slices open', () => {
  // One canary failed before the prober stood still, the next two under way then.
  const story = new Story()
    .probesFail(40.6, 41.2)
    .run(() => ({ proberHealth: [{ at: T0 + 45_250, loopDelayP99Ms: 600 }] }));
  const slices = slicesOf(loadedStep(story.report().steps[0]));
  const seen = slices.filter(({ prober }) => prober !== 'UP').map(({ fromAt }) => fromAt);
  expect(seen.slice(0, 2)).toEqual([40_000, 41_000].map((ms) => T0 + ms));
});

test('the clock: canaries that stand by another one than the load witness nothing', () => {
  const story = new Story().probesFail(40, 45).run((run) => ({
    probes: run.probes.map((probe) => ({ ...probe, scheduledAt: probe.scheduledAt + 5_000 })),
  }));
  expect(outcome(story)).toEqual({ status: 'INCONCLUSIVE', chargedMs: 0, incidents: 0 });
});

describe('a backlog that the target did not make', () => {
  const mockHealth = withoutStandstill({ requests: 100 });
  const mocksStop = (downUntil: number): Story =>
    new Story()
      .turns(38, downUntil, slow)
      .probesFail(38, downUntil)
      .run(() => ({ mockHealth }));

  test('is not charged while it drains, for as long as the mocks stood still', () => {
    expect(outcome(mocksStop(49))).toEqual({ status: 'INVALID', chargedMs: 0, incidents: 0 });
  });

  test('is no excuse for longer', () => {
    // The readings make 39 to 46 s unhealthy; another 7 s may be the backlog.
    expect(outcome(mocksStop(60)).chargedMs).toBe(7_000);
  });

  test('is not charged after k6 has sent the orders of 5 s at once', () => {
    const story = new Story().turns(45, 49, slow).probesFail(45, 49).step(withoutGone);
    expect(outcome(story)).toEqual({ status: 'INVALID', chargedMs: 0, incidents: 0 });
  });
});
