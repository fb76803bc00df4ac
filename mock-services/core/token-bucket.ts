/** So many a second on average, and so many at once after a pause. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #filledAtMs = Number.NEGATIVE_INFINITY;

  constructor(perSec: number, burst: number) {
    this.#perMs = perSec / 1_000;
    this.#capacity = burst;
    this.#tokens = burst;
  }

  /** Takes one if there is one. @returns 0, or how long until there will be one, ms. @param nowMs never goes back */
  take(nowMs: number): number {
    if (this.#filledAtMs !== Number.NEGATIVE_INFINITY) {
      this.#tokens = Math.min(this.#capacity, this.#tokens + (nowMs - this.#filledAtMs) * this.#perMs);
    }
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return Math.max(1, (1 - this.#tokens) / this.#perMs);
    this.#tokens--;
    return 0;
  }
}
