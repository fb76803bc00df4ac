import { RecentMap } from './recent-map.ts';

/** Keys remembered: 8 min of 1,000 orders/s. */
const REMEMBERED = 500_000;
/** A capture this young may still be on its way to its order when the books are closed, ms. */
const UNDER_WAY_MS = 2_000;

interface Capture {
  partner: string;
  /** The last one, epoch ms. */
  at: number;
  /** Captures for the order that were not given back. */
  taken: number;
}

/** What was found of one payment partner's captures. */
export interface Audit {
  partner: string;
  /** Captures looked at. */
  checked: number;
  /** Orders that were paid for and not given back, though no café accepted them. */
  unmatched: string[];
}

/** What the partners of a process know together: orders that a café accepted, and money taken for none. */
export class OrderBook {
  /** How often each order is accepted and not cancelled. */
  readonly #accepted = new RecentMap<number>(REMEMBERED);
  /** Captures without an accepted order so far, by order key. */
  readonly #unmatched = new RecentMap<Capture>(REMEMBERED);
  /** Captures since the last audit, by payment partner. */
  readonly #captures = new Map<string, number>();
  #orders = 0;

  accept(orderKey: string): void {
    this.#orders++;
    this.#accepted.set(orderKey, (this.#accepted.get(orderKey) ?? 0) + 1);
    this.#unmatched.delete(orderKey);
  }

  cancel(orderKey: string): void {
    const times = this.#accepted.get(orderKey) ?? 0;
    if (times > 1) this.#accepted.set(orderKey, times - 1);
    else this.#accepted.delete(orderKey);
  }

  capture(partner: string, orderKey: string, at: number): void {
    this.#captures.set(partner, (this.#captures.get(partner) ?? 0) + 1);
    if (this.#accepted.get(orderKey) !== undefined) return;
    const taken = (this.#unmatched.get(orderKey)?.taken ?? 0) + 1;
    this.#unmatched.set(orderKey, { partner, at, taken });
  }

  refund(orderKey: string): void {
    const capture = this.#unmatched.get(orderKey);
    if (capture && --capture.taken <= 0) this.#unmatched.delete(orderKey);
  }

  clear(): void {
    this.#accepted.clear();
    this.#unmatched.clear();
    this.#captures.clear();
    this.#orders = 0;
  }

  /**
   * Looks at the captures since the last audit, but for those that may still be on their way to their order: they
   * are looked at next time. Empty when nothing can be said, as orders were forgotten.
   */
  audit(now: number): Audit[] {
    if (this.#orders > REMEMBERED) return [];
    const audits = new Map<string, Audit>();
    for (const [partner, checked] of this.#captures) audits.set(partner, { partner, checked, unmatched: [] });
    this.#captures.clear();
    for (const [orderKey, { partner, at, taken }] of this.#unmatched) {
      const audit = audits.get(partner);
      if (now - at >= UNDER_WAY_MS) {
        audit?.unmatched.push(orderKey);
        this.#unmatched.delete(orderKey);
      } else if (audit) {
        audit.checked -= taken;
        this.#captures.set(partner, (this.#captures.get(partner) ?? 0) + taken);
      }
    }
    return [...audits.values()].filter(({ checked }) => checked > 0);
  }
}
