import quantile from '@stdlib/stats-base-dists-chisquare-quantile';
import { describe, expect, it } from 'vitest';
import { poisson } from '../../scripts/demand/poisson.ts';
import { randomStream } from '../../scripts/demand/random.ts';

const MEANS = [0.01, 0.3, 1, 4.5, 9.99, 10, 11, 30, 250, 3_000, 20_000];
const DRAWS = 100_000;

const draws = (mean: number): number[] => {
  const random = randomStream(`test ${mean}`);
  return Array.from({ length: DRAWS }, () => poisson(mean, random));
};

/** P(count = k) for k = 0 ... most. */
function probabilities(mean: number, most: number): number[] {
  let logFactorial = 0;
  return Array.from({ length: most + 1 }, (_, k) => {
    logFactorial += k === 0 ? 0 : Math.log(k);
    return Math.exp(k * Math.log(mean) - mean - logFactorial);
  });
}

/** Neighbouring counts together until at least 20 draws are expected; the tail is one cell. */
function chiSquare(counts: readonly number[], mean: number): { statistic: number; cells: number } {
  const most = counts.reduce((a, b) => Math.max(a, b), 0);
  const seen = Array<number>(most + 1).fill(0);
  for (const count of counts) seen[count] = (seen[count] ?? Number.NaN) + 1;
  const cells: { seen: number; expected: number }[] = [];
  let cell = { seen: 0, expected: 0 };
  let expectedSoFar = 0;
  for (const [count, probability] of probabilities(mean, most).entries()) {
    cell = { seen: cell.seen + (seen[count] ?? 0), expected: cell.expected + probability * DRAWS };
    expectedSoFar += probability * DRAWS;
    if (cell.expected < 20 || DRAWS - expectedSoFar < 20) continue;
    cells.push(cell);
    cell = { seen: 0, expected: 0 };
  }
  cells.push({ seen: cell.seen, expected: cell.expected + DRAWS - expectedSoFar });
  const statistic = cells.reduce((sum, { seen: s, expected: e }) => sum + (s - e) ** 2 / e, 0);
  return { statistic, cells: cells.length };
}

describe('a Poisson draw', () => {
  it.each(MEANS)('has mean and variance %d', (mean) => {
    const counts = draws(mean);
    const average = counts.reduce((a, b) => a + b, 0) / DRAWS;
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / DRAWS;
    // Four standard errors: of the mean sqrt(m/n), of the variance sqrt((m + 2 m^2)/n).
    expect(Math.abs(average - mean)).toBeLessThan(4 * Math.sqrt(mean / DRAWS));
    expect(Math.abs(variance - mean)).toBeLessThan(4 * Math.sqrt((mean + 2 * mean ** 2) / DRAWS));
  });

  it.each(MEANS)('follows the whole distribution with mean %d', (mean) => {
    const { statistic, cells } = chiSquare(draws(mean), mean);
    expect(cells).toBeGreaterThan(1);
    expect(statistic).toBeLessThan(quantile(0.9999, cells - 1));
  });

  it('that is a little off is noticed by that bound', () => {
    const { statistic, cells } = chiSquare(draws(31), 30);
    expect(statistic).toBeGreaterThan(quantile(0.9999, cells - 1));
    // Evenly spaced arrivals: right mean, no variance.
    const even = chiSquare(Array<number>(DRAWS).fill(30), 30);
    expect(even.statistic).toBeGreaterThan(quantile(0.9999, even.cells - 1));
  });

  it.each([0, -1])('with mean %d is 0', (mean) => {
    expect(poisson(mean, randomStream('none'))).toBe(0);
  });
});

describe('a random stream', () => {
  const numbers = (name: string, length: number): number[] => {
    const random = randomStream(name);
    return Array.from({ length }, random);
  };

  it('gives the same numbers to the same name, others to any other', () => {
    expect(numbers('7/0/checkout', 50)).toEqual(numbers('7/0/checkout', 50));
    const first = ['7/0/checkout', '7/1/checkout', '8/0/checkout', '7/0/chat', '', '0'].map(
      (name) => numbers(name, 1)[0],
    );
    expect(new Set(first).size).toBe(first.length);
  });

  it('lies in (0, 1) and is uniform', () => {
    const cells = Array<number>(100).fill(0);
    for (const number of numbers('uniform', 100_000)) {
      expect(number > 0 && number < 1).toBe(true);
      const cell = Math.floor(number * 100);
      cells[cell] = (cells[cell] ?? Number.NaN) + 1;
    }
    const statistic = cells.reduce((sum, seen) => sum + (seen - 1_000) ** 2 / 1_000, 0);
    expect(statistic).toBeLessThan(quantile(0.9999, 99));
  });

  it('is not correlated with the stream of a neighbouring name, nor with itself a number later', () => {
    const length = 50_000;
    const one = numbers('7/0/checkout', length);
    const correlation = (other: readonly number[]): number =>
      (one.reduce((sum, x, index) => sum + (x - 0.5) * ((other[index] ?? Number.NaN) - 0.5), 0) * 12) /
      length;
    for (const name of ['7/1/checkout', '8/0/checkout', '7/0/checkouu']) {
      expect(Math.abs(correlation(numbers(name, length)))).toBeLessThan(4 / Math.sqrt(length));
    }
    expect(Math.abs(correlation([...one.slice(1), 0.5]))).toBeLessThan(4 / Math.sqrt(length));
    expect(correlation(one)).toBeCloseTo(1, 1);
  });
});
