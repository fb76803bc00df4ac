import { type Latency, sampleLatencyMs } from '../../scripts/core/latency.ts';

// What a request draws depends on the seed and on the request, not on who arrived first: a generator shared by
// concurrent requests would give other values in each run.

/** @returns milliseconds, at least 0; the same for the same seed and key. */
export function drawLatencyMs(latency: Latency, seed: number, key: string): number {
  if (latency.shape === 'fixed') return latency.ms;
  let drawn = 0;
  return sampleLatencyMs(latency, () => drawUnit(seed, drawn++ === 0 ? key : `${key}\u0000angle`));
}

/** [0, 1): FNV-1a over the key, finished by the mixer of MurmurHash3, whose low bits are good too. */
export function drawUnit(seed: number, key: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
