import { EXIT, type ExitCode } from '../core/exit-codes.ts';

export type Status = 'PASS' | 'FAIL' | 'INVALID' | 'INCONCLUSIVE';

/** With which code a run exits, by its verdict. */
export const VERDICT_EXIT = {
  PASS: EXIT.ok,
  FAIL: EXIT.fail,
  INVALID: EXIT.noVerdict,
  INCONCLUSIVE: EXIT.noVerdict,
} as const satisfies Record<Status, ExitCode>;
export type VerdictExit = (typeof VERDICT_EXIT)[Status];

export type SliceState = 'UP' | 'DEGRADED' | 'DOWN' | 'UNKNOWN';

/** Evidence of the load by itself; NONE = too few events to say anything. */
export type LoadState = 'UP' | 'DEGRADED' | 'DOWN' | 'NONE';

export type ProberState = 'UP' | 'DOWN' | 'UNKNOWN';

export interface Reason {
  /** Stable, kebab-case; explained in `docs/reasons.md`. */
  code: string;
  message: string;
  /** What to do next. */
  next: string;
}

/** Words for what makes the load evidence unhealthy; explained in `docs/reasons.md`. */
export type UnhealthyWord =
  | 'starts-differ'
  | 'starts-trail'
  | 'ends-missing'
  | 'dropped'
  | 'local-errors'
  | 'cpu'
  | 'waited'
  | 'mocks-slow'
  | 'latency-off'
  | 'push-gap'
  | 'push-lost'
  | 'clock-step';

/** A reading that is beyond what is allowed. */
export interface Voiding {
  why: UnhealthyWord;
  reading: number;
  allowed: number;
  unit: 'ms' | 'ratio' | 'orders' | 'pushes';
}
