import type { Ledger } from './ledger.ts';

/** Says in the ledger when an item of a partner goes out and when it is back. */
export class StockRecord {
  readonly #partner: string;
  readonly #ledger: Ledger;
  readonly #out = new Set<string>();

  constructor(partner: string, ledger: Ledger) {
    this.#partner = partner;
    this.#ledger = ledger;
  }

  look(items: readonly string[], isOut: (item: string) => boolean): void {
    for (const item of items) {
      const out = isOut(item);
      if (out === this.#out.has(item)) continue;
      this.#record(out ? 'stock-out' : 'stock-back', item);
      if (out) this.#out.add(item);
      else this.#out.delete(item);
    }
  }

  /** Every item that is out is recorded as back. */
  close(): void {
    for (const item of this.#out) this.#record('stock-back', item);
    this.#out.clear();
  }

  #record(type: 'stock-out' | 'stock-back', item: string): void {
    this.#ledger.record({ type, at: Date.now(), partner: this.#partner, item });
  }
}
