import { FEWEST_READINGS, READINGS_COVERED_RATIO, READINGS_OVER_MS } from '../../core/limits.ts';
import type { Span } from '../judgement.ts';

export interface Reading {
  at: number;
  value: number;
}

/** The 5 s before each reading in which the figure was above the limit, if readings cover most of them. */
export function sustained(
  readings: readonly Reading[],
  figure: (values: readonly number[]) => number,
  limit: number,
): (Span & { reading: number })[] {
  let first = 0;
  return readings.flatMap(({ at }, index) => {
    while ((readings[first]?.at ?? at) <= at - READINGS_OVER_MS) first++;
    const window = readings.slice(first, index + 1);
    const coveredMs = at - (window[0]?.at ?? at);
    if (window.length < FEWEST_READINGS || coveredMs < READINGS_COVERED_RATIO * READINGS_OVER_MS) return [];
    const reading = figure(window.map((one) => one.value));
    return reading > limit ? [{ fromAt: at - READINGS_OVER_MS, toAt: at, reading }] : [];
  });
}
