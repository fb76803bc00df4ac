import { atDeadline } from '../core/deadline.ts';
import type { FaultSpec } from '../registry.ts';

/** Puts faults into force and ends them by the wall clock. */
export interface FaultTimeline {
  /** @param startAt epoch ms of offset 0, past or future. What of a fault is wholly past is left out. */
  start: (startAt: number) => void;
  /** One more fault, beside the planned ones; its offset counts from `startAt`. */
  add: (fault: FaultSpec, startAt: number) => void;
  /** Ends a fault and all that was to come of it; false if it is neither in force nor to come. */
  clear: (id: string) => boolean;
  /** Ends every fault that is in force; none starts any more. */
  stop: () => void;
  startedAt: () => number | null;
}

export interface FaultSwitch {
  /** @param plannedAt epoch ms at which it should have come into force. */
  on: (fault: FaultSpec, plannedAt: number) => void;
  off: (fault: FaultSpec, plannedAt: number) => void;
}

/** Offsets at which a fault comes into force, from `at` on. */
function offsetsOf({ at, repeat }: FaultSpec): number[] {
  if (repeat === null) return [at];
  const times = Math.ceil(repeat.for / repeat.every);
  return Array.from({ length: times }, (_, index) => at + index * repeat.every);
}

export function createFaultTimeline(faults: readonly FaultSpec[], to: FaultSwitch): FaultTimeline {
  let startedAt: number | null = null;
  const cancels = new Map<string, (() => void)[]>();
  const inForce = new Map<string, { fault: FaultSpec; plannedOffAt: number }>();

  const off = (id: string): void => {
    const span = inForce.get(id);
    if (!span) return;
    inForce.delete(id);
    to.off(span.fault, span.plannedOffAt);
  };
  const add = (fault: FaultSpec, startAt: number): void => {
    const pending = cancels.get(fault.id) ?? [];
    cancels.set(fault.id, pending);
    for (const offset of offsetsOf(fault)) {
      const plannedOnAt = startAt + offset;
      const plannedOffAt = plannedOnAt + fault.for;
      if (plannedOffAt <= Date.now()) continue;
      const on = (): void => {
        // The one before ends first, even if its timer comes late.
        off(fault.id);
        inForce.set(fault.id, { fault, plannedOffAt });
        to.on(fault, plannedOnAt);
        pending.push(
          atDeadline(plannedOffAt, Date.now, () => {
            if (inForce.get(fault.id)?.plannedOffAt === plannedOffAt) off(fault.id);
          }),
        );
      };
      pending.push(atDeadline(plannedOnAt, Date.now, on));
    }
  };
  const clear = (id: string): boolean => {
    const known = cancels.has(id);
    for (const cancel of cancels.get(id) ?? []) cancel();
    cancels.delete(id);
    off(id);
    return known;
  };
  const stop = (): void => {
    for (const id of [...cancels.keys()]) clear(id);
    startedAt = null;
  };
  return {
    stop,
    clear,
    add,
    startedAt: () => startedAt,
    start: (startAt) => {
      stop();
      startedAt = startAt;
      for (const fault of faults) add(fault, startAt);
    },
  };
}
