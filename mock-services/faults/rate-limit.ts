import { z } from 'zod';
import { amount, duration, ratePerSec } from '../../scripts/core/quantities.ts';
import { TokenBucket } from '../../scripts/core/token-bucket.ts';
import { type FaultEffect, faultKeys, scopeKeys } from '../fault.ts';
import type { PartnerVoice } from '../partner-voice.ts';

const schema = z.strictObject({
  kind: z.literal('rate-limit'),
  ...faultKeys,
  ...scopeKeys,
  /** Requests that are let through, per second. */
  limit: ratePerSec({ min: 0.001 }),
  /** So many at once after a pause; null = one second's worth. */
  burst: amount({ min: 1, max: 1_000_000, integer: true }).nullable().default(null),
  /** What Retry-After says, in whole seconds; null = when the next request would pass. */
  retryAfter: duration().nullable().default(null),
});

/** A partner that lets so many requests through and answers 429 with Retry-After to the others. */
export const rateLimitFault = {
  schema,
  partnerKinds: null,
  effect: ({ limit, burst, retryAfter }: z.output<typeof schema>, voice: PartnerVoice): FaultEffect => {
    const bucket = new TokenBucket(limit, burst ?? Math.max(1, Math.ceil(limit)));
    return {
      instead: () => {
        const waitMs = bucket.take(performance.now());
        if (waitMs === 0) return null;
        const refused = voice.refuse({
          status: 429,
          code: 'RATE_LIMITED',
          message: 'too many requests',
          retryAfterSec: Math.max(1, Math.ceil((retryAfter ?? waitMs) / 1_000)),
        });
        return { ...refused, outcome: 'rate-limited' };
      },
    };
  },
} as const;
