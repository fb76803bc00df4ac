import { describe, expect, test } from 'vitest';
import { beyondChance } from '../../../scripts/analysis/time/chance.ts';
import { type WorthInput, worthOf } from '../../../scripts/analysis/verdict/worth.ts';

// The statistics library against printed tables, through the functions that use it.

const outages = (count: number): number[] => Array.from({ length: count }, () => 1_000);

/** Bound = χ² ÷ 2 × 1,000 ms: long enough that the window never caps it. */
const thousandth: WorthInput = {
  measuredMs: 60_000_000_000,
  windowMs: 1_000_000_000,
  allowedDowntimeMs: 300_000,
  sliceMs: 1_000,
  possibleMs: 0,
  outagesMs: [],
  worstRecoveryMs: null,
};

// NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4: upper critical values of χ², probability 0.95.
test.each([
  { freedom: 2, critical: 5.991 },
  { freedom: 4, critical: 9.488 },
  { freedom: 6, critical: 12.592 },
  { freedom: 8, critical: 15.507 },
  { freedom: 10, critical: 18.307 },
  { freedom: 12, critical: 21.026 },
  { freedom: 14, critical: 23.685 },
  { freedom: 16, critical: 26.296 },
  { freedom: 18, critical: 28.869 },
  { freedom: 20, critical: 31.41 },
])('χ²(0.95; $freedom) is $critical', ({ freedom, critical }) => {
  const worth = worthOf({ ...thousandth, outagesMs: outages(freedom / 2 - 1) });
  expect((2 * (worth?.boundMs ?? Number.NaN)) / 1_000).toBeCloseTo(critical, 3);
});

// Pearson and Hartley, Biometrika Tables for Statisticians I, table 40: upper 95 % limits of a Poisson mean.
test.each([
  { seen: 0, limit: 3.0 },
  { seen: 1, limit: 4.74 },
  { seen: 2, limit: 6.3 },
  { seen: 3, limit: 7.75 },
  { seen: 4, limit: 9.15 },
  { seen: 5, limit: 10.51 },
  { seen: 10, limit: 16.96 },
])('$seen outages seen are consistent with $limit expected', ({ seen, limit }) => {
  const worth = worthOf({ ...thousandth, outagesMs: outages(seen) });
  expect((worth?.boundMs ?? Number.NaN) / 1_000).toBeCloseTo(limit, 2);
});

describe('what a test is worth, 9 h window and 5 min allowed', () => {
  const worth = (input: Partial<WorthInput>) =>
    worthOf({ ...thousandth, windowMs: 9 * 3_600_000, measuredMs: 600_000, ...input });

  test.each([
    { outageMs: 60_000, hours: 5.4 },
    { outageMs: 300_000, hours: 27 },
  ])('outages of $outageMs ms: $hours h without one prove the allowance', ({ outageMs, hours }) => {
    const found = worth({ worstRecoveryMs: outageMs });
    expect((found?.certifyingTestMs ?? Number.NaN) / 3_600_000).toBeCloseTo(hours, 1);
  });

  test('the bound falls as the test gets longer, and never below the share that was seen', () => {
    const minutes = (measuredMs: number, possibleMs = 0) =>
      Math.round((worth({ measuredMs, possibleMs })?.boundMs ?? Number.NaN) / 60_000);
    expect([600_000, 3_240_000, 19_440_000].map((ms) => minutes(ms))).toEqual([162, 30, 5]);
    // 10 min possible in 54 min are 100 min of 9 h.
    expect(minutes(3_240_000, 600_000)).toBe(100);
    expect(minutes(30_000)).toBe(9 * 60);
  });
});

// Cumulative binomial probabilities: National Bureau of Standards, AMS 6 (n to 49); Harvard Computation Laboratory, Tables
// of the Cumulative Binomial Probability Distribution (n = 50, 100). `at` is the first count whose probability reaches 0.99.
test.each([
  { valid: 10, ratio: 0.05, at: 3, below: 0.9885, reached: 0.999 },
  { valid: 15, ratio: 0.05, at: 3, below: 0.9638, reached: 0.9945 },
  { valid: 20, ratio: 0.05, at: 4, below: 0.9841, reached: 0.9974 },
  { valid: 25, ratio: 0.05, at: 4, below: 0.9659, reached: 0.9928 },
  { valid: 20, ratio: 0.01, at: 2, below: 0.9831, reached: 0.999 },
  { valid: 20, ratio: 0.1, at: 6, below: 0.9887, reached: 0.9976 },
  { valid: 20, ratio: 0.2, at: 8, below: 0.9679, reached: 0.99 },
  { valid: 50, ratio: 0.05, at: 7, below: 0.9882, reached: 0.9968 },
  { valid: 100, ratio: 0.05, at: 11, below: 0.9885, reached: 0.9957 },
])('of $valid at $ratio, chance explains $at and no more', ({ valid, ratio, at, below, reached }) => {
  expect(atMost(at - 1, valid, ratio)).toBeCloseTo(below, 4);
  expect(atMost(at, valid, ratio)).toBeCloseTo(reached, 4);
  expect(beyondChance(at, valid, ratio)).toBe(false);
  expect(beyondChance(at + 1, valid, ratio)).toBe(true);
});

test.each([200, 500, 1_000, 5_000])('of %i turns, where no table reaches: by summing the terms', (valid) => {
  for (const ratio of [0.01, 0.05, 0.2]) {
    let at = 0;
    while (atMost(at, valid, ratio) < 0.99) at++;
    expect(beyondChance(at, valid, ratio)).toBe(false);
    expect(beyondChance(at + 1, valid, ratio)).toBe(true);
  }
});

/** Probability of at most so many of n, term by term. */
function atMost(count: number, n: number, ratio: number): number {
  let logTerm = n * Math.log1p(-ratio);
  let sum = Math.exp(logTerm);
  for (let k = 1; k <= count; k++) {
    logTerm += Math.log((n - k + 1) / k) + Math.log(ratio / (1 - ratio));
    sum += Math.exp(logTerm);
  }
  return sum;
}
