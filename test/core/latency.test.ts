import { describe, expect, it, test } from 'vitest';
import {
  type Latency,
  longestLatencyMs,
  meanLatencyMs,
  sampleLatencyMs,
} from '../../scripts/core/latency.ts';
import { randomStream } from '../../scripts/demand/random.ts';

const SHAPES: Latency[] = [
  { shape: 'fixed', ms: 40 },
  { shape: 'uniform', minMs: 10, maxMs: 90 },
  { shape: 'lognormal', medianMs: 4_000, sigma: 0.6 },
  { shape: 'normal', meanMs: 80, stddevMs: 10 },
  { shape: 'normal', meanMs: 10, stddevMs: 80 },
];
const draws = (latency: Latency, stream: string, count: number): number[] => {
  const random = randomStream(stream);
  return Array.from({ length: count }, () => sampleLatencyMs(latency, random));
};

describe.each(SHAPES)('%j', (latency) => {
  const many = draws(latency, 'a', 20_000);

  it('is never below 0 nor above its longest', () => {
    expect(Math.min(...many)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...many)).toBeLessThanOrEqual(longestLatencyMs(latency));
  });

  it('has a mean that is not above the stated one by more than chance', () => {
    const mean = many.reduce((sum, ms) => sum + ms, 0) / many.length;
    const variance = many.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / many.length;
    expect(mean - meanLatencyMs(latency)).toBeLessThanOrEqual(4 * Math.sqrt(variance / many.length) + 1e-9);
  });

  it('is drawn the same from the same stream', () => {
    expect(draws(latency, 'b', 20)).toEqual(draws(latency, 'b', 20));
  });
});

test.each([
  [{ shape: 'fixed', ms: 40 }, 40],
  [{ shape: 'uniform', minMs: 10, maxMs: 90 }, 50],
  // 4,000 x e^(0.36 / 2)
  [{ shape: 'lognormal', medianMs: 4_000, sigma: 0.6 }, 4_788.87],
  [{ shape: 'normal', meanMs: 80, stddevMs: 0 }, 80],
] satisfies [Latency, number][])('the mean of %j is %d', (latency, mean) => {
  expect(meanLatencyMs(latency)).toBeCloseTo(mean, 2);
});
