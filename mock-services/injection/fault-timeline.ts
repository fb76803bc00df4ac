import { atDeadline } from '../core/deadline.ts';
import type { FaultSpec } from '../registry.ts';

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

interface PlannedSpan {
  fault: FaultSpec;
  plannedOffAt: number;
}

/** Puts faults into force and ends them by the wall clock. */
export class FaultTimeline {
  readonly #faults: readonly FaultSpec[];
  readonly #to: FaultSwitch;
  readonly #cancels = new Map<string, (() => void)[]>();
  readonly #inForce = new Map<string, PlannedSpan>();
  #startedAt: number | null = null;

  constructor(faults: readonly FaultSpec[], to: FaultSwitch) {
    this.#faults = faults;
    this.#to = to;
  }

  get startedAt(): number | null {
    return this.#startedAt;
  }

  /** @param startAt epoch ms of offset 0, past or future. What of a fault is wholly past is left out. */
  start(startAt: number): void {
    this.stop();
    this.#startedAt = startAt;
    for (const fault of this.#faults) this.add(fault, startAt);
  }

  /** One more fault, beside the planned ones; its offset counts from `startAt`. */
  add(fault: FaultSpec, startAt: number): void {
    const pending = this.#cancels.get(fault.id) ?? [];
    this.#cancels.set(fault.id, pending);
    for (const offset of offsetsOf(fault)) {
      const plannedOnAt = startAt + offset;
      const span = { fault, plannedOffAt: plannedOnAt + fault.for };
      if (span.plannedOffAt <= Date.now()) continue;
      const on = (): void => {
        this.#on(span, plannedOnAt);
        pending.push(atDeadline(span.plannedOffAt, Date.now, () => this.#end(span)));
      };
      pending.push(atDeadline(plannedOnAt, Date.now, on));
    }
  }

  /** Ends a fault and all that was to come of it; false if it is neither in force nor to come. */
  clear(id: string): boolean {
    const pending = this.#cancels.get(id);
    for (const cancel of pending ?? []) cancel();
    this.#cancels.delete(id);
    this.#off(id);
    return pending !== undefined;
  }

  /** Ends every fault that is in force; none starts any more. */
  stop(): void {
    for (const id of [...this.#cancels.keys()]) this.clear(id);
    this.#startedAt = null;
  }

  #on(span: PlannedSpan, plannedOnAt: number): void {
    // The one before ends first, even if its timer comes late.
    this.#off(span.fault.id);
    this.#inForce.set(span.fault.id, span);
    this.#to.on(span.fault, plannedOnAt);
  }

  #end(span: PlannedSpan): void {
    if (this.#inForce.get(span.fault.id) === span) this.#off(span.fault.id);
  }

  #off(id: string): void {
    const span = this.#inForce.get(id);
    if (!span) return;
    this.#inForce.delete(id);
    this.#to.off(span.fault, span.plannedOffAt);
  }
}
