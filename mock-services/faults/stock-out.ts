import { z } from 'zod';
import { type FaultEffect, faultKeys } from '../fault.ts';
import { itemName } from '../partner.ts';

const schema = z.strictObject({
  kind: z.literal('stock-out'),
  ...faultKeys,
  /** The item that is out; null = all that is on the menu. */
  item: itemName.nullable().default(null),
});

/** A partner that says "sold out". Its stock stays as it is and is for sale again afterwards. */
export const stockOutFault = {
  schema,
  partnerKinds: ['cafe'],
  effect: (spec: z.output<typeof schema>): FaultEffect => ({
    soldOut: spec.item === null ? 'menu' : [spec.item],
  }),
} as const;
