import type { Expectation } from '../core/expectation.ts';
import type { Voiding } from './verdict-words.ts';

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
  /** Orders placed in time. */
  confirmed: number;
  /** Orders placed, but after `slowAfter`: bad turns. */
  late: number;
  /** Turns started. The figures below count turns; one that is told "sold out" or "closed" ends its order. */
  turns: number;
  /** Includes those by ticket, after Retry-After, and those truly told "sold out" or "closed". */
  good: number;
  /** Served by a queue's ticket. */
  byTicket: number;
  /** Served after Retry-After, without a ticket. */
  byRetryAfter: number;
  soldOut: number;
  closed: number;
  falseSoldOut: number;
  /** Includes false sold-out, never-ended and turned-away ones. */
  bad: number;
  turnedAway: number;
  harness: number;
  censored: number;
  generator: number;
  /** Bad by kind, most frequent first. */
  kinds: readonly { kind: string; count: number }[];
  /** Orders: confirmed ÷ (confirmed + truly told "sold out" or "closed"); null without either. */
  fulfilmentRatio: number | null;
}

/**
 * Where the orders of a journey ended, each once. What adds up: started = reached of the first step + neverEnded + cutOff;
 * reached of a step − ended there = reached of the next one, and after the last one = confirmed.
 */
export interface Funnel {
  journey: string;
  /** Orders that began. */
  started: number;
  /** Shoppers who could not even begin, as the target held all VUs; not among `started`. */
  turnedAway: number;
  /** Under way when the load was stopped: where they would have ended nobody knows. */
  cutOff: number;
  /** Their end must have been lost with a measurement. */
  neverEnded: number;
  steps: readonly FunnelStep[];
  /** Placed in time. */
  confirmed: number;
}

export interface FunnelStep {
  /** From 0, and the label of its request; null for own code, which has no steps. */
  index: number;
  name: string | null;
  /** Orders that came to this step or past it: in one turn, or in several with think time. */
  reached: number;
  /**
   * How orders ended here that were not placed in time, most frequent first: `late` (placed, but after `slowAfter`), a kind
   * of error, `sold-out` and `closed` (true), `false-sold-out`; `harness` and `generator` are not the target's doing.
   */
  ended: readonly { how: string; count: number }[];
}

/** A part of a turn or of an order that is timed for itself, all of the step; `part` as in `k6/contract.ts`. */
export interface PartFigures {
  journey: string;
  part: string;
  count: number;
  p50Ms: number;
  p90Ms: number;
  p99Ms: number;
}

/**
 * Requests of the load to the target, warm-up and last answers included; those to mocked partners and canaries left
 * out. A request counts when it has ended. Two ratios, as a turn may need several requests:
 * - requests ÷ turns started: without any repeat it is what a turn takes
 * - amplification = requests ÷ first tries: 1 if nobody asks again, 3 if the target gets three requests for each
 */
export interface TrafficReport {
  requests: number;
  firstTries: number;
  /** Requests that were no first tries, most frequent first; `why` as in `REPEATS` of the load script. */
  repeats: readonly { why: string; count: number }[];
  turns: number;
  requestsPerTurn: number | null;
  /** null without a first try. */
  amplification: number | null;
  /** The bucket with the highest amplification; null if it is known of none. */
  peak: { startedAt: string; amplification: number } | null;
  bucketMs: number;
  /** Without a gap, from the first start or request to the last one. */
  overTime: readonly TrafficBucketReport[];
}

/**
 * Counted from T0 in pieces of one slice, of 5 s at least: k6 tells requests once a second, so that up to one second of
 * them may stand in the next bucket. Turns count where they were meant to start, their requests where they ended.
 */
export interface TrafficBucketReport {
  startedAt: string;
  requests: number;
  repeats: number;
  turns: number;
  /** null with under 20 first tries. */
  amplification: number | null;
}

/** What came of `target.limit`, the rate of orders above which the target promises to shed politely. */
export interface LimitReport {
  /** Orders started per second: the plan's limit at the scale of the target. */
  limitPerSec: number;
  /** Time of the measured slices in which more was offered, whatever is known of them. */
  aboveMs: number;
  /** Start of the first of them in which somebody was told to come again. */
  engagedAt: string | null;
  /**
   * Turns meant to start in those with sound evidence: the share that was told to come again (429, 503 or a ticket) and
   * was not served within `slowAfter` all the same; and the share of these that was served within patience.
   */
  toldToWaitRatio: number | null;
  servedRatio: number | null;
  /** Time above the limit that can be judged, and the orders per second that were served in it. */
  judgedMs: number;
  goodputPerSec: number | null;
  /** Goodput ÷ limit. */
  goodputRatio: number | null;
  /** null: not enough evidence, or too close to 0.9 to tell. */
  held: 'plateau' | 'collapsed' | null;
}
