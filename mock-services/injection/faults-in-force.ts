import type { ServerResponse } from 'node:http';
import type { Ledger } from '../ledger/ledger.ts';
import type { ActiveFault, Place } from './active-fault.ts';

export const NO_FAULTS: readonly ActiveFault[] = [];

/** The faults in force at one partner, in the order of the plan: of two that answer, the earlier one does. */
export class FaultsInForce {
  readonly #partner: string;
  readonly #ledger: Ledger;
  readonly #rank: (fault: string) => number;
  #faults = NO_FAULTS;
  /** Requests that a hang holds, by fault. */
  readonly #held = new Map<ActiveFault, Set<ServerResponse>>();
  #closed: ReadonlySet<string | null> = new Set();

  /** @param rank index of a fault in the plan. */
  constructor(partner: string, ledger: Ledger, rank: (fault: string) => number) {
    this.#partner = partner;
    this.#ledger = ledger;
    this.#rank = rank;
  }

  begin(fault: ActiveFault): void {
    const rank = (one: ActiveFault): number => this.#rank(one.spec.id);
    this.#faults = [...this.#faults, fault].sort((a, b) => rank(a) - rank(b));
    this.#recordClosures();
  }

  /** Whoever is held by it is let go without an answer. */
  end(id: string): void {
    const fault = this.#faults.find(({ spec }) => spec.id === id);
    if (!fault) return;
    fault.end();
    this.#faults = this.#faults.filter((other) => other !== fault);
    for (const response of this.#held.get(fault) ?? []) response.socket?.destroy();
    this.#held.delete(fault);
    this.#recordClosures();
  }

  has(id: string): boolean {
    return this.#faults.some(({ spec }) => spec.id === id);
  }

  tally(): void {
    for (const fault of this.#faults) fault.tally();
  }

  /** Those that are about a request; most requests meet none. */
  about(place: Place): readonly ActiveFault[] {
    for (const fault of this.#faults) {
      if (fault.isAbout(place)) return this.#faults.filter((one) => one.isAbout(place));
    }
    return NO_FAULTS;
  }

  keepOut(item: string, menu: ReadonlySet<string>): boolean {
    for (const fault of this.#faults) if (fault.keepsOut(item, menu)) return true;
    return false;
  }

  close(shop: string | null): boolean {
    for (const fault of this.#faults) if (fault.closes(shop)) return true;
    return false;
  }

  /** Leaves a request without an answer as long as the fault lasts. */
  hold(fault: ActiveFault | null, response: ServerResponse): void {
    if (fault === null || !this.#faults.includes(fault)) {
      // It has ended before the answer was due: there is nothing left that could hold it.
      response.socket?.destroy();
      return;
    }
    const held = this.#held.get(fault) ?? new Set<ServerResponse>();
    this.#held.set(fault, held.add(response));
    response.once('close', () => held.delete(response));
  }

  #recordClosures(): void {
    const before = this.#closed;
    const closed = new Set(this.#faults.flatMap(({ effect }) => (effect.closed ? [effect.closed.shop] : [])));
    this.#closed = closed;
    const at = Date.now();
    const record = (type: 'shop-closed' | 'shop-open', shop: string | null): void =>
      this.#ledger.record({ type, at, partner: this.#partner, shop });
    for (const shop of closed) if (!before.has(shop)) record('shop-closed', shop);
    for (const shop of before) if (!closed.has(shop)) record('shop-open', shop);
  }
}
