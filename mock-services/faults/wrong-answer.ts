import { z } from 'zod';
import { type FaultEffect, faultKeys, scopeKeys } from '../fault.ts';
import type { PartnerVoice } from '../partner-voice.ts';

const schema = z.strictObject({
  kind: z.literal('wrong-answer'),
  ...faultKeys,
  ...scopeKeys,
  /** JSON, or a text; without it an apology in the partner's own format. */
  body: z.unknown().optional(),
});

/** A partner that answers 200, does nothing, and means something else than what was asked. */
export const wrongAnswerFault = {
  schema,
  partnerKinds: null,
  effect: ({ body }: z.output<typeof schema>, voice: PartnerVoice): FaultEffect => {
    const given = body === undefined ? null : { status: 200, body, outcome: 'wrong-answer' };
    return { instead: (call) => given ?? { ...voice.apologise(call), outcome: 'wrong-answer' } };
  },
} as const;
