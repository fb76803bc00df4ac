// `report.json`, schemaVersion 1: the contract that everything after the verdict reads. Times are ISO 8601 UTC,
// durations whole milliseconds (…Ms), ratios 0 to 1. A field that was not measured is null, never 0.

import type {
  Downtime,
  Funnel,
  GeneratorFigures,
  Grade,
  LimitReport,
  OrderFigures,
  PartFigures,
  TrafficReport,
  Worth,
} from './figures.ts';
import type {
  LoadState,
  ProberState,
  Reason,
  SliceState,
  Status,
  VerdictExit,
  Voiding,
} from './verdict-words.ts';

export interface Slice {
  startedAt: string;
  lengthMs: number;
  phase: 'warm-up' | 'replayed' | 'settle';
  state: SliceState;
  /** Evidence of the load and of the prober by themselves. */
  load: LoadState;
  healthy: boolean;
  prober: ProberState;
  /** Load and prober contradict each other. */
  disagreement: boolean;
  /** Orders planned, started, and dropped by k6. */
  planned: number;
  started: number;
  dropped: number;
  /** Turns started: with think time an order has several, in several slices. The next three count turns too. */
  turns: number;
  /** Confirmed, recovered and truly sold out. */
  good: number;
  bad: number;
  /** Bad by first try. */
  firstBad: number;
  /** Journeys that were DOWN by themselves. */
  journeys: readonly string[];
  /** Why the load evidence is unhealthy; empty when healthy. */
  unhealthy: readonly string[];
  /** The worst reading behind each of these words, and what is allowed. */
  voidedBy: readonly Voiding[];
}

export interface Incident {
  startedAt: string;
  endedAt: string;
  /** Sum of its DOWN slices outside the warm-up. */
  chargedMs: number;
  journeys: readonly string[];
  peakErrorRatio: number | null;
  /** Bad kinds, most frequent first; shares sum to 1. `told-to-wait`: served only after having been sent away. */
  kinds: readonly { kind: string; count: number; share: number }[];
  /** Ids of the faults in force during it or up to its start. */
  faults: readonly string[];
  /** Planned orders per second in its first slice. */
  ratePerSec: number | null;
  /** Multiple in force at its start: the step's, or 1 in settle. */
  multiple: number;
  timeToDetectMs: number | null;
  timeToRecoverMs: number | null;
  /** What failing turns were answered, at most five, oldest first. */
  exchanges: readonly Exchange[];
}

export interface Exchange {
  /** When the turn ended. */
  at: string;
  /** A turn of the load, or a canary. */
  source: 'load' | 'canary';
  journey: string;
  /** As in the incident's `kinds`; a canary's may be another. */
  kind: string;
  /** Label of the request that was answered last, e.g. `POST /orders`; null where it is not known. */
  request: string | null;
  /** Its answer on one line of at most 200 characters; untrusted text of the target. */
  detail: string;
}

/** A fault, and what was promised for it and seen of it. */
export interface FaultReport extends Grade {
  id: string;
  kind: string;
  partner: string;
  /** For people, e.g. `pay latency +2s`. */
  label: string;
  plannedAt: string | null;
  plannedEndAt: string | null;
  /** First time that it came into force, and last end. */
  firedAt: string | null;
  endedAt: string | null;
  /** In force and met by at least one request, each time that was planned. */
  fired: boolean;
  /** A fault that repeats has several. */
  occurrences: { planned: number; fired: number };
  /** Requests in its scope and those that it changed, of all occurrences; the medians are of the one with the most. */
  seen: number;
  hits: number;
  requestedMedianMs: number | null;
  achievedMedianMs: number | null;
  /** Worst of its occurrences; null if one was not seen to recover. */
  timeToRecoverMs: number | null;
}

export interface InvariantReport {
  /** As in docs/reasons.md, e.g. `order-twice`. */
  invariant: string;
  /** Who saw it. */
  partner: string;
  checked: number;
  broken: number;
  /** Up to five keys of orders, vouchers or users; untrusted text of the target. */
  examples: readonly string[];
}

export interface StepReport {
  multiple: number;
  status: Status;
  reasons: readonly Reason[];
  startedAt: string | null;
  /** Start of the replayed part. */
  t0: string | null;
  endedAt: string | null;
  /** Highest planned rate of the replayed part; null when the step was not planned. */
  peakOrdersPerSec: number | null;
  /** Measured time T: replayed part + settle. */
  measuredMs: number;
  budgetMs: number;
  /** These five are null when the load of the step never started. */
  downtime: Downtime | null;
  generator: GeneratorFigures | null;
  slices: SlicesReport | null;
  orders: OrderFigures | null;
  prober: {
    probes: number;
    failed: number;
    witnessedRatio: number | null;
    agreementRatio: number | null;
  } | null;
  /** null also if k6 told of no request. */
  traffic: TrafficReport | null;
  /** One for each journey; empty when the load never started. */
  funnels: readonly Funnel[];
  /** Empty where nothing is timed for itself. */
  parts: readonly PartFigures[];
  /** Of a k6 script, by k6's own count; they decide nothing. Empty without one. */
  thresholds: readonly { metric: string; threshold: string; passed: boolean }[];
  /** null: the plan has no `target.limit`. */
  limit: LimitReport | null;
  /** Still down at the end of settle, at 1x and with every fault over; null when the load never started. */
  metastable: boolean | null;
  /** Only with a PASS. `certifyingTestMs` null: no length would do. */
  worth: Worth | null;
  incidents: readonly Incident[];
  faults: readonly FaultReport[];
  /** Each invariant that a partner looked at. */
  invariants: readonly InvariantReport[];
  /** Of all ended turns of a good outcome, from intended start; null without one. */
  latency: { p50Ms: number; p90Ms: number; p99Ms: number } | null;
  partners: readonly {
    name: string;
    kind: string;
    soldOut: readonly { item: string; at: string; until: string | null }[];
  }[];
}

export interface SlicesReport {
  lengthMs: number;
  /** Slices outside the warm-up. */
  measured: number;
  down: number;
  unknown: number;
  list: readonly Slice[];
  /** Pooled turns of each minute of measured time. */
  minutes: readonly { startedAt: string; good: number; bad: number; badRatio: number | null }[];
}

export interface Change {
  /** As in a launch plan. */
  key: 'slo.downAbove' | 'slo.downtimeBudget';
  /** A ratio from 0 to 1, or milliseconds; from null: not declared, pro rata to `allowedDowntime`. */
  from: number | null;
  to: number;
}

export interface RunReport {
  schemaVersion: 1;
  name: string;
  runId: string;
  startedAt: string;
  /** null: the end of the run was not observed. */
  endedAt: string | null;
  /** The resolved plan as it was run, secrets removed. */
  plan: unknown;
  /** Judged by other values than the plan's (`peakproof analyze`); empty for the run's own report. */
  changed: readonly Change[];
  versions: { peakproof: string; k6: string | null };
  verdict: {
    status: Status;
    exitCode: VerdictExit;
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
