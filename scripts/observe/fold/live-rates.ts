/** What the newest pushes say, per second, summed over the k6 processes of a step. For people; judges nothing. */
export interface LiveRates {
  /** Sample time of the newest push, epoch ms. */
  at: number;
  /** Turns, like all of these but the dropped ones, which are orders that began no turn. */
  startedPerSec: number;
  droppedPerSec: number;
  /** Turns that ended well, or were told "sold out" or "closed". */
  servedPerSec: number;
  errorsPerSec: number;
  /** null until k6 has said it. */
  busyVus: number | null;
}

export type LiveCount = 'started' | 'dropped' | 'served' | 'errors';

interface PushWindow {
  /** Sample times of the push before and of the newest one. */
  fromAt: number;
  toAt: number;
  counts: Record<LiveCount, number>;
}

/**
 * Rates between the two newest pushes of each process. Whole seconds would jump between 0 and double when a
 * push falls on their edge.
 */
export class LiveMeter {
  readonly #windows = new Map<string, PushWindow>();

  openPush(instance: string, fromAt: number, toAt: number): void {
    this.#windows.set(instance, { fromAt, toAt, counts: { started: 0, dropped: 0, served: 0, errors: 0 } });
  }

  count(instance: string, what: LiveCount, increment: number): void {
    const window = this.#windows.get(instance);
    if (window) window.counts[what] += increment;
  }

  rates(busyVus: number | null): LiveRates | null {
    if (this.#windows.size === 0) return null;
    return {
      at: Math.max(...[...this.#windows.values()].map(({ toAt }) => toAt)),
      startedPerSec: this.#perSec('started'),
      droppedPerSec: this.#perSec('dropped'),
      servedPerSec: this.#perSec('served'),
      errorsPerSec: this.#perSec('errors'),
      busyVus,
    };
  }

  #perSec(what: LiveCount): number {
    let perSec = 0;
    for (const { fromAt, toAt, counts } of this.#windows.values()) {
      // A first push may span less than a second; a rate from a few ms would be noise.
      perSec += counts[what] / (Math.max(toAt - fromAt, 1_000) / 1_000);
    }
    return perSec;
  }
}
