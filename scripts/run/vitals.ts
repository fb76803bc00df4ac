import pidusage from 'pidusage';
import type { Observation } from '../observe/observation.ts';

type Watched = Extract<Observation, { type: 'cpu' }>['who'];

const CLOCK_STEP_MS = 100;

/** Reads, once a second, the CPU and memory of the processes it is told of, and whether the wall clock stepped. */
export class Vitals {
  readonly #watched = new Map<number, { who: Watched; instance: string }>();
  readonly #cores: number;
  readonly #observe: (observation: Observation) => void;
  readonly #timer: NodeJS.Timeout;
  #clockOffsetMs = Date.now() - performance.now();

  /** `cores`: what this machine's processes may use, quotas of a container included; may be a fraction. */
  constructor(cores: number, observe: (observation: Observation) => void) {
    this.#cores = cores;
    this.#observe = observe;
    this.#timer = setInterval(() => void this.#read(), 1_000);
  }

  watch(pid: number, who: Watched, instance: string): void {
    this.#watched.set(pid, { who, instance });
  }

  unwatch(pid: number): void {
    this.#watched.delete(pid);
  }

  stop(): void {
    clearInterval(this.#timer);
    pidusage.clear();
  }

  async #read(): Promise<void> {
    this.#readClock();
    for (const [pid, { who, instance }] of [...this.#watched]) {
      const usage = await pidusage(pid).catch(() => null);
      if (!this.#watched.has(pid)) continue;
      this.#observe({
        type: 'cpu',
        at: Date.now(),
        who,
        instance,
        cpuRatio: usage === null ? null : usage.cpu / 100 / this.#cores,
        rssBytes: usage?.memory ?? null,
      });
    }
  }

  #readClock(): void {
    const offsetMs = Date.now() - performance.now();
    const byMs = offsetMs - this.#clockOffsetMs;
    if (Math.abs(byMs) > CLOCK_STEP_MS) {
      this.#clockOffsetMs = offsetMs;
      this.#observe({ type: 'clock-step', at: Date.now(), byMs });
    }
  }
}
