import { sumOf } from '../../scripts/core/statistics.ts';
import { drawUnit } from '../core/seeded.ts';

interface Shop {
  /** Orders that it begins per ms; null = no bound. */
  readonly perMs: number | null;
  /** When it will have begun all that it has accepted, epoch ms. */
  freeAt: number;
}

/** Shops of a chain, and how much each has to do. */
export class Shops {
  readonly names: readonly string[];
  /** Share of all orders that each gets, in the order of their names. */
  readonly #weights: readonly number[];
  readonly #byName: ReadonlyMap<string, Shop>;

  /** @param weights by shop, above 0. @param perSec orders that all of them begin per second, shared by weight. */
  constructor(weights: Readonly<Record<string, number>>, perSec: number | null) {
    this.names = Object.keys(weights);
    const total = sumOf(Object.values(weights));
    this.#weights = Object.values(weights).map((weight) => weight / total);
    const shopOf = (weight: number): Shop => ({
      perMs: perSec === null ? null : (weight * perSec) / 1_000,
      freeAt: Number.NEGATIVE_INFINITY,
    });
    this.#byName = new Map(this.names.map((name, index) => [name, shopOf(this.#weights[index] ?? 0)]));
  }

  reset(): void {
    for (const shop of this.#byName.values()) shop.freeAt = Number.NEGATIVE_INFINITY;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** A shop by weight; the same for the same seed and key. */
  draw(seed: number, key: string): string {
    let left = drawUnit(seed, `shop ${key}`);
    for (let index = 0; index < this.#weights.length; index++) {
      left -= this.#weights[index] ?? 0;
      if (left < 0) return this.names[index] ?? '';
    }
    return this.names.at(-1) ?? '';
  }

  /** Orders of a shop that wait for their beginning. */
  waiting(name: string, now: number): number {
    const shop = this.#byName.get(name);
    return shop ? waitingAt(shop, now) : 0;
  }

  waitingInAll(now: number): number {
    let sum = 0;
    for (const shop of this.#byName.values()) sum += waitingAt(shop, now);
    return sum;
  }

  /** When a new order would begin, epoch ms. */
  beginsAt(name: string, now: number): number {
    const shop = this.#byName.get(name);
    return shop ? Math.max(now, shop.freeAt) : now;
  }

  /** Puts an order into the queue of a shop. @returns when it begins, epoch ms. */
  enqueue(name: string, now: number): number {
    const shop = this.#byName.get(name);
    if (!shop || shop.perMs === null) return now;
    const beginsAt = Math.max(now, shop.freeAt);
    shop.freeAt = beginsAt + 1 / shop.perMs;
    return beginsAt;
  }
}

function waitingAt({ perMs, freeAt }: Shop, now: number): number {
  if (perMs === null) return 0;
  // The next one would begin at `freeAt`, so the last one that was accepted begins a turn before. Less a rounding error.
  const turns = Math.ceil((freeAt - now) * perMs - 1e-6);
  return Math.max(0, turns - 1);
}
