import { drawUnit } from '../core/seeded.ts';

/** Shops of a chain, and how much each has to do. */
export class Shops {
  readonly names: readonly string[];
  readonly #weights: readonly number[];
  /** Orders per ms of each; null = no bound. */
  readonly #perMs: readonly number[] | null;
  /** When each will have begun all that it has accepted, epoch ms. */
  #freeAt: number[] = [];

  /** @param weights by shop, above 0. @param perSec orders that all of them begin per second, shared by weight. */
  constructor(weights: Readonly<Record<string, number>>, perSec: number | null) {
    this.names = Object.keys(weights);
    const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    this.#weights = Object.values(weights).map((weight) => weight / total);
    this.#perMs = perSec === null ? null : this.#weights.map((weight) => (weight * perSec) / 1_000);
    this.reset();
  }

  reset(): void {
    this.#freeAt = this.names.map(() => Number.NEGATIVE_INFINITY);
  }

  has(shop: string): boolean {
    return this.names.includes(shop);
  }

  /** A shop by weight; the same for the same seed and key. */
  draw(seed: number, key: string): string {
    let left = drawUnit(seed, `shop ${key}`);
    for (const [index, weight] of this.#weights.entries()) {
      left -= weight;
      if (left < 0) return this.names[index] ?? '';
    }
    return this.names.at(-1) ?? '';
  }

  /** Orders of a shop that wait for their beginning. */
  waiting(shop: string, now: number): number {
    const index = this.names.indexOf(shop);
    const perMs = this.#perMs?.[index];
    if (perMs === undefined) return 0;
    // The next one would begin at `freeAt`, so the last one that was accepted begins a turn before. Less a rounding error.
    const turns = Math.ceil(((this.#freeAt[index] ?? 0) - now) * perMs - 1e-6);
    return Math.max(0, turns - 1);
  }

  /** When a new order would begin, epoch ms. */
  beginsAt(shop: string, now: number): number {
    return this.#perMs === null ? now : Math.max(now, this.#freeAt[this.names.indexOf(shop)] ?? now);
  }

  /** Puts an order into the queue of a shop. @returns when it begins, epoch ms. */
  enqueue(shop: string, now: number): number {
    const beginsAt = this.beginsAt(shop, now);
    const index = this.names.indexOf(shop);
    const perMs = this.#perMs?.[index];
    if (perMs !== undefined) this.#freeAt[index] = beginsAt + 1 / perMs;
    return beginsAt;
  }

  waitingInAll(now: number): number {
    return this.names.reduce((sum, shop) => sum + this.waiting(shop, now), 0);
  }
}
