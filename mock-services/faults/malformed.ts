import { z } from 'zod';
import { type FaultEffect, faultKeys, scopeKeys } from '../fault.ts';

const schema = z.strictObject({
  kind: z.literal('malformed'),
  ...faultKeys,
  ...scopeKeys,
  /** json: half of the body, with its own length; http: bytes that are no HTTP; chunk: a chunk without a size. */
  what: z.enum(['json', 'http', 'chunk']).default('json'),
});

/** A partner that does its work and answers with something nobody can read. */
export const malformedFault = {
  schema,
  partnerKinds: null,
  effect: ({ what }: z.output<typeof schema>): FaultEffect => ({ delivery: { kind: 'malformed', what } }),
} as const;
