import binomialQuantile from '@stdlib/stats-base-dists-binomial-quantile';
import hypergeometricCdf from '@stdlib/stats-base-dists-hypergeometric-cdf';
import hypergeometricPmf from '@stdlib/stats-base-dists-hypergeometric-pmf';
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

/** Good and bad ones of a kind. */
export interface Share {
  valid: number;
  bad: number;
}

/** How likely so many bad ones of `one` are, or more, if its true share is that of `other` (Fisher's exact test). */
export function likelyAtLeast(one: Share, other: Share): number {
  if (one.bad === 0) return 1;
  return 1 - hypergeometricCdf(one.bad - 1, one.valid + other.valid, one.bad + other.bad, one.valid);
}

/** How likely it is that two shares differ so much, either way, if they are the same in truth (Fisher's exact test). */
export function likelyApart(one: Share, other: Share): number {
  const [all, bad] = [one.valid + other.valid, one.bad + other.bad];
  if (bad === 0 || bad === all) return 1;
  const likelihood = (count: number): number => hypergeometricPmf(count, all, bad, one.valid);
  // Equal ones differ in their last digits.
  const limit = likelihood(one.bad) * (1 + 1e-7);
  let sum = 0;
  const most = Math.min(one.valid, bad);
  for (let count = Math.max(0, bad - other.valid); count <= most; count++) {
    const likely = likelihood(count);
    if (likely <= limit) sum += likely;
  }
  return sum;
}
