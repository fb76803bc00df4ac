/** Money that vouchers and prizes come from. */
export class Budget {
  readonly #planned: number | null;
  #left: number | null;

  /** @param planned null = without end. */
  constructor(planned: number | null) {
    this.#planned = planned;
    this.#left = planned;
  }

  /** Below 0 once more was given than there was; null = without end. */
  get left(): number | null {
    return this.#left;
  }

  covers(value: number): boolean {
    return this.#left === null || this.#left >= value;
  }

  use(value: number): void {
    if (this.#left !== null) this.#left -= value;
  }

  /** Nothing happens to a budget without end. */
  set(left: number): void {
    if (this.#left !== null) this.#left = left;
  }

  reset(): void {
    this.#left = this.#planned;
  }
}
