import { sumBy } from '../../scripts/core/statistics.ts';
import type { MocksConfig } from '../contract.ts';
import { OrderBook } from '../core/order-book.ts';
import { PartnerHost } from '../host/partner-host.ts';
import { Invariants } from '../ledger/invariants.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Stock } from './mocks-control.ts';

/** The partners of a process, and what they know together. */
export class PartnerHosts {
  readonly all: readonly PartnerHost[];
  readonly #byName: ReadonlyMap<string, PartnerHost>;
  readonly #ledger: Ledger;
  readonly #invariants: Invariants;
  readonly #book = new OrderBook();

  constructor({ seed, partners, faults }: MocksConfig, ledger: Ledger) {
    const ranks = new Map(faults.map(({ id }, index) => [id, index]));
    const rank = (fault: string): number => ranks.get(fault) ?? ranks.size;
    const invariants = new Invariants(ledger.record);
    this.#ledger = ledger;
    this.#invariants = invariants;
    this.all = partners.map(
      (spec) => new PartnerHost(spec, { seed, ledger, invariants, book: this.#book, rank }),
    );
    this.#byName = new Map(this.all.map((host) => [host.spec.name, host]));
    for (const fault of faults) {
      if ('share' in fault && fault.share < 1) this.of(fault.partner)?.countAttempts();
    }
  }

  of(partner: string): PartnerHost | undefined {
    return this.#byName.get(partner);
  }

  /** Requests since the process started. */
  get requests(): number {
    return sumBy(this.all, (host) => host.requests);
  }

  stock(): Stock {
    return Object.fromEntries(this.all.map((host) => [host.spec.name, host.left()]));
  }

  /** What in a stock is not known; null = all is. */
  unknownIn(stock: Stock): string | null {
    for (const [name, items] of Object.entries(stock)) {
      const host = this.of(name);
      if (!host) return `no such partner: ${name}`;
      const planned = host.left();
      const unknown = Object.keys(items).find((item) => !Object.hasOwn(planned, item));
      if (unknown !== undefined) return `partner ${name} has no stock of ${unknown}`;
    }
    return null;
  }

  /** @returns what in `stock` is not known; then nothing was changed. */
  restock(stock: Stock): string | null {
    const unknown = this.unknownIn(stock);
    if (unknown === null) for (const host of this.all) host.restock(stock[host.spec.name] ?? {});
    return unknown;
  }

  /** As at the start of a step: what happened before is forgotten. */
  reset(stock: Stock): void {
    for (const host of this.all) host.closeStockRecord();
    this.#ledger.clear();
    this.#invariants.clear();
    this.#book.clear();
    for (const host of this.all) host.reset(stock[host.spec.name] ?? {});
  }

  /** Says what the faults have done and which invariants were looked at. */
  tally(): void {
    for (const host of this.all) host.faults.tally();
    this.tallyInvariants();
  }

  lookAtQueues(): void {
    for (const host of this.all) host.lookAtQueue();
  }

  /** Says what each partner did in a slice that has ended. */
  tellSlice(fromAt: number): void {
    const partners = Object.fromEntries(this.all.map((host) => [host.spec.name, host.takeSlice()]));
    this.#ledger.record({ type: 'partners', at: Date.now(), fromAt, partners });
  }

  tallyInvariants(): void {
    this.#invariants.tally();
  }

  /** Looks for money that was taken for no order, and says so. */
  closeBooks(): void {
    for (const { partner, checked, unmatched } of this.#sellAnything ? this.#book.audit(Date.now()) : []) {
      this.#invariants.count(partner, 'charged-without-order', checked, unmatched);
    }
    this.tallyInvariants();
  }

  close(): void {
    for (const host of this.all) host.close();
  }

  /** Without a café no order could be accepted, and a capture proves nothing. */
  get #sellAnything(): boolean {
    return this.all.some(({ spec }) => spec.kind === 'cafe');
  }
}
