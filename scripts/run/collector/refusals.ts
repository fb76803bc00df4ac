import { TokenBucket } from '../../core/token-bucket.ts';
import type { Observation } from '../../observe/observation.ts';

/** Refusals recorded at once, and how often another one may follow: a flood must not fill the disk. */
const BURST = 20;
const PER_SEC = 1;

/** Records refused pushes; what exceeds the rate is counted and told with the next one that is recorded. */
export class Refusals {
  readonly #onObservation: (observation: Observation) => void;
  readonly #now: () => number;
  readonly #told = new TokenBucket(PER_SEC, BURST);
  #untold: { count: number; status: number } | null = null;

  constructor(onObservation: (observation: Observation) => void, now: () => number) {
    this.#onObservation = onObservation;
    this.#now = now;
  }

  add({ status, reason }: { status: number; reason: string }): void {
    const at = this.#now();
    if (this.#told.take(at) > 0) {
      this.#untold = { count: (this.#untold?.count ?? 0) + 1, status };
      return;
    }
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
