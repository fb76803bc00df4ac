import { type Latency, sampleLatencyMs } from '../../scripts/core/latency.ts';
import { hashText } from '../../scripts/core/seeded.ts';

// What a request draws depends on the seed and on the request, not on who arrived first: a generator shared by
// concurrent requests would give other values in each run.

/** @returns milliseconds, at least 0; the same for the same seed and key. */
export function drawLatencyMs(latency: Latency, seed: number, key: string): number {
  if (latency.shape === 'fixed') return latency.ms;
  let drawn = 0;
  return sampleLatencyMs(latency, () => drawUnit(seed, drawn++ === 0 ? key : `${key}\u0000angle`));
}

/** [0, 1) */
export function drawUnit(seed: number, key: string): number {
  return hashText(key, seed) / 2 ** 32;
}
