import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Timer interval of the event-loop monitor; what it measures includes it. */
const LOOP_RESOLUTION_MS = 10;

/** The event-loop delay, looked at once a second. */
export class HealthMonitor {
  readonly #loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  readonly #seen: (loopDelayP99Ms: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #newestMs: number | null = null;

  /** @param seen is told of each second */
  constructor(seen: (loopDelayP99Ms: number) => void) {
    this.#seen = seen;
  }

  /** null before the first second has passed. */
  get loopDelayP99Ms(): number | null {
    return this.#newestMs;
  }

  start(): void {
    this.#loop.enable();
    this.#timer = setInterval(() => this.#look(), 1_000);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#loop.disable();
  }

  #look(): void {
    this.#newestMs = Math.max(0, this.#loop.percentile(99) / 1e6 - LOOP_RESOLUTION_MS);
    this.#loop.reset();
    this.#seen(this.#newestMs);
  }
}
