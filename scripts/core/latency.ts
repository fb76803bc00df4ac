// How long something takes, and drawing from it. Without imports: it is part of k6's load script too, where arrow
// functions cost a VU less than declared ones.

/** A fixed time or a distribution to draw from; all in milliseconds. */
export type Latency =
  | { shape: 'fixed'; ms: number }
  | { shape: 'lognormal'; medianMs: number; sigma: number }
  | { shape: 'uniform'; minMs: number; maxMs: number }
  | { shape: 'normal'; meanMs: number; stddevMs: number };

/** Draws beyond this many standard deviations are cut off: nobody waits for minutes by chance. */
const MAX_DEVIATIONS = 4;

/** @param random 0 (included) to 1 (excluded); called at most twice. @returns ms, at least 0 */
export const sampleLatencyMs = (latency: Latency, random: () => number): number => {
  switch (latency.shape) {
    case 'fixed':
      return latency.ms;
    case 'uniform':
      return latency.minMs + (latency.maxMs - latency.minMs) * random();
    case 'lognormal':
      return latency.medianMs * Math.exp(latency.sigma * gauss(random));
    case 'normal':
      return Math.max(0, latency.meanMs + latency.stddevMs * gauss(random));
  }
};

/** Mean of the draws, ms, never too low: the cut at 0 and at four deviations is bounded, not integrated. */
export const meanLatencyMs = (latency: Latency): number => {
  switch (latency.shape) {
    case 'fixed':
      return latency.ms;
    case 'uniform':
      return (latency.minMs + latency.maxMs) / 2;
    case 'lognormal':
      return latency.medianMs * Math.exp(latency.sigma ** 2 / 2);
    case 'normal':
      // max(0, x) = (x + |x|) / 2, and the mean of |x| is at most the root of the mean of x².
      return (latency.meanMs + Math.hypot(latency.meanMs, latency.stddevMs)) / 2;
  }
};

/** No draw is longer, ms. */
export const longestLatencyMs = (latency: Latency): number => {
  switch (latency.shape) {
    case 'fixed':
      return latency.ms;
    case 'uniform':
      return latency.maxMs;
    case 'lognormal':
      return latency.medianMs * Math.exp(latency.sigma * MAX_DEVIATIONS);
    case 'normal':
      return latency.meanMs + latency.stddevMs * MAX_DEVIATIONS;
  }
};

/** Standard normal by Box and Muller, cut off at MAX_DEVIATIONS. */
const gauss = (random: () => number): number => {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  const value = radius * Math.cos(2 * Math.PI * random());
  return Math.max(-MAX_DEVIATIONS, Math.min(MAX_DEVIATIONS, value));
};
