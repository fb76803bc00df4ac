import type { BadKind, Outcome, Repeat } from '../../k6/contract.ts';
import type { Invariant, PartnerSlice } from '../../mock-services/contract.ts';

export type { PartnerSlice };

import type {
  FailedTurnObservation,
  HistogramState,
  ObservationOf,
  ProbeObservation,
} from './observation.ts';

// Observations folded by time: what was started and ended in each second, by step. Decides nothing.

/** Turns with the same fate that were meant to start in the same second. */
export interface TurnTally {
  journey: string;
  /** Epoch second of the intended start. */
  second: number;
  outcome: Outcome;
  kind: BadKind | null;
  /** Index of the journey step that decided the outcome; null: the last one, with which the order was placed, late ones too. */
  at: number | null;
  first: 'good' | 'bad';
  item: string | null;
  /** The order's café, of sold-out turns only. */
  cafe: string | null;
  /** Nothing names the order that it placed. */
  unnamed?: true;
  count: number;
  /** Sample time of the push that brought them: they had ended by then. Epoch ms. */
  endedBy: number;
}

type StepPlanned = ObservationOf<'step-planned'>;

/** What was planned for a step, and what came of it. */
export interface StepTimeline extends Omit<StepPlanned, 'type' | 'at'> {
  /** Start of warm-up; null while the load has not started. */
  startedAt: number | null;
  /** Actual first start by journey. */
  firstStartAt: Readonly<Record<string, number>>;
  endedAt: number | null;
  how: 'completed' | 'interrupted' | 'died' | null;
  /** Turns started by journey, then by epoch second of their intended start. */
  started: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Of these, the turns that begin an order: what the plan's schedule counts. */
  ordersStarted: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** In the order in which they ended. */
  turns: Iterable<TurnTally>;
  /** Examples of turns that failed or were sold out, as they came. */
  failedTurns: readonly Omit<FailedTurnObservation, 'type' | 'step'>[];
  /** How the thresholds of a k6 script ended. */
  thresholds: readonly { metric: string; threshold: string; passed: boolean }[];
  /** Arrivals that k6 dropped, by journey: within (fromAt, toAt], epoch ms. */
  dropped: readonly { journey: string; fromAt: number; toAt: number; count: number }[];
  /** Samples whose slot fits no second of this step: a sign that pushes or clock are wrong. */
  unplaced: number;
  /** k6's gauges at each push. */
  vusSamples: readonly { at: number; busy: number | null; allocated: number | null }[];
  /** Arrival of each push (our clock) and its newest sample time; `instance` null = nothing in it says who sent it. */
  pushes: readonly { at: number; instance: string | null; newestSampleAt: number | null }[];
  refusedPushes: readonly { at: number; status: number; reason: string }[];
  /** Turn durations for each journey, outcome and kind: the unslotted totals. */
  durations: readonly TurnDurations[];
  /**
   * Requests to the target (tries) of a journey that ended in a second, those of them that were no first tries, and those
   * that the target had asked for by Retry-After or a ticket. By the epoch second of the sample that told of them, up to one
   * second late; ascending.
   */
  traffic: readonly { journey: string; second: number; requests: number; repeats: number; invited: number }[];
  /** Requests that were no first tries. */
  repeats: readonly { journey: string; why: Repeat; count: number }[];
  /** Newest state of each part's histogram; `part` as in the contract's PARTS, or `half:<journey>`. */
  parts: readonly { journey: string; part: string; histogram: HistogramState }[];
  /** Orders that ran to their end by k6's own count, by journey; empty when k6 has said nothing of them. */
  iterations: Readonly<Record<string, number>>;
  /** Of each k6 process; `waitedRatio` as in the observation `cpu`. */
  cpu: readonly {
    at: number;
    instance: string;
    cpuRatio: number | null;
    waitedRatio: number | null;
    rssBytes: number | null;
  }[];
  k6Log: readonly { at: number; level: string; message: string }[];
}

export interface TurnDurations {
  journey: string;
  outcome: Outcome;
  kind: BadKind | null;
  histogram: HistogramState;
  /** What each push added to it: turns that ended in the second or so before. In the order of arrival. */
  pushes: readonly DurationsPush[];
}

export interface DurationsPush {
  /** Sample time, epoch ms. */
  at: number;
  count: number;
  sumMs: number;
  schema: number;
  zeroCount: number;
  /** Bucket index and count, one after the other. */
  buckets: readonly number[];
}

/** One time that a fault was in force. */
export interface FaultSpan {
  fault: string;
  plannedOnAt: number;
  onAt: number;
  plannedOffAt: number | null;
  offAt: number | null;
  seen: number;
  hit: number;
  requestedMedianMs: number | null;
  achievedMedianMs: number | null;
}

export interface RunTimeline {
  runId: string | null;
  startedAt: number | null;
  k6Version: string | null;
  endedAt: number | null;
  how: ObservationOf<'run-ended'>['how'] | null;
  steps: readonly StepTimeline[];
  probes: readonly ProbeObservation[];
  proberHealth: readonly { at: number; loopDelayP99Ms: number }[];
  mockHealth: readonly { at: number; loopDelayP99Ms: number; requests: number }[];
  /** Each time a fault was in force. */
  faultSpans: readonly FaultSpan[];
  /** Each time an item was out at a partner. */
  stockOuts: readonly { partner: string; item: string; fromAt: number; toAt: number | null }[];
  /** Each time a shop (null: the whole partner) said that it was closed. */
  closures: readonly { partner: string; shop: string | null; fromAt: number; toAt: number | null }[];
  /** What each partner saw of each invariant in each step, as it stood at the end. */
  invariants: readonly {
    step: number;
    partner: string;
    invariant: Invariant;
    checked: number;
    broken: number;
    /** Keys of orders, vouchers or users; untrusted text of the target. */
    examples: readonly string[];
  }[];
  /** What each partner did in a slice of a step, by its start. */
  partnerSlices: readonly {
    step: number;
    fromAt: number;
    partners: Readonly<Record<string, PartnerSlice>>;
  }[];
  clockSteps: readonly { at: number; byMs: number }[];
  deaths: readonly ObservationOf<'child-died'>[];
}
