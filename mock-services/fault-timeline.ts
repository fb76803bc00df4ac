import type { FaultSpec } from './contract.ts';
import { atDeadline } from './deadline.ts';

/** Puts faults into force and ends them by the wall clock. */
export interface FaultTimeline {
  /** @param startAt epoch ms of offset 0, past or future. A fault whose time is wholly past is left out. */
  start: (startAt: number) => void;
  /** Ends every fault that is in force; none starts any more. */
  stop: () => void;
  startedAt: () => number | null;
}

export interface FaultSwitch {
  /** @param plannedAt epoch ms at which it should have come into force. */
  on: (fault: FaultSpec, plannedAt: number) => void;
  off: (fault: FaultSpec, plannedAt: number) => void;
}

export function createFaultTimeline(faults: readonly FaultSpec[], to: FaultSwitch): FaultTimeline {
  let startedAt: number | null = null;
  let cancels: (() => void)[] = [];
  const inForce = new Map<FaultSpec, { plannedOffAt: number }>();

  const off = (fault: FaultSpec): void => {
    const span = inForce.get(fault);
    if (!span) return;
    inForce.delete(fault);
    to.off(fault, span.plannedOffAt);
  };
  const stop = (): void => {
    for (const cancel of cancels) cancel();
    cancels = [];
    for (const fault of [...inForce.keys()]) off(fault);
    startedAt = null;
  };

  return {
    stop,
    startedAt: () => startedAt,
    start: (startAt) => {
      stop();
      startedAt = startAt;
      for (const fault of faults) {
        const plannedOnAt = startAt + fault.at;
        const plannedOffAt = plannedOnAt + fault.for;
        if (plannedOffAt <= Date.now()) continue;
        const on = (): void => {
          inForce.set(fault, { plannedOffAt });
          to.on(fault, plannedOnAt);
          cancels.push(atDeadline(plannedOffAt, Date.now, () => off(fault)));
        };
        cancels.push(atDeadline(plannedOnAt, Date.now, on));
      }
    },
  };
}
