import { z } from 'zod';
import { ratio } from '../../scripts/core/quantities.ts';
import { type FaultEffect, faultKeys, scopeKeys } from '../fault.ts';

const schema = z.strictObject({
  kind: z.literal('truncate'),
  ...faultKeys,
  ...scopeKeys,
  /** Share of the body that is sent before the connection ends, 0 to 0.99. */
  keep: ratio({ max: 0.99 }).default(0.5),
});

/** A partner that does its work, and whose answer breaks off. */
export const truncateFault = {
  schema,
  partnerKinds: null,
  effect: ({ keep }: z.output<typeof schema>): FaultEffect => ({
    delivery: { kind: 'truncate', keepRatio: keep },
  }),
} as const;
