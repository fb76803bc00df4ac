import chisquareQuantile from '@stdlib/stats-base-dists-chisquare-quantile';
import type { Worth } from '../../contract/figures.ts';
import { SHORTEST_OUTAGE_MS, WORTH_CONFIDENCE } from '../../core/limits.ts';

export interface WorthInput {
  /** Measured time T. */
  measuredMs: number;
  windowMs: number;
  allowedDowntimeMs: number;
  sliceMs: number;
  possibleMs: number;
  /** Maximal runs of DOWN slices, before any merging: their lengths in ms. */
  outagesMs: readonly number[];
  /** Longest time to recover from a fault; null without one. */
  worstRecoveryMs: number | null;
}

/**
 * What a pass is worth: the upper 95 % bound on the expected downtime in the window if outages come at random
 * (c outages in T: a rate of at most χ²(.95; 2c+2)/2T) and last τ each. Null without measured time.
 */
export function worthOf(input: WorthInput): Worth | null {
  if (input.measuredMs <= 0) return null;
  const outageMs = Math.max(
    input.sliceMs,
    SHORTEST_OUTAGE_MS,
    input.worstRecoveryMs ?? 0,
    ...input.outagesMs,
  );
  const outagesAtMost = chisquareQuantile(WORTH_CONFIDENCE, 2 * input.outagesMs.length + 2) / 2;
  const byOutages = outagesAtMost * input.windowMs * outageMs;
  const byShare = input.possibleMs * input.windowMs;
  const most = Math.max(byOutages, byShare);
  return {
    // No window holds more downtime than itself, whatever a short test leaves open.
    boundMs: Math.min(most / input.measuredMs, input.windowMs),
    certifyingTestMs: input.allowedDowntimeMs > 0 ? most / input.allowedDowntimeMs : null,
    outageMs,
  };
}
