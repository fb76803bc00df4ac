// `report.json`, schemaVersion 1: the contract that everything after the verdict reads. Times are ISO 8601 UTC,
// durations whole milliseconds (…Ms), ratios 0 to 1. A field that was not measured is null, never 0.

export type Status = 'PASS' | 'FAIL' | 'INVALID' | 'INCONCLUSIVE';

export interface Reason {
  /** Stable, kebab-case; explained in `docs/reasons.md`. */
  code: string;
  message: string;
  /** What to do next. */
  next: string;
}

export type SliceState = 'UP' | 'DEGRADED' | 'DOWN' | 'UNKNOWN';

export interface Slice {
  startedAt: string;
  lengthMs: number;
  phase: 'warm-up' | 'replayed' | 'settle';
  state: SliceState;
  /** Evidence of the load and of the prober by themselves. */
  load: 'UP' | 'DEGRADED' | 'DOWN' | 'NONE';
  healthy: boolean;
  prober: 'UP' | 'DOWN' | 'UNKNOWN';
  planned: number;
  started: number;
  dropped: number;
  good: number;
  bad: number;
  /** Bad by first try. */
  firstBad: number;
  /** Journeys that were DOWN by themselves. */
  journeys: readonly string[];
  /** Why the load evidence is unhealthy; empty when healthy. */
  unhealthy: readonly string[];
}

export interface Incident {
  startedAt: string;
  endedAt: string;
  chargedMs: number;
  journeys: readonly string[];
  peakErrorRatio: number | null;
  /** Bad kinds, most frequent first; shares sum to 1. */
  kinds: readonly { kind: string; count: number; share: number }[];
  /** Ids of the faults in force during it or up to its start. */
  faults: readonly string[];
  /** Orders per second at its start, planned. */
  ratePerSec: number | null;
  timeToDetectMs: number | null;
  timeToRecoverMs: number | null;
}

export interface FaultReport {
  id: string;
  kind: string;
  partner: string;
  /** For people, e.g. `pay latency +2s`. */
  label: string;
  plannedAt: string;
  plannedEndAt: string;
  firedAt: string | null;
  endedAt: string | null;
  /** In force and met by at least one request. */
  fired: boolean;
  seen: number;
  hits: number;
  requestedMedianMs: number | null;
  achievedMedianMs: number | null;
  timeToRecoverMs: number | null;
}

export interface StepReport {
  multiple: number;
  status: Status;
  reasons: readonly Reason[];
  startedAt: string | null;
  /** Start of the replayed part. */
  t0: string | null;
  endedAt: string | null;
  peakOrdersPerSec: number;
  /** Measured time T: replayed part + settle. */
  measuredMs: number;
  budgetMs: number;
  downtime: { chargedMs: number; possibleMs: number; strictMs: number; requestWeightedMs: number };
  worth: { boundMs: number; certifyingTestMs: number } | null;
  incidents: readonly Incident[];
  faults: readonly FaultReport[];
  generator: {
    healthy: boolean;
    planned: number;
    started: number;
    dropped: number;
    unhealthySlices: number;
    vus: number;
    maxBusyVus: number | null;
    maxCpuRatio: number | null;
    maxRssBytes: number | null;
    longestPushGapMs: number | null;
    /** Readings that this platform does not give. */
    notMeasured: readonly string[];
  };
  slices: { lengthMs: number; measured: number; down: number; unknown: number; list: readonly Slice[] };
  orders: {
    started: number;
    good: number;
    recovered: number;
    soldOut: number;
    falseSoldOut: number;
    bad: number;
    turnedAway: number;
    harness: number;
    censored: number;
    generator: number;
    /** Bad by kind, most frequent first. */
    kinds: readonly { kind: string; count: number }[];
    /** Good orders ÷ (good + true sold-out); null without either. */
    fulfilmentRatio: number | null;
  };
  /** Of all ended turns of a good outcome, from intended start; null without one. */
  latency: { p50Ms: number; p90Ms: number; p99Ms: number } | null;
  prober: { probes: number; failed: number; witnessedRatio: number | null; agreementRatio: number | null };
  partners: readonly {
    name: string;
    kind: string;
    soldOut: readonly { item: string; at: string; until: string | null }[];
  }[];
}

export interface RunReport {
  schemaVersion: 1;
  name: string;
  runId: string;
  startedAt: string;
  endedAt: string;
  /** The resolved plan, secrets removed. */
  plan: unknown;
  versions: { peakproof: string; k6: string | null };
  verdict: {
    status: Status;
    exitCode: 0 | 1 | 3;
    decidedBy: { multiple: number } | null;
    /** Highest PASS with no other verdict below it. */
    holdsAt: number | null;
    /** Lowest FAIL. */
    failsAt: number | null;
    reasons: readonly Reason[];
  };
  slo: { allowedDowntimeMs: number; windowMs: number; slowAfterMs: number; downAboveRatio: number };
  scale: number;
  steps: readonly StepReport[];
}
