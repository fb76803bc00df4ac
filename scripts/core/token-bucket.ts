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

  /** As of the last fill. */
  get tokens(): number {
    return this.#tokens;
  }

  /** Takes one if there is one. @returns 0, or how long until there will be one, ms. */
  take(nowMs: number): number {
    this.fill(nowMs);
    if (this.#tokens < 1) return Math.max(1, this.msUntil(1));
    this.#tokens--;
    return 0;
  }

  /** A clock that goes back fills nothing. */
  fill(nowMs: number): void {
    if (this.#filledAtMs !== Number.NEGATIVE_INFINITY) {
      const sinceMs = Math.max(0, nowMs - this.#filledAtMs);
      this.#tokens = Math.min(this.#capacity, this.#tokens + sinceMs * this.#perMs);
    }
    this.#filledAtMs = nowMs;
  }

  /** Uses up what the caller has seen to be there, but for a rounding error. */
  use(tokens: number): void {
    this.#tokens = Math.max(0, this.#tokens - tokens);
  }

  /** How long after the last fill there are so many, ms; below 0 where they are there. */
  msUntil(tokens: number): number {
    return (tokens - this.#tokens) / this.#perMs;
  }
}
