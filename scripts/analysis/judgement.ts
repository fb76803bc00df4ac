import type { Phase } from '../observe/observation.ts';
import type { RunTimeline, StepTimeline } from '../observe/timeline.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import type { Funnel, LimitFigures, PartFigures, TrafficFigures } from './shopper-figures.ts';

// What the analysis says about a run. Times are epoch ms; the report turns them into ISO text.

export type Status = 'PASS' | 'FAIL' | 'INVALID' | 'INCONCLUSIVE';
export type SliceState = 'UP' | 'DEGRADED' | 'DOWN' | 'UNKNOWN';
/** Evidence of the load by itself; NONE = too few events to say anything. */
export type LoadState = 'UP' | 'DEGRADED' | 'DOWN' | 'NONE';
export type ProberState = 'UP' | 'DOWN' | 'UNKNOWN';

export interface Reason {
  /** Stable, kebab-case; explained in `docs/reasons.md`. */
  code: string;
  message: string;
  /** What to do next. */
  next: string;
}

/** Half-open piece of time, epoch ms. */
export interface Span {
  fromAt: number;
  toAt: number;
}

/** Words for what makes the load evidence unhealthy; explained in `docs/reasons.md`. */
export type UnhealthyWord =
  | 'starts-differ'
  | 'starts-trail'
  | 'ends-missing'
  | 'dropped'
  | 'local-errors'
  | 'cpu'
  | 'waited'
  | 'mocks-slow'
  | 'latency-off'
  | 'push-gap'
  | 'push-lost'
  | 'clock-step';

/** A reading that is beyond what is allowed. */
export interface Voiding {
  why: UnhealthyWord;
  reading: number;
  allowed: number;
  unit: 'ms' | 'ratio' | 'orders' | 'pushes';
}

export interface JudgedSlice extends Span {
  phase: Phase;
  state: SliceState;
  load: LoadState;
  /** DOWN if every turn is judged by its first try. */
  strictDown: boolean;
  healthy: boolean;
  /** Why the load evidence is unhealthy; empty when healthy. */
  unhealthy: readonly UnhealthyWord[];
  /** The worst reading behind each of these words. */
  voidedBy: readonly Voiding[];
  prober: ProberState;
  /** Load and prober contradict each other in this slice. */
  disagreement: boolean;
  /** Orders planned, started, and dropped by k6. */
  planned: number;
  started: number;
  dropped: number;
  /** Turns started: with think time an order has several, in several slices. */
  turns: number;
  /** Good turns: confirmed, recovered and truly sold out. */
  good: number;
  bad: number;
  firstBad: number;
  /** Orders that came about: good turns that ended with the last step of their journey. */
  confirmed: number;
  /** Journeys that were DOWN by themselves. */
  journeys: readonly string[];
  kinds: ReadonlyMap<string, number>;
  /** Good turns that were served only after they had been told to come again later (no ticket). */
  toldToWait: number;
  /** Good turns that were served by ticket, or after they had been told to come again. */
  recovered: number;
  /** Turns that were truly told "sold out" or "closed". */
  soldOut: number;
  /** Truly sold-out turns whose answer named no item. */
  soldOutUnnamed: number;
}

export interface JudgedIncident {
  startedAt: number;
  endedAt: number;
  /** Sum of its DOWN slices outside the warm-up. */
  chargedMs: number;
  journeys: readonly string[];
  peakErrorRatio: number | null;
  kinds: readonly { kind: string; count: number; share: number }[];
  faults: readonly string[];
  /** Planned orders per second in its first slice. */
  ratePerSec: number | null;
  /** Multiple in force at its start: the step's, or 1 in settle. */
  multiple: number;
  timeToDetectMs: number | null;
  timeToRecoverMs: number | null;
  /** What failing turns were answered, at most five, oldest first. */
  exchanges: readonly JudgedExchange[];
}

export interface JudgedExchange {
  /** When the turn ended. */
  at: number;
  /** A turn of the load, or a canary. */
  source: 'load' | 'canary';
  journey: string;
  /** As in the incident's `kinds`; a canary's may be another. */
  kind: string;
  /** Label of the request that was answered last; null where it is not known. */
  request: string | null;
  /** Untrusted text of the target. */
  detail: string;
}

export interface JudgedFault extends Grade {
  id: string;
  kind: string;
  partner: string;
  label: string;
  /** null when the plan's offset is not known and it never fired. */
  plannedAt: number | null;
  plannedEndAt: number | null;
  /** First time that it came into force, and last end. */
  firedAt: number | null;
  endedAt: number | null;
  /** Every planned occurrence was met by at least one request. */
  fired: boolean;
  occurrences: { planned: number; fired: number };
  /** Each time that it was in force, in order of time. */
  spans: readonly { onAt: number; offAt: number | null; hit: number }[];
  /** Of all occurrences together; the medians are of the one with the most hits. */
  seen: number;
  hits: number;
  requestedMedianMs: number | null;
  achievedMedianMs: number | null;
  /** Worst of its occurrences; null if one of them was not seen to recover. */
  timeToRecoverMs: number | null;
}

/** How a target stands a fault: what may be promised, and what is seen. */
export type Expectation = NonNullable<LaunchPlan['faults'][number]['expect']>;

/** What the target promised for the time of a fault, and what came of it. */
export interface Grade {
  expected: Expectation | null;
  /** null = no evidence. */
  observed: Expectation | null;
  recoverWithinMs: number | null;
  enforced: boolean;
  /** null = nothing promised (`expected` and `recoverWithinMs` are null too), or not enough evidence to say. */
  kept: boolean | null;
}

export interface Downtime {
  chargedMs: number;
  possibleMs: number;
  strictMs: number;
  requestWeightedMs: number;
}

export interface Worth {
  /** Upper 95 % bound on the expected downtime in the window; at most the window. */
  boundMs: number;
  /** Length of a test with the same result whose bound would meet the allowance; null if none would. */
  certifyingTestMs: number | null;
  /** Outage length that the bound assumes. */
  outageMs: number;
}

export interface GeneratorFigures {
  healthy: boolean;
  /** Orders. */
  planned: number;
  started: number;
  dropped: number;
  unhealthySlices: number;
  /** Which readings made slices unhealthy: how many each, and its worst reading; most slices first. */
  voided: readonly (Voiding & { slices: number })[];
  vus: number;
  /** After how long of a total hang at the peak the VUs run out; null = not before patience ends. */
  hangCoveredMs: number | null;
  maxBusyVus: number | null;
  /** Over one second, of all k6 processes together. */
  maxCpuRatio: number | null;
  /** Over one second, of the k6 process that waited most; as in the observation `cpu`. */
  maxWaitedRatio: number | null;
  maxRssBytes: number | null;
  longestPushGapMs: number | null;
  /** Readings that this platform does not give. */
  notMeasured: readonly string[];
}

/** What became of the orders, and of the turns they are made of: without think time one each. */
export interface OrderFigures {
  /** Orders. */
  started: number;
  /** Orders that came about. */
  confirmed: number;
  /** Turns started. The figures below count turns; a sold-out one ends its order. */
  turns: number;
  /** Includes recovered and truly sold-out ones. */
  good: number;
  recovered: number;
  soldOut: number;
  falseSoldOut: number;
  /** Includes false sold-out, never-ended and turned-away ones. */
  bad: number;
  turnedAway: number;
  harness: number;
  censored: number;
  generator: number;
  /** Bad by kind, most frequent first. */
  kinds: readonly { kind: string; count: number }[];
  /** Orders: confirmed ÷ (confirmed + truly sold out); null without either. */
  fulfilmentRatio: number | null;
}

/** How an invariant stood at the end of a step, as a partner saw it. */
export type JudgedInvariant = Omit<RunTimeline['invariants'][number], 'step'>;

export interface JudgedStep {
  multiple: number;
  status: Status;
  reasons: readonly Reason[];
  startedAt: number | null;
  t0: number | null;
  endedAt: number | null;
  peakOrdersPerSec: number | null;
  measuredMs: number;
  budgetMs: number;
  /** null when the load of this step never started; so are all figures below. */
  measured: null | {
    downtime: Downtime;
    generator: GeneratorFigures;
    slices: { lengthMs: number; list: readonly JudgedSlice[] };
    /** Pooled events of each whole minute of measured time. */
    minutes: readonly { startedAt: number; good: number; bad: number; badRatio: number | null }[];
    orders: OrderFigures;
    latency: { p50Ms: number; p90Ms: number; p99Ms: number } | null;
    prober: { probes: number; failed: number; witnessedRatio: number | null; agreementRatio: number | null };
    /** null if k6 told of no request. */
    traffic: TrafficFigures | null;
    funnels: readonly Funnel[];
    parts: readonly PartFigures[];
    /** Of a k6 script, by k6's own count; they decide nothing. */
    thresholds: StepTimeline['thresholds'];
    /** null: the plan has none. */
    limit: LimitFigures | null;
    /** Still down at the end of settle, at 1x and with every fault over. */
    metastable: boolean;
  };
  worth: Worth | null;
  incidents: readonly JudgedIncident[];
  faults: readonly JudgedFault[];
  invariants: readonly JudgedInvariant[];
  partners: readonly {
    name: string;
    kind: string;
    soldOut: readonly { item: string; at: number; until: number | null }[];
  }[];
}

export interface Judgement {
  status: Status;
  exitCode: 0 | 1 | 3;
  decidedBy: { multiple: number } | null;
  holdsAt: number | null;
  failsAt: number | null;
  reasons: readonly Reason[];
  steps: readonly JudgedStep[];
}
