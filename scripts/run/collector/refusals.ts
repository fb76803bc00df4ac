import type { Observation } from '../../observe/observation.ts';

/** Refusals recorded at once, and how often another one may follow: a flood must not fill the disk. */
const BURST = 20;
const REFILL_MS = 1_000;

/** Records refused pushes; what exceeds the rate is counted and told with the next one that is recorded. */
export class Refusals {
  readonly #onObservation: (observation: Observation) => void;
  readonly #now: () => number;
  #left = BURST;
  #refilledAt: number;
  #untold: { count: number; status: number } | null = null;

  constructor(onObservation: (observation: Observation) => void, now: () => number) {
    this.#onObservation = onObservation;
    this.#now = now;
    this.#refilledAt = now();
  }

  add({ status, reason }: { status: number; reason: string }): void {
    const at = this.#now();
    const refill = Math.floor((at - this.#refilledAt) / REFILL_MS);
    if (refill > 0) {
      this.#left = Math.min(BURST, this.#left + refill);
      this.#refilledAt += refill * REFILL_MS;
    }
    if (this.#left === 0) {
      this.#untold = { count: (this.#untold?.count ?? 0) + 1, status };
      return;
    }
    this.#left--;
    const more = this.#untold ? ` (and ${this.#untold.count} more before it)` : '';
    this.#untold = null;
    this.#onObservation({ type: 'push-refused', at, status, reason: `${reason}${more}` });
  }

  /** Tells what was counted and not told yet. */
  end(): void {
    if (!this.#untold) return;
    const { count, status } = this.#untold;
    this.#untold = null;
    this.#onObservation({
      type: 'push-refused',
      at: this.#now(),
      status,
      reason: `${count} more pushes refused`,
    });
  }
}
