import { z } from 'zod';
import { amount, duration } from '../../scripts/core/quantities.ts';
import { type FaultEffect, faultKeys, scopeKeys } from '../fault.ts';
import type { PartnerVoice } from '../partner-voice.ts';

const schema = z.strictObject({
  kind: z.literal('error'),
  ...faultKeys,
  ...scopeKeys,
  status: amount({ min: 400, max: 599, integer: true }).default(500),
  /** JSON, or a text; without it the partner's own way to say so. */
  body: z.unknown().optional(),
  /** Sent as Retry-After, in whole seconds; null = not at all. */
  retryAfter: duration().nullable().default(null),
});

/** A partner that answers with an error and does nothing. */
export const errorFault = {
  schema,
  partnerKinds: null,
  effect: ({ status, body, retryAfter }: z.output<typeof schema>, voice: PartnerVoice): FaultEffect => {
    const own = voice.refuse({
      status,
      code: 'INJECTED_ERROR',
      message: 'an injected error',
      retryAfterSec: retryAfter === null ? null : Math.ceil(retryAfter / 1_000),
    });
    const answer = { ...own, outcome: 'error', ...(body === undefined ? {} : { body }) };
    return { instead: () => answer };
  },
} as const;
