import { setTimeout as sleep } from 'node:timers/promises';
import type { MachineSources } from './machine.ts';

export interface ClockReading {
  /** How much further the wall clock went than the monotonic one; below 0 if it went less far. */
  driftMs: number;
  /** Time over which `driftMs` was seen. */
  overMs: number;
  /** Whether the kernel's clock is kept by NTP; null if that is not to be read cheaply. */
  isSynchronised: boolean | null;
}

/** Compares wall clock and monotonic clock over `overMs`. The wall clock is read to 1 ms. */
export async function readClock(sources: MachineSources, overMs = 500): Promise<ClockReading> {
  const wallAt = Date.now();
  const startedAtMs = performance.now();
  const [isSynchronised] = await Promise.all([readSynchronised(sources), sleep(overMs)]);
  const elapsedMs = performance.now() - startedAtMs;
  const driftMs = Math.round(Date.now() - wallAt - elapsedMs);
  // -0 would print as "-0 ms".
  return { driftMs: driftMs === 0 ? 0 : driftMs, overMs: Math.round(elapsedMs), isSynchronised };
}

async function readSynchronised(sources: MachineSources): Promise<boolean | null> {
  if (sources.platform !== 'linux') return null;
  const answer = (await sources.run('timedatectl', ['show', '-p', 'NTPSynchronized', '--value']))?.trim();
  if (answer === 'yes') return true;
  return answer === 'no' ? false : null;
}
