import { RecentMap } from './recent-map.ts';

/** Keys remembered: 8 min of 1,000 orders/s. */
const REMEMBERED = 500_000;
/** A capture this young may still be on its way to its order when the books are closed, ms. */
const UNDER_WAY_MS = 2_000;

/** What the partners of a process know together: orders that a café accepted, and money taken for none. */
export class OrderBook {
  readonly #accepted = new RecentMap<true>(REMEMBERED);
  /** Captures without an accepted order so far: order key → when, epoch ms. */
  readonly #unmatched = new RecentMap<number>(REMEMBERED);
  #orders = 0;

  accept(orderKey: string): void {
    this.#orders++;
    this.#accepted.set(orderKey, true);
    this.#unmatched.delete(orderKey);
  }

  cancel(orderKey: string): void {
    this.#accepted.delete(orderKey);
  }

  capture(orderKey: string, at: number): void {
    if (this.#accepted.get(orderKey) === undefined) this.#unmatched.set(orderKey, at);
  }

  refund(orderKey: string): void {
    this.#unmatched.delete(orderKey);
  }

  clear(): void {
    this.#accepted.clear();
    this.#unmatched.clear();
    this.#orders = 0;
  }

  /** Keys that were paid for and not given back, though no café accepted them; null = not known, as orders were forgotten. */
  unmatched(now: number): string[] | null {
    if (this.#orders > REMEMBERED) return null;
    const keys: string[] = [];
    for (const [key, at] of this.#unmatched) if (now - at >= UNDER_WAY_MS) keys.push(key);
    return keys;
  }
}
