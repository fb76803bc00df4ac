import type {
  Downtime,
  Funnel,
  GeneratorFigures,
  LimitReport,
  OrderFigures,
  PartFigures,
  TrafficBucketReport,
  TrafficReport,
  Worth,
} from '../contract/figures.ts';
import type { Exchange, FaultReport, Incident, RunReport } from '../contract/run-report.ts';
import type {
  LoadState,
  ProberState,
  Reason,
  SliceState,
  Status,
  UnhealthyWord,
  Voiding,
} from '../contract/verdict-words.ts';
import type { Phase } from '../observe/observation.ts';
import type { RunTimeline, StepTimeline } from '../observe/timeline.ts';
import type { Fault } from '../plan/fault.ts';
import type { BadTurn, EventCounts } from './turns/event-counts.ts';

// What the analysis says about a run. Times are epoch ms; the report turns them into ISO text.

/** Of an incident; `told-to-wait`: everybody was served in the end, but nobody while the slice lasted. */
export type IncidentKind = BadTurn | 'told-to-wait';

/** Half-open piece of time, epoch ms. */
export interface Span {
  fromAt: number;
  toAt: number;
}

export interface JudgedSlice extends Span {
  phase: Phase;
  state: SliceState;
  /** Load and canaries contradict each other. */
  disagreement: boolean;
  /** Evidence of the load by itself. */
  load: LoadState;
  /** DOWN if every turn is judged by its first try. */
  strictDown: boolean;
  healthy: boolean;
  /** Why the load evidence is unhealthy, and the worst reading behind each of these words; empty when healthy. */
  unhealthy: readonly UnhealthyWord[];
  voidedBy: readonly Voiding[];
  /** Evidence of the canaries by themselves. */
  prober: ProberState;
  /** Orders. */
  planned: number;
  counts: Readonly<EventCounts>;
  /** Journeys that were DOWN by themselves. */
  journeys: readonly string[];
}

export interface JudgedIncident extends Omit<Incident, 'startedAt' | 'endedAt' | 'kinds' | 'exchanges'> {
  startedAt: number;
  endedAt: number;
  kinds: readonly { kind: IncidentKind; count: number; share: number }[];
  exchanges: readonly JudgedExchange[];
}

export interface JudgedExchange extends Omit<Exchange, 'at' | 'kind'> {
  at: number;
  kind: BadTurn;
}

/** As in the report, with epoch ms. */
export interface TrafficFigures extends Omit<TrafficReport, 'peak' | 'overTime'> {
  peak: { fromAt: number; amplification: number } | null;
  overTime: readonly TrafficBucket[];
}
export interface TrafficBucket extends Omit<TrafficBucketReport, 'startedAt'> {
  fromAt: number;
}
export interface LimitFigures extends Omit<LimitReport, 'engagedAt'> {
  engagedAt: number | null;
}

export interface JudgedFault
  extends Omit<FaultReport, 'kind' | 'plannedAt' | 'plannedEndAt' | 'firedAt' | 'endedAt'> {
  kind: Fault['kind'];
  /** null when the plan's offset is not known and it never fired. */
  plannedAt: number | null;
  plannedEndAt: number | null;
  firedAt: number | null;
  endedAt: number | null;
  /** Each time that it was in force, in order of time. */
  spans: readonly { onAt: number; offAt: number | null; hit: number }[];
}

/** How an invariant stood at the end of a step, as a partner saw it. */
export type JudgedInvariant = Omit<RunTimeline['invariants'][number], 'step'>;

export interface JudgedStep {
  /** As announced. */
  index: number;
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

export interface Judgement extends Readonly<RunReport['verdict']> {
  steps: readonly JudgedStep[];
}
