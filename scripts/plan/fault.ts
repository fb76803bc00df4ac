import type { FaultSpec } from '../../mock-services/registry.ts';

/** When a fault comes, and how soon the target promises to have recovered; offsets from the start of the replayed part. */
export interface FaultTimes {
  atMs: number;
  forMs: number;
  /** It comes again `everyMs` after it came, as long as `forMs` has not passed since `atMs`; null = it does not. */
  repeat: { everyMs: number; forMs: number } | null;
  /** null = nothing is promised. */
  recoverWithinMs: number | null;
}

type Timed<Spec> = Spec extends unknown
  ? Omit<Spec, 'at' | 'for' | 'repeat' | 'recoverWithin'> & FaultTimes
  : never;

/** A fault of the plan, units resolved. */
export type Fault = Timed<FaultSpec>;

/** From the words of launch.yaml and of the mock partners, whose names say no unit. */
export function faultOf({ at, for: forMs, repeat, recoverWithin, ...rest }: FaultSpec): Fault {
  return {
    atMs: at,
    forMs,
    repeat: repeat === null ? null : { everyMs: repeat.every, forMs: repeat.for },
    recoverWithinMs: recoverWithin,
    ...rest,
  };
}

/** Back to those words. */
export function specOf({ atMs, forMs, repeat, recoverWithinMs, ...rest }: Fault): FaultSpec {
  return {
    at: atMs,
    for: forMs,
    repeat: repeat === null ? null : { every: repeat.everyMs, for: repeat.forMs },
    recoverWithin: recoverWithinMs,
    ...rest,
  };
}
