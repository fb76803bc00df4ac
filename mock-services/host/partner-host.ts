import type { Server } from 'node:http';
import type { PartnerSlice } from '../contract.ts';
import type { OrderBook } from '../core/order-book.ts';
import { limitedServer } from '../http/http-limits.ts';
import { RequestKeys } from '../http/request-keys.ts';
import type { ActiveFault } from '../injection/active-fault.ts';
import { FaultsInForce } from '../injection/faults-in-force.ts';
import type { Invariants } from '../ledger/invariants.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { StockRecord } from '../ledger/stock-record.ts';
import type { PartnerBehaviour } from '../partner.ts';
import { PartnerFigures, type PartnerReading, SliceFigures } from '../partner-figures.ts';
import { type PartnerVoice, voiceOf } from '../partner-voice.ts';
import { openPartner, type PartnerSpec } from '../registry.ts';
import { Exchanges } from './exchanges.ts';
import { Incoming } from './incoming.ts';

interface HostParts {
  seed: number;
  ledger: Ledger;
  invariants: Invariants;
  book: OrderBook;
  /** Index of a fault in the plan: of two faults that answer, the earlier one does. */
  rank: (fault: string) => number;
}

/** One partner as it stands: its behaviour, its stock, the faults in force, and the server that takes its requests. */
export class PartnerHost {
  readonly spec: PartnerSpec;
  readonly server: Server;
  readonly voice: PartnerVoice;
  readonly #behaviour: PartnerBehaviour;
  readonly #menu: ReadonlySet<string>;
  readonly #exchanges: Exchanges;
  readonly #figures = new PartnerFigures();
  readonly #slice = new SliceFigures();
  readonly faults: FaultsInForce;
  readonly #stock: StockRecord;
  readonly #keys: RequestKeys;

  constructor(spec: PartnerSpec, { seed, ledger, invariants, book, rank }: HostParts) {
    const { name } = spec;
    this.spec = spec;
    this.#behaviour = openPartner(spec, {
      name,
      seed,
      depleted: () => this.recordStock(),
      check: (invariant, broken, key) => invariants.check(name, invariant, broken, key),
      book,
    });
    this.#menu = new Set(this.#behaviour.menu);
    this.voice = voiceOf(this.#behaviour, seed);
    this.faults = new FaultsInForce(name, ledger, rank);
    this.#stock = new StockRecord(name, ledger);
    this.#keys = new RequestKeys(name);
    this.#exchanges = new Exchanges({
      ...{ spec, seed, behaviour: this.#behaviour, menu: this.#menu, keys: this.#keys, faults: this.faults },
      incoming: new Incoming(this.#behaviour, { keptOut: this.#keptOut, keptClosed: this.#keptClosed }),
      ...{ figures: this.#figures, slice: this.#slice },
    });
    this.server = limitedServer((message, response) => this.#exchanges.receive(message, response));
  }

  /** Requests since the process started. */
  get requests(): number {
    return this.#exchanges.requests;
  }

  left(): Record<string, number> {
    return this.#behaviour.left?.() ?? {};
  }

  reading(): PartnerReading {
    const { queueLength = null, shops } = this.#behaviour.gauges?.() ?? {};
    const open = shops?.filter((shop) => !this.faults.close(shop)).length ?? null;
    return { name: this.spec.name, figures: this.#figures, stock: this.left(), queueLength, shopsOpen: open };
  }

  /** Looks at its queue; ten times a second are enough. */
  lookAtQueue(): void {
    const { queueLength } = this.#behaviour.gauges?.() ?? {};
    if (queueLength !== undefined) this.#slice.waiting(queueLength);
  }

  /** What it did since this was asked last. */
  takeSlice(): PartnerSlice {
    this.lookAtQueue();
    const { shopsOpen, stock } = this.reading();
    return {
      ...this.#slice.take(),
      ...(shopsOpen !== null && { shopsOpen }),
      ...(Object.keys(stock).length > 0 && { stock }),
    };
  }

  /** A fault of this partner may take a share of its requests: their attempts count from now on. */
  countAttempts(): void {
    this.#keys.countAttempts();
  }

  beginFault(fault: ActiveFault): void {
    if (fault.scope.share < 1) this.countAttempts();
    this.faults.begin(fault);
    this.recordStock();
  }

  endFault(id: string): void {
    this.faults.end(id);
    this.recordStock();
  }

  /** Every item that is out is recorded as back; call `reset` next. */
  closeStockRecord(): void {
    this.#stock.close();
  }

  /** As at the start of a step. */
  reset(stock: Readonly<Record<string, number>>): void {
    this.#keys.reset();
    this.#slice.take();
    this.#behaviour.reset();
    this.restock(stock);
  }

  restock(stock: Readonly<Record<string, number>>): void {
    this.#behaviour.restock?.(stock);
    this.recordStock();
  }

  close(): void {
    this.#behaviour.close?.();
  }

  /** Records what went out or came back since the last look, be it by orders or by a fault. */
  recordStock(): void {
    const { items } = this.#behaviour;
    if (!items) return;
    const left = new Map(Object.entries(this.left()));
    this.#stock.look(items, (item) => left.get(item) === 0 || this.#keptOut(item));
  }

  readonly #keptOut = (item: string): boolean => this.faults.keepOut(item, this.#menu);
  readonly #keptClosed = (shop: string | null): boolean => this.faults.close(shop);
}
