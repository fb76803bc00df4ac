import type { Latency } from '../scripts/core/quantities.ts';

// Which latency a request draws depends on the seed and on the request, not on who arrived first: a generator
// shared by concurrent requests would give other values in each run.

/** Draws beyond this many standard deviations are cut off: no request waits for minutes by chance. */
const MAX_DEVIATIONS = 4;

/** @returns milliseconds, at least 0; the same for the same seed and key. */
export function drawLatencyMs(latency: Latency, seed: number, key: string): number {
  switch (latency.shape) {
    case 'fixed':
      return latency.ms;
    case 'uniform':
      return latency.minMs + (latency.maxMs - latency.minMs) * unit(seed, key);
    case 'lognormal':
      return latency.medianMs * Math.exp(latency.sigma * gauss(seed, key));
    case 'normal':
      return Math.max(0, latency.meanMs + latency.stddevMs * gauss(seed, key));
  }
}

/** Standard normal by Box and Muller, cut off at MAX_DEVIATIONS. */
function gauss(seed: number, key: string): number {
  const radius = Math.sqrt(-2 * Math.log(1 - unit(seed, key)));
  const value = radius * Math.cos(2 * Math.PI * unit(seed, `${key}\u0000angle`));
  return Math.max(-MAX_DEVIATIONS, Math.min(MAX_DEVIATIONS, value));
}

/** [0, 1): FNV-1a over the key, finished by the mixer of MurmurHash3, whose low bits are good too. */
function unit(seed: number, key: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
