import { expect, test } from 'vitest';
import type { BadKind } from '../../k6/contract.ts';
import { latencyFigures, percentilesMs } from '../../scripts/analysis/shoppers/latency.ts';
import { beyondChance } from '../../scripts/analysis/time/chance.ts';
import { worthOf } from '../../scripts/analysis/verdict/worth.ts';
import type { TurnDurations } from '../../scripts/observe/timeline.ts';

test.each([
  { valid: 20, first: 5 },
  { valid: 100, first: 12 },
  { valid: 1_000, first: 68 },
])('$first of $valid is the first count beyond chance at 5 %', ({ valid, first }) => {
  expect(beyondChance(first - 1, valid, 0.05)).toBe(false);
  expect(beyondChance(first, valid, 0.05)).toBe(true);
});

const clean = {
  measuredMs: 600_000,
  windowMs: 9 * 3_600_000,
  allowedDowntimeMs: 300_000,
  sliceMs: 1_000,
  possibleMs: 0,
  outagesMs: [],
  worstRecoveryMs: null,
};

test('0 s in 10 min is consistent with 162 min in 9 h if outages last 60 s', () => {
  expect(Math.round((worthOf(clean)?.boundMs ?? Number.NaN) / 60_000)).toBe(162);
});

test('5.4 h without an outage would prove 5 min in 9 h', () => {
  const worth = worthOf(clean);
  expect((worth?.certifyingTestMs ?? Number.NaN) / 3_600_000).toBeCloseTo(5.4, 1);
  expect(worthOf({ ...clean, measuredMs: worth?.certifyingTestMs ?? 0 })?.boundMs).toBeCloseTo(300_000);
});

test('assumes outages as long as the longest seen and the slowest recovery', () => {
  expect(worthOf({ ...clean, outagesMs: [90_000] })?.outageMs).toBe(90_000);
  expect(worthOf({ ...clean, worstRecoveryMs: 120_000 })?.outageMs).toBe(120_000);
});

test('nothing proves an allowance of 0, and no time measured is worth nothing', () => {
  expect(worthOf({ ...clean, allowedDowntimeMs: 0 })?.certifyingTestMs).toBeNull();
  expect(worthOf({ ...clean, measuredMs: 0 })).toBeNull();
});

test('percentiles come from the bucket that holds the rank', () => {
  const histogram = {
    count: 100,
    sum: 9,
    schema: 0,
    zeroCount: 0,
    buckets: [-3, 90, 1, 10],
  };
  const found = percentilesMs([histogram]);
  expect(found?.p50Ms).toBeGreaterThan(62.5);
  expect(found?.p90Ms).toBeCloseTo(125);
  expect(found?.p99Ms).toBeGreaterThan(1_000);
  expect(percentilesMs([])).toBeNull();
});

test('percentiles of several histograms are those of all their turns together', () => {
  const of = (count: number) => ({
    count,
    sum: 0.05 * count,
    schema: 3,
    zeroCount: 0,
    buckets: [-34, count],
  });
  const one = percentilesMs([of(1_000)]);
  expect(percentilesMs([of(100), of(700), of(200)])).toEqual(one);
  expect(one?.p90Ms).toBeGreaterThan(one?.p50Ms ?? Number.NaN);
});

test('late answers are in the percentiles of all answers, not in those of the good ones beside them', () => {
  const took = (outcome: 'good' | 'bad', kind: BadKind | null, ms: number, count: number): TurnDurations => {
    const bucket = Math.ceil(8 * Math.log2(ms / 1_000));
    const histogram = { count, sum: 0, schema: 3, zeroCount: 0, buckets: [bucket, count] };
    return { journey: 'checkout', outcome, kind, histogram, pushes: [] };
  };
  const { answered, good } = latencyFigures([
    took('good', null, 500, 5),
    took('bad', 'slow', 3_500, 95),
    took('bad', 'timeout', 30_000, 50),
  ]);
  expect(answered?.p50Ms).toBeGreaterThan(3_000);
  expect(answered?.p99Ms).toBeLessThan(4_000);
  expect(good?.p99Ms).toBeLessThan(600);
  expect(latencyFigures([took('bad', 'timeout', 30_000, 50)])).toEqual({ answered: null, good: null });
});
