import { z } from 'zod';
import { faultKeys, losing, lossKeys, scopeKeys } from '../fault.ts';

const schema = z.strictObject({ kind: z.literal('hang'), ...faultKeys, ...scopeKeys, ...lossKeys });

/** A partner that never answers: the connection stays open until the fault ends, or until the client gives up. */
export const hangFault = {
  schema,
  partnerKinds: null,
  effect: ({ when }: z.output<typeof schema>) => losing({ kind: 'hang' }, when),
} as const;
