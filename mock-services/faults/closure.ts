import { z } from 'zod';
import { ratio } from '../../scripts/core/quantities.ts';
import { type FaultEffect, faultKeys } from '../fault.ts';

const schema = z.strictObject({
  kind: z.literal('closure'),
  ...faultKeys,
  /** The shop that closes; null = the whole chain. */
  shop: z.string().min(1).max(64).nullable().default(null),
  /** Share of the shoppers told so who go to another café, 0 to 1: the shoppers' behaviour, not the café's. */
  moves: ratio().default(0),
});

/** A shop, or the chain, that says it is closed and takes no order. */
export const closureFault = {
  schema,
  partnerKinds: ['cafe'],
  effect: ({ shop }: z.output<typeof schema>): FaultEffect => ({ closed: { shop } }),
} as const;
