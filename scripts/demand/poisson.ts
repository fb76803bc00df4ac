import type { RandomStream } from './random.ts';

/** A Poisson count with the given mean (0 or more). */
export function poisson(mean: number, random: RandomStream): number {
  if (mean <= 0) return 0;
  // PTRS is proven for means from 10 on; below, counting through the distribution takes few steps.
  return mean < 10 ? byInversion(mean, random) : byTransformedRejection(mean, random);
}

function byInversion(mean: number, random: RandomStream): number {
  let count = 0;
  let probability = Math.exp(-mean);
  let left = random() - probability;
  while (left > 0 && probability > 0) {
    count++;
    probability *= mean / count;
    left -= probability;
  }
  return count;
}

/** PTRS: W. Hoermann, "The transformed rejection method for generating Poisson random variables", 1993. */
function byTransformedRejection(mean: number, random: RandomStream): number {
  const logMean = Math.log(mean);
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const acceptAtOnce = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const margin = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / margin + b) * u + mean + 0.43);
    if (margin >= 0.07 && v <= acceptAtOnce) return count;
    if (count < 0 || (margin < 0.013 && v > margin)) continue;
    const logRatio = Math.log((v * inverseAlpha) / (a / margin ** 2 + b));
    if (logRatio <= count * logMean - mean - logFactorial(count)) return count;
  }
}

const SMALL_LOG_FACTORIALS = [1, 1, 2, 6, 24, 120, 720, 5_040, 40_320, 362_880].map(Math.log);

/** ln n!, by Stirling's series from 10 on (error below 1e-9). */
function logFactorial(n: number): number {
  const small = SMALL_LOG_FACTORIALS[n];
  if (small !== undefined) return small;
  return (
    (n + 0.5) * Math.log(n) -
    n +
    0.5 * Math.log(2 * Math.PI) +
    1 / (12 * n) -
    1 / (360 * n ** 3) +
    1 / (1_260 * n ** 5)
  );
}
