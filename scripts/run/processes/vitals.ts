import pidusage from 'pidusage';
import type { Observation, ObservationOf } from '../../observe/observation.ts';
import { readWaits, type WaitsByThread, waitedSinceNs } from './waited.ts';

type Watched = ObservationOf<'cpu'>['who'];

const CLOCK_STEP_MS = 100;

interface Process {
  who: Watched;
  instance: string;
  /** The reading before; figures are since then. */
  before: { tickMs: number; waits: WaitsByThread | null } | null;
}

/** Reads, once a second, the CPU and memory of the processes it is told of, and whether the wall clock stepped. */
export class Vitals {
  readonly #watched = new Map<number, Process>();
  #reading = false;
  readonly #cores: number;
  readonly #observe: (observation: Observation) => void;
  readonly #timer: NodeJS.Timeout;
  #clockOffsetMs = Date.now() - performance.now();

  /** `cores`: what this machine's processes may use, quotas of a container included; may be a fraction. */
  constructor(cores: number, observe: (observation: Observation) => void) {
    this.#cores = cores;
    this.#observe = observe;
    this.#timer = setInterval(() => {
      this.#readClock();
      void this.#readAll();
    }, 1_000);
  }

  watch(pid: number, who: Watched, instance: string): void {
    this.#watched.set(pid, { who, instance, before: null });
  }

  unwatch(pid: number): void {
    this.#watched.delete(pid);
  }

  stop(): void {
    clearInterval(this.#timer);
    pidusage.clear();
  }

  async #readAll(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    for (const [pid, process_] of [...this.#watched]) await this.#read(pid, process_);
    this.#reading = false;
  }

  async #read(pid: number, process_: Process): Promise<void> {
    const { who, instance, before } = process_;
    const usage = await pidusage(pid).catch(() => null);
    const tickMs = performance.now();
    const waits = await readWaits(pid);
    if (this.#watched.get(pid) !== process_) return;
    process_.before = { tickMs, waits };
    this.#observe({
      type: 'cpu',
      at: Date.now(),
      who,
      instance,
      // The first reading has nothing to count from: pidusage would say 0.
      cpuRatio: usage === null || before === null ? null : rounded(usage.cpu / 100 / this.#cores),
      waitedRatio:
        waits === null || !before?.waits
          ? null
          : rounded(waitedSinceNs(before.waits, waits) / 1e6 / (tickMs - before.tickMs)),
      rssBytes: usage?.memory ?? null,
    });
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

/** Finer than any clock here tells. */
const rounded = (ratio: number): number => Math.round(ratio * 1e4) / 1e4;
