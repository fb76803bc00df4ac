import { z } from 'zod';
import { duration, latency } from '../../scripts/core/quantities.ts';
import { drawLatencyMs } from '../core/seeded.ts';
import { type FaultEffect, faultKeys, scopeKeys } from '../fault.ts';
import type { PartnerVoice } from '../partner-voice.ts';

const schema = z.strictObject({
  kind: z.literal('latency'),
  ...faultKeys,
  ...scopeKeys,
  /** Drawn for each request and added to the partner's own latency. */
  add: latency(),
  /** It grows evenly from nothing to all of `add` in this time, ms. */
  ramp: duration().default(0),
});

/** A partner that answers rightly, but late. */
export const latencyFault = {
  schema,
  partnerKinds: null,
  effect: ({ add, ramp }: z.output<typeof schema>, { seed }: PartnerVoice): FaultEffect => ({
    addedMs: growing(ramp, (key) => drawLatencyMs(add, seed, key)),
  }),
} as const;

function growing(rampMs: number, draw: (key: string) => number): NonNullable<FaultEffect['addedMs']> {
  if (rampMs <= 0) return (_call, key) => draw(key);
  const beganAtMs = performance.now();
  return (_call, key) => draw(key) * Math.min(1, (performance.now() - beganAtMs) / rampMs);
}
