import type { MockEvent } from '../contract.ts';
import { ActiveFault } from '../injection/active-fault.ts';
import { FaultTimeline } from '../injection/fault-timeline.ts';
import type { FaultSpec } from '../registry.ts';
import type { MocksState } from './mocks-control.ts';
import type { PartnerHosts } from './partner-hosts.ts';

/** The faults of the plan and those that were injected. */
export class FaultControl {
  readonly #planned: readonly FaultSpec[];
  readonly #injected = new Map<string, FaultSpec>();
  readonly #hosts: PartnerHosts;
  readonly #record: (event: MockEvent) => void;
  readonly timeline: FaultTimeline;

  constructor(planned: readonly FaultSpec[], hosts: PartnerHosts, record: (event: MockEvent) => void) {
    this.#planned = planned;
    this.#hosts = hosts;
    this.#record = record;
    this.timeline = new FaultTimeline(planned, {
      on: (fault, plannedAt) => this.#begin(fault, plannedAt),
      off: (fault, plannedAt) => this.#end(fault, plannedAt),
    });
  }

  states(): MocksState['faults'] {
    return this.#known().map((fault) => ({ id: fault.id, active: this.#isActive(fault) }));
  }

  readings() {
    return this.#known().map((fault) => ({ ...fault, active: this.#isActive(fault) }));
  }

  /** The fault's offset counts from now. */
  inject(fault: FaultSpec): void {
    this.#injected.set(fault.id, fault);
    this.timeline.add(fault, Date.now());
  }

  /** Ends one fault, or with null all; false if there is no such fault in force or to come. */
  clear(id: string | null): boolean {
    if (id !== null) return this.timeline.clear(id);
    for (const fault of this.#known()) this.timeline.clear(fault.id);
    return true;
  }

  /** Every fault ends; the injected ones are forgotten. */
  stop(): void {
    this.timeline.stop();
    this.#injected.clear();
  }

  #known(): FaultSpec[] {
    return [...this.#planned, ...this.#injected.values()];
  }

  #isActive({ id, partner }: FaultSpec): boolean {
    return this.#hosts.of(partner)?.faults.has(id) === true;
  }

  #begin(fault: FaultSpec, plannedAt: number): void {
    this.#record({ type: 'fault-on', at: Date.now(), fault: fault.id, plannedAt });
    const host = this.#hosts.of(fault.partner);
    host?.beginFault(new ActiveFault(fault, plannedAt, host.voice, this.#record));
  }

  #end(fault: FaultSpec, plannedAt: number): void {
    this.#hosts.of(fault.partner)?.endFault(fault.id);
    this.#record({ type: 'fault-off', at: Date.now(), fault: fault.id, plannedAt });
  }
}
