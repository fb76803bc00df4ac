import type { FaultSpec } from '../../mock-services/registry.ts';

// launch.yaml and the mock partners name a fault's times without their unit; the plan says that they are milliseconds.

/** Offsets from the start of the replayed part, and lengths. */
const DURATIONS = ['at', 'for', 'recoverWithin', 'ramp', 'over', 'retryAfter'] as const;
type Duration = (typeof DURATIONS)[number];

/** It comes again `everyMs` after it came, as long as `forMs` has not passed since it came first. */
interface Repeat {
  everyMs: number;
  forMs: number;
}

type InMs<Spec> = Spec extends unknown
  ? {
      [Key in keyof Spec as Key extends Duration ? `${Key}Ms` : Key]: Key extends 'repeat'
        ? Repeat | null
        : Spec[Key];
    }
  : never;

/** A fault of the plan, units resolved. */
export type Fault = InMs<FaultSpec>;
/** When it comes. */
export type FaultTimes = Pick<Fault, 'atMs' | 'forMs' | 'repeat'>;

const IN_MS: ReadonlyMap<string, string> = new Map(DURATIONS.map((name) => [name, `${name}Ms`]));
const WRITTEN: ReadonlyMap<string, string> = new Map(DURATIONS.map((name) => [`${name}Ms`, name]));

/** From the words of launch.yaml. */
export function faultOf(spec: FaultSpec): Fault {
  const { repeat } = spec;
  const times = repeat === null ? null : { everyMs: repeat.every, forMs: repeat.for };
  const fault: unknown = renamed({ ...spec, repeat: times }, IN_MS);
  return fault as Fault;
}

/** Back to these words. */
export function specOf(fault: Fault): FaultSpec {
  const { repeat } = fault;
  const times = repeat === null ? null : { every: repeat.everyMs, for: repeat.forMs };
  const spec: unknown = renamed({ ...fault, repeat: times }, WRITTEN);
  return spec as FaultSpec;
}

function renamed(value: object, names: ReadonlyMap<string, string>): object {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [names.get(key) ?? key, inner]));
}
