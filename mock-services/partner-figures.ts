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
