import { z } from 'zod';
import { EXIT, type ExitCode } from '../core/exit-codes.ts';

export const statusSchema = z.enum(['PASS', 'FAIL', 'INVALID', 'INCONCLUSIVE']);
export type Status = z.output<typeof statusSchema>;

/** With which code a run exits, by its verdict. */
export const VERDICT_EXIT = {
  PASS: EXIT.ok,
  FAIL: EXIT.fail,
  INVALID: EXIT.noVerdict,
  INCONCLUSIVE: EXIT.noVerdict,
} as const satisfies Record<Status, ExitCode>;

export type SliceState = 'UP' | 'DEGRADED' | 'DOWN' | 'UNKNOWN';

/**
 * Evidence of the load by itself; NONE = too few events to say anything; POSSIBLE: in an outage that only a longer slice
 * shows, or not, which too few turns of its own can tell.
 */
export type LoadState = 'UP' | 'DEGRADED' | 'POSSIBLE' | 'DOWN' | 'NONE';

/** How a recovery was seen: docs/measurement.md. */
export const recoveryWordSchema = z.enum(['recovered', 'served-again', 'more-than', 'unknown']);
export type RecoveryWord = z.output<typeof recoveryWordSchema>;

export type ProberState = 'UP' | 'DOWN' | 'UNKNOWN';

export const reasonSchema = z.object({
  code: z.string().describe('stable, kebab-case; docs/reasons.md explains it'),
  message: z.string().describe('what was found, with its figures'),
  next: z.string().describe('what to do next'),
});
export type Reason = z.output<typeof reasonSchema>;

/** Words for what makes the load evidence unhealthy; explained in `docs/reasons.md`. */
export const unhealthyWordSchema = z.enum([
  'starts-differ',
  'starts-trail',
  'ends-missing',
  'dropped',
  'local-errors',
  'cpu',
  'waited',
  'mocks-slow',
  'latency-off',
  'push-gap',
  'push-lost',
  'clock-step',
]);
export type UnhealthyWord = z.output<typeof unhealthyWordSchema>;

export const voidingSchema = z
  .object({
    why: unhealthyWordSchema.describe('docs/reasons.md explains it'),
    reading: z.number().describe('the worst one, in `unit`'),
    allowed: z.number().describe('in `unit`'),
    unit: z.enum(['ms', 'ratio', 'orders', 'pushes']),
  })
  .describe('a reading that is beyond what is allowed');
export type Voiding = z.output<typeof voidingSchema>;
