import { z } from 'zod';
import { duration } from '../../scripts/core/quantities.ts';
import { type FaultEffect, faultKeys, scopeKeys } from '../fault.ts';

const schema = z.strictObject({
  kind: z.literal('slow-body'),
  ...faultKeys,
  ...scopeKeys,
  /** How long the body takes from its first byte to its last, ms; a stream takes so much longer. */
  over: duration({ minMs: 1, maxMs: 3_600_000 }),
});

/** A partner whose answer begins in time and then drips. */
export const slowBodyFault = {
  schema,
  partnerKinds: null,
  effect: ({ over }: z.output<typeof schema>): FaultEffect => ({
    delivery: { kind: 'slow-body', overMs: over },
  }),
} as const;
