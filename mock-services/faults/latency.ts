import { z } from 'zod';
import { latency } from '../../scripts/core/quantities.ts';
import { type FaultEffect, faultKeys } from '../fault.ts';

const schema = z.strictObject({
  kind: z.literal('latency'),
  ...faultKeys,
  /** Drawn for each request and added to the partner's own latency. */
  add: latency(),
});

/** A partner that answers rightly, but late. */
export const latencyFault = {
  schema,
  partnerKinds: ['cafe', 'payment'],
  effect: (spec: z.output<typeof schema>): FaultEffect => ({ addedLatency: spec.add, soldOut: [] }),
} as const;
