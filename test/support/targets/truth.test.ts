import { expect, test } from 'vitest';
import type { TargetEntry } from './test-target.ts';
import { checkTruth, truthOf, UnsoundTruth } from './truth.ts';

const T0 = 1_000_000;
const SCHEDULE = { ratePerSec: 100, warmUpSec: 2, lengthSec: 20 };
const SLOW_AFTER_MS = 1_000;
const OUTAGE = { fromAt: T0 + 5_000, toAt: T0 + 8_000 };

/** Orders as planned, each answered after `answeredMs` of its start; null = it never reached the target. */
function log(answeredMs: (startMs: number) => number | null): TargetEntry[] {
  return Array.from({ length: 2_100 }, (_, number) => {
    const startMs = (number - 100 + 0.5) * 10;
    const afterMs = number < 100 ? 1 : answeredMs(startMs);
    if (afterMs === null) return [];
    const arrivedAt = T0 + startMs;
    const key = `00000000-0000-4000-a000-${number.toString(16).padStart(12, '0')}`;
    return [{ key, path: 'orders', arrivedAt, leftAt: arrivedAt + afterMs, what: 'right' as const }];
  }).flat();
}

const during = (startMs: number): boolean => startMs >= 5_000 && startMs < 8_000;

test('orders that never reached the target were down from the first to the last of them', () => {
  const truth = truthOf(
    SCHEDULE,
    SLOW_AFTER_MS,
    log((at) => (during(at) ? null : 1)),
    [OUTAGE],
  );
  expect(truth.downMs).toBeCloseTo(3_000, 6);
  expect(truth.weightedMs).toBeCloseTo(3_000, 6);
  expect(truth.spans).toHaveLength(1);
});

test('a backlog answered at the end was down until slowAfter before it', () => {
  const entries = log((at) => (during(at) ? 8_000 - at : 1));
  expect(truthOf(SCHEDULE, SLOW_AFTER_MS, entries, [OUTAGE]).downMs).toBeCloseTo(2_000, 6);
});

test('three bad orders of five are down the whole time and three fifths of it by weight', () => {
  let order = 0;
  const entries = log((at) => (during(at) && order++ % 5 < 3 ? null : 1));
  const truth = truthOf(SCHEDULE, SLOW_AFTER_MS, entries, [OUTAGE]);
  expect(truth.downMs).toBeGreaterThan(2_950);
  expect(truth.downMs).toBeLessThanOrEqual(3_000);
  expect(truth.weightedMs).toBeCloseTo(1_800, 6);
});

test('one bad order in twenty is not down', () => {
  let order = 0;
  const entries = log((at) => (during(at) && order++ % 20 === 0 ? null : 1));
  expect(truthOf(SCHEDULE, SLOW_AFTER_MS, entries, [OUTAGE])).toMatchObject({ downMs: 0, weightedMs: 150 });
});

test('wrong answers and canaries are no answers', () => {
  const entries = log(() => 1).map((entry, index) =>
    index < 600 || index >= 900 ? entry : { ...entry, what: 'wrong' as const },
  );
  const canary = { key: 'canary-1', path: 'orders', arrivedAt: T0, leftAt: T0, what: 'right' as const };
  expect(truthOf(SCHEDULE, SLOW_AFTER_MS, [...entries, canary], [OUTAGE]).downMs).toBeCloseTo(3_000, 6);
});

test('starts that moved against the plan leave no truth', () => {
  const entries = log(() => 1).map((entry) =>
    entry.arrivedAt > OUTAGE.toAt ? { ...entry, arrivedAt: entry.arrivedAt + 150 } : entry,
  );
  expect(() => truthOf(SCHEDULE, SLOW_AFTER_MS, entries, [OUTAGE])).toThrow(UnsoundTruth);
});

test('a log that contradicts the trouble leaves no truth', () => {
  const truth = truthOf(
    SCHEDULE,
    SLOW_AFTER_MS,
    log((at) => (during(at) ? null : 1)),
    [OUTAGE],
  );
  const edges = { fromAt: OUTAGE.fromAt + 20, toAt: OUTAGE.toAt - 20 };
  expect(() => checkTruth(truth, { surely: [edges], perhaps: [OUTAGE] })).not.toThrow();
  expect(() => checkTruth(truth, { surely: [edges], perhaps: [edges] })).toThrow(/bad outside/);
  const longer = { fromAt: OUTAGE.fromAt, toAt: OUTAGE.toAt + 100 };
  expect(() => checkTruth(truth, { surely: [longer], perhaps: [longer] })).toThrow(/were good/);
});
