import type { PartnerSlice } from './contract.ts';

// What requests add to on their way; how it is printed stands in process/metrics.ts.

export const BUCKETS_SEC = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 1, 2, 3, 5, 10];

const BOUNDS_MS = Float64Array.from(BUCKETS_SEC, (seconds) => seconds * 1_000);

export class Durations {
  /** By bucket, not cumulative; the last one is for all that is longer. */
  readonly counts = new Float64Array(BOUNDS_MS.length + 1);
  sumMs = 0;

  add(ms: number): void {
    let index = 0;
    while (index < BOUNDS_MS.length && ms > (BOUNDS_MS[index] ?? 0)) index++;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.sumMs += ms;
  }
}

/** What one partner has done so far. */
export class PartnerFigures {
  readonly byOutcome = new Map<string, number>();
  readonly requested = new Durations();
  readonly achieved = new Durations();

  request(outcome: string): void {
    this.byOutcome.set(outcome, (this.byOutcome.get(outcome) ?? 0) + 1);
  }

  latency(requestedMs: number, achievedMs: number): void {
    this.requested.add(requestedMs);
    this.achieved.add(achievedMs);
  }
}

/** Outcomes of requests beyond a partner's own limit. */
const BEYOND_LIMIT: ReadonlySet<string> = new Set(['over-capacity', 'queue-full', 'rate-limited']);

/** What one partner did since this was taken last. */
export class SliceFigures {
  #requests = 0;
  #refused = 0;
  #declined = 0;
  #queue: number | null = null;
  #answers: Record<string, number> = {};
  #delays = { count: 0, requestedMs: 0, achievedMs: 0 };

  request(): void {
    this.#requests++;
  }

  /** @param status of the answer; null = there is none. @param byFault a fault gave it */
  answer(status: number | null, outcome: string, byFault: boolean): void {
    const name = status === null ? 'none' : `${Math.floor(status / 100)}xx`;
    this.#answers[name] = (this.#answers[name] ?? 0) + 1;
    if (!byFault && BEYOND_LIMIT.has(outcome)) this.#refused++;
    if (outcome === 'declined') this.#declined++;
  }

  delayed(requestedMs: number, achievedMs: number): void {
    this.#delays.count++;
    this.#delays.requestedMs += requestedMs;
    this.#delays.achievedMs += achievedMs;
  }

  waiting(queueLength: number): void {
    this.#queue = Math.max(this.#queue ?? 0, queueLength);
  }

  take(): PartnerSlice {
    const { count, requestedMs, achievedMs } = this.#delays;
    const slice: PartnerSlice = {
      ...(this.#requests > 0 && { requests: this.#requests }),
      ...(Object.keys(this.#answers).length > 0 && { answers: this.#answers }),
      ...(this.#refused > 0 && { refused: this.#refused }),
      ...(this.#declined > 0 && { declined: this.#declined }),
      ...(count > 0 && {
        delays: { count, requestedMs: Math.round(requestedMs), achievedMs: Math.round(achievedMs) },
      }),
      ...(this.#queue !== null && { queue: this.#queue }),
    };
    this.#requests = 0;
    this.#refused = 0;
    this.#declined = 0;
    this.#queue = null;
    this.#answers = {};
    this.#delays = { count: 0, requestedMs: 0, achievedMs: 0 };
    return slice;
  }
}

/** A partner as it stands when it is asked for. */
export interface PartnerReading {
  name: string;
  figures: PartnerFigures;
  /** By item. */
  stock: Readonly<Record<string, number>>;
  /** null where there are none. */
  queueLength: number | null;
  shopsOpen: number | null;
}
