import { z } from 'zod';
import { amount, ratePerSec } from '../../scripts/core/quantities.ts';
import { type FaultEffect, faultKeys, scopeKeys } from '../fault.ts';
import type { PartnerVoice } from '../partner-voice.ts';

const schema = z.strictObject({
  kind: z.literal('capacity'),
  ...faultKeys,
  ...scopeKeys,
  /** Requests that it works off, per second, one after the other. */
  limit: ratePerSec({ min: 0.001 }),
  /** Requests that may wait; more are answered 503 with Retry-After. */
  queue: amount({ min: 0, max: 1_000_000, integer: true }).default(1_000),
});

/** A partner that gets no more done than this: requests queue up, and beyond the queue they are turned away. */
export const capacityFault = {
  schema,
  partnerKinds: null,
  effect: ({ limit, queue }: z.output<typeof schema>, voice: PartnerVoice): FaultEffect => {
    const eachMs = 1_000 / limit;
    /** When the last one in the queue will have been worked off. */
    let freeAtMs = Number.NEGATIVE_INFINITY;
    return {
      instead: () => {
        const backlogMs = freeAtMs - performance.now();
        if (backlogMs <= queue * eachMs) return null;
        const refused = voice.refuse({
          status: 503,
          code: 'OVER_CAPACITY',
          message: 'too many requests are waiting',
          retryAfterSec: Math.max(1, Math.ceil(backlogMs / 1_000)),
        });
        return { ...refused, outcome: 'over-capacity' };
      },
      addedMs: () => {
        const nowMs = performance.now();
        const waitMs = Math.max(0, freeAtMs - nowMs);
        // The queue is full, and another fault has answered already.
        if (waitMs > queue * eachMs) return 0;
        freeAtMs = nowMs + waitMs + eachMs;
        return waitMs;
      },
    };
  },
} as const;
