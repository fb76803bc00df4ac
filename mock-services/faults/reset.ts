import { z } from 'zod';
import { faultKeys, losing, lossKeys, scopeKeys } from '../fault.ts';

const schema = z.strictObject({ kind: z.literal('reset'), ...faultKeys, ...scopeKeys, ...lossKeys });

/** A connection that is reset instead of answered. */
export const resetFault = {
  schema,
  partnerKinds: null,
  effect: ({ when }: z.output<typeof schema>) => losing({ kind: 'reset' }, when),
} as const;
