import binomial from '@stdlib/random-base-binomial';
import poisson from '@stdlib/random-base-poisson';

/** Random numbers of one simulated step; the same seed draws the same ones. */
export interface Draw {
  /** How many of `count` happen, each with this probability. */
  binomial(count: number, probability: number): number;
  poisson(mean: number): number;
}

export function drawsOf(seed: number): Draw {
  const hits = binomial.factory({ seed });
  const arrivals = poisson.factory({ seed: seed + 0x9e3779b9 });
  return {
    binomial: (count, probability) =>
      count === 0 || probability <= 0 ? 0 : probability >= 1 ? count : hits(count, probability),
    poisson: (mean) => (mean <= 0 ? 0 : arrivals(mean)),
  };
}
