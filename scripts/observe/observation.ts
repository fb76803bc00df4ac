import type { BadKind, Outcome } from '../../k6/contract.ts';
import type { MockEvent } from '../../mock-services/contract.ts';
import type { DrawnSchedule } from '../core/schedule.ts';

// Everything after the run reads only these. Collectors write them as they come and decide nothing.
// All times are epoch ms of this machine's clock; `at` is when the observation was made.

export type Phase = 'warm-up' | 'replayed' | 'settle';

/** Absolute (cumulative) state of a native histogram; bucket index i covers (factor^(i-1), factor^i], factor = 2^(2^-schema). Values in seconds. */
export interface HistogramState {
  count: number;
  sum: number;
  schema: number;
  /** Observations in the zero bucket or below it (a duration under 0 is a clock that stepped back). */
  zeroCount: number;
  /** Bucket index and absolute count, one after the other; indices ascend. Flat, as there are very many. */
  buckets: readonly number[];
}

export type Observation =
  | {
      type: 'run-started';
      at: number;
      runId: string;
      version: string;
      k6Version: string;
      seed: number;
      /** SHA-256 of the plan's file. */
      planHash: string;
      /** SHA-256 of plan.json as it was written: tells whether it was changed after the run. */
      resolvedPlanHash: string;
      /** Every step that is to be run, in its order. */
      steps?: readonly { step: number; multiple: number }[];
      /** What was put to the test, as its makers call it, e.g. a commit. */
      build?: string;
      /** Runs of the same plan before this one, oldest first. */
      attempts?: readonly { runId: string; at: number; build: string | null; status: string }[];
    }
  /** Everything that a step is meant to do, before it starts. */
  | {
      type: 'step-planned';
      at: number;
      /** Index of the step in the run, from 0; also the prefix of `instance`. */
      step: number;
      multiple: number;
      warmUpMs: number;
      replayedMs: number;
      settleMs: number;
      schedules: readonly DrawnSchedule[];
      vus: number;
      /** After how long of a total hang at the peak the VUs run out, ms; null = not before patience ends. */
      hangCoveredMs: number | null;
      /** Expected orders/s (not drawn) in the busiest second of the replayed part. */
      peakOrdersPerSec: number;
      /** Slice length for all events and for each journey, ms. */
      sliceMs: number;
      journeySliceMs: Readonly<Record<string, number>>;
      /** With think time, for each step of a journey; empty without. */
      journeyStepSliceMs: Readonly<Record<string, number>>;
      /** As the rule would choose it for all events, whatever the plan says. */
      ruleSliceMs: number;
      /** As `peakOrdersPerSec`, but of the whole window: a replay may leave its peak out. */
      windowPeakOrdersPerSec: number;
    }
  /** k6's setup ended: warm-up begins. T0 = at + warmUpMs. */
  | { type: 'load-started'; at: number; step: number; startedAt: number }
  | { type: 'first-start'; at: number; step: number; journey: string; startedAt: number }
  /** k6 ended by itself (code 0) after the whole schedule, or was stopped. */
  | { type: 'step-ended'; at: number; step: number; how: 'completed' | 'interrupted' | 'died' }
  /** A time series seen for the first time; later samples name it by `id`. */
  | { type: 'series'; at: number; id: number; name: string; labels: Readonly<Record<string, string>> }
  /** One remote-write push. Values are cumulative as sent; a series is there only if it changed. */
  | {
      type: 'push';
      at: number;
      /** [series id, sample time in epoch ms, value] */
      samples: readonly (readonly [number, number, number])[];
      histograms: readonly (readonly [number, number, HistogramState])[];
    }
  | { type: 'push-refused'; at: number; status: number; reason: string }
  | ProbeObservation
  | { type: 'prober-health'; at: number; loopDelayP99Ms: number }
  | Exclude<MockEvent, { type: 'mocks-ready' | 'mocks-failed' }>
  /** What a process used since the reading before. Once a second; null = this platform does not tell, or no reading before. */
  | {
      type: 'cpu';
      at: number;
      who: 'k6' | 'mocks' | 'prober' | 'target';
      instance: string;
      /** CPU time as a share of all cores it may use (0 to 1). */
      cpuRatio: number | null;
      /** Time its threads waited for a core, summed over them, without 1 ms each time one got a core; per wall time (1 = one thread all the time). */
      waitedRatio: number | null;
      rssBytes: number | null;
    }
  | FailedTurnObservation
  /** Orders that the shop confirmed, by the ids that it gave them: all of them, or those that a hash of the id chooses. */
  | {
      type: 'confirmed';
      at: number;
      step: number;
      orders: readonly { journey: string; key: string; id: string; cafe?: string }[];
    }
  /** What payment partners did for order keys since the observation before, in the smallest unit of money. */
  | {
      type: 'charges';
      at: number;
      partner: string;
      orders: readonly { key: string; authorized?: number; captured?: number; givenBack?: number }[];
    }
  /** Orders by café since the observation before, and shoppers who went on from it to another one. */
  | {
      type: 'cafes';
      at: number;
      step: number;
      journey: string;
      cafes: Readonly<Record<string, { orders?: number; confirmed?: number; moved?: number }>>;
    }
  /** Somebody else changed the mock partners while the run was on. */
  | { type: 'admin-call'; at: number; method: string; path: string }
  /** What somebody wanted to be seen beside the figures: a deployment, a switch that was turned. */
  | { type: 'mark'; at: number; text: string }
  /** How a threshold of a k6 script ended, by k6's own count: for the reader, it decides nothing. */
  | { type: 'threshold'; at: number; step: number; metric: string; threshold: string; passed: boolean }
  | { type: 'k6-log'; at: number; instance: string; level: string; message: string }
  /** Wall clock against monotonic clock, when they parted by more than 100 ms since the previous reading. */
  | { type: 'clock-step'; at: number; byMs: number }
  /** A child ended that had not been told to. */
  | {
      type: 'child-died';
      at: number;
      who: 'k6' | 'mocks' | 'prober' | 'target';
      code: number | null;
      signal: string | null;
      lastLines: readonly string[];
    }
  | {
      type: 'run-ended';
      at: number;
      /** died: peakproof itself could not go on; child-died: k6, the mocks or the prober ended unasked. */
      how: 'completed' | 'interrupted' | 'died' | 'child-died' | 'target-died' | 'not-recovered';
    };

/** Observations of one type. */
export type ObservationOf<Type extends Observation['type']> = Extract<Observation, { type: Type }>;

/** A turn of the load that failed or was sold out, with the last answer: a sample of them, read from k6's log. */
export interface FailedTurnObservation {
  type: 'failed-turn';
  at: number;
  step: number;
  journey: string;
  /** Intended start of the turn. */
  startedAt: number;
  endedAt: number;
  /** null = sold out. */
  kind: BadKind | null;
  item: string | null;
  cafe: string | null;
  /** Label of the request that was answered last. */
  name: string;
  /** That answer, one line of at most 200 characters, control characters removed. */
  detail: string;
}

/** One canary turn of the prober, placed by `scheduledAt`. */
export interface ProbeObservation {
  type: 'probe';
  /** When it ended. */
  at: number;
  journey: string;
  scheduledAt: number;
  startedAt: number;
  outcome: Outcome;
  kind: BadKind | null;
  item: string | null;
  /** The canary's café if it was sold out there; null otherwise and where the journey names none. */
  cafe: string | null;
  /** Label of the request that was answered last; null when good. */
  name: string | null;
  /** What the target answered, one line of at most 200 characters, control characters removed; null when good. */
  detail: string | null;
  /** Id of the order that was confirmed. */
  id?: string;
  /** Of a canary that has several turns: each one's journey step and times. */
  turns?: readonly { journeyStep: number; startedAt: number; endedAt: number }[];
}

/** What the prober process reads first on stdin and writes on stdout. */
export type ProberEvent =
  | { type: 'prober-ready'; at: number }
  | ProbeObservation
  | { type: 'prober-health'; at: number; loopDelayP99Ms: number };
