import binomialQuantile from '@stdlib/stats-base-dists-binomial-quantile';
import { CHANCE_LEVEL } from '../../core/limits.ts';

/** Whether so many bad turns are beyond what chance brings at a true share of `ratio` (above the 99 % quantile). */
export function beyondChance(bad: number, valid: number, ratio: number): boolean {
  const key = `${valid} ${ratio}`;
  const known = quantiles.get(key) ?? binomialQuantile(CHANCE_LEVEL, valid, ratio);
  quantiles.set(key, known);
  return bad > known;
}

/** A quantile takes 0.1 ms, and the live line asks for the same ones every second. */
const quantiles = new Map<string, number>();
