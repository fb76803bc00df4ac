import type { Repeat } from '../../k6/contract.ts';
import type { Ending } from './turns/turn-ending.ts';

// What a step says of its shoppers beside good and bad. Times are epoch ms.

/**
 * Requests of the load to the target, warm-up and last answers included; those to mocked partners and canaries left
 * out. A request counts when it has ended. Two ratios, as a turn may need several requests:
 * - requests ÷ turns started: without any repeat it is what a turn takes
 * - amplification = requests ÷ first tries: 1 if nobody asks again, 3 if the target gets three requests for each
 */
export interface TrafficFigures {
  requests: number;
  firstTries: number;
  /** Requests that were no first tries, most frequent first. */
  repeats: readonly { why: Repeat; count: number }[];
  turns: number;
  requestsPerTurn: number | null;
  /** null without a first try. */
  amplification: number | null;
  /** The bucket with the highest amplification; null if it is known of none. */
  peak: { fromAt: number; amplification: number } | null;
  bucketMs: number;
  /** Without a gap, from the first start or request to the last one. */
  overTime: readonly TrafficBucket[];
}

/**
 * Counted from T0 in pieces of one slice, of 5 s at least: k6 tells requests once a second, so that up to one second of
 * them may stand in the next bucket. Turns count where they were meant to start, their requests where they ended.
 */
export interface TrafficBucket {
  fromAt: number;
  requests: number;
  repeats: number;
  turns: number;
  /** null with under 20 first tries. */
  amplification: number | null;
}

/** `sold-out` is true, and includes "closed"; `harness` and `generator` are not the target's doing. */
export type LostWhy = Exclude<Ending, 'good' | 'confirmed' | 'censored'>;

/**
 * Where the orders of a journey were lost, each once: by the step with which it ended. What adds up:
 * started = reached of the first step + neverEnded + cutOff; reached of a step − lost there = reached of the next one, and
 * after the last one = confirmed.
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
  /** Late ones are lost as `slow` at the last step. */
  confirmed: number;
}

export interface FunnelStep {
  /** From 0, and the label of its request; null for own code, which has no steps. */
  index: number;
  name: string | null;
  /** Orders that came to this step or past it: in one turn, or in several with think time. */
  reached: number;
  /** Most frequent first. */
  lost: readonly { why: LostWhy; count: number }[];
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

/** What came of `target.limit`, the rate of orders above which the target promises to shed politely. */
export interface LimitFigures {
  /** Orders started per second: the plan's limit at the scale of the target. */
  limitPerSec: number;
  /** Time of the measured slices in which more was offered, whatever is known of them. */
  aboveMs: number;
  /** Start of the first of them in which somebody was told to come again. */
  engagedAt: number | null;
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
