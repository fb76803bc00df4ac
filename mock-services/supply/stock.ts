/** What there is of each item in finite supply. Items that it does not know never run out. */
export class Stock {
  readonly #planned: Readonly<Record<string, number>>;
  readonly #left: Map<string, number>;
  readonly #depleted: (item: string) => void;

  /** @param depleted called when the last of an item has gone. */
  constructor(planned: Readonly<Record<string, number>>, depleted: (item: string) => void) {
    this.#planned = planned;
    this.#left = new Map(Object.entries(planned));
    this.#depleted = depleted;
  }

  isGone(item: string): boolean {
    return this.#left.get(item) === 0;
  }

  use(item: string): void {
    const before = this.#left.get(item);
    if (before === undefined || before === 0) return;
    this.#left.set(item, before - 1);
    if (before === 1) this.#depleted(item);
  }

  giveBack(item: string): void {
    const before = this.#left.get(item);
    if (before === undefined) return;
    this.#left.set(item, before + 1);
    // Whoever was told that it is out looks again.
    if (before === 0) this.#depleted(item);
  }

  restock(stock: Readonly<Record<string, number>>): void {
    for (const [item, count] of Object.entries(stock)) if (this.#left.has(item)) this.#left.set(item, count);
  }

  reset(): void {
    this.restock(this.#planned);
  }

  left(): Record<string, number> {
    return Object.fromEntries(this.#left);
  }
}
