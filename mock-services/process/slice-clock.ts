/** Slices count whole seconds. */
export const SHORTEST_SLICE_MS = 1_000;
/** How often queues are looked at, ms. */
const LOOK_EVERY_MS = 100;

interface Sliced {
  /** Ten times a second. */
  look: () => void;
  /** A slice is over that began then, epoch ms. */
  end: (fromAt: number) => void;
}

/** The slices of a step by the clock: from the first whole second at or after T0, and backwards before it. */
export class SliceClock {
  readonly #sliced: Sliced;
  #looking: NodeJS.Timeout | undefined;
  #ending: NodeJS.Timeout | undefined;
  #fromAt: number | null = null;

  constructor(sliced: Sliced) {
    this.#sliced = sliced;
  }

  /** @param t0 epoch ms */
  start(t0: number, sliceMs: number): void {
    this.stop();
    const anchorAt = Math.ceil(t0 / 1_000) * 1_000;
    this.#fromAt = anchorAt + Math.floor((Date.now() - anchorAt) / sliceMs) * sliceMs;
    this.#looking = setInterval(this.#sliced.look, LOOK_EVERY_MS);
    this.#await(this.#fromAt + sliceMs, sliceMs);
  }

  /** The slice that has begun ends now. */
  stop(): void {
    clearInterval(this.#looking);
    clearTimeout(this.#ending);
    if (this.#fromAt !== null) this.#sliced.end(this.#fromAt);
    this.#fromAt = null;
  }

  #await(endAt: number, sliceMs: number): void {
    this.#ending = setTimeout(() => {
      // A timer may come a little early.
      const now = Date.now();
      if (now < endAt) {
        this.#await(endAt, sliceMs);
        return;
      }
      this.#sliced.end(endAt - sliceMs);
      // Slices in which this process stood still had nothing of their own.
      const nextAt = endAt + Math.floor((now - endAt) / sliceMs) * sliceMs;
      this.#fromAt = nextAt;
      this.#await(nextAt + sliceMs, sliceMs);
    }, endAt - Date.now());
  }
}
