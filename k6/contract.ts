import type { Latency } from '../scripts/core/latency.ts';
import type { JourneySpec } from './journey-spec.ts';

// What k6, the scripts and the dashboards agree on: metric and tag names, the outcome of a turn, the settings
// that a bundled load script carries. Imports nothing but a type: every part of the project may read this file.

/**
 * Metric names as declared in k6. Prometheus names get `k6_` in front and `_total` / `_seconds` behind. The journey is k6's
 * own tag `scenario`, and what most turns have in common is not said: every tag costs every turn.
 */
export const METRIC = {
  /** Counter: turns started. Tags: slot, at = journey's step with which the turn begins; without it an order begins. */
  turnsStarted: 'peakproof_turns_started',
  /**
   * Counter: turns ended. Tags: slot; outcome, if it is not `good`; kind; at = journey's step with which it ended, without it
   * the order was placed; first = `bad`, where outcome and kind do not say so; item; cafe;
   * proof = `none`, where nothing names the order that was placed.
   */
  turnsEnded: 'peakproof_turns_ended',
  /** Trend (time): intended start to end of a turn. Tags: outcome, if it is not `good`; kind. Its count is the unslotted total. */
  turnDuration: 'peakproof_turn_duration',
  /** Counter: requests to the target that are no first tries. Tags: why (REPEATS). */
  repeats: 'peakproof_repeats',
  /** Trend (time): a part of a turn or of an order that is timed for itself. Tags: part (PARTS, or `half:<journey>`). */
  partDuration: 'peakproof_part_duration',
} as const;

/** The same metrics as they arrive by remote write. */
export const SERIES = {
  turnsStarted: 'k6_peakproof_turns_started_total',
  turnsEnded: 'k6_peakproof_turns_ended_total',
  turnDuration: 'k6_peakproof_turn_duration_seconds',
  repeats: 'k6_peakproof_repeats_total',
  partDuration: 'k6_peakproof_part_duration_seconds',
  /** k6's own: arrivals for which no VU was free. Tag: scenario (= journey). */
  dropped: 'k6_dropped_iterations_total',
  /** k6's own: orders that ran to their end, however they went. Tag: scenario (= journey). */
  iterations: 'k6_iterations_total',
  /** k6's own gauges: VUs at work, VUs allocated. */
  vusBusy: 'k6_vus',
  vusMax: 'k6_vus_max',
  /** k6's own: HTTP requests. Tags: name, method, status, expected_response, scenario. */
  requests: 'k6_http_reqs_total',
} as const;

/**
 * Why a request was sent that is no first try.
 * - retry: the client tried again by `retries`; retry-after: it was told when to come again
 * - ticket: it asked for the result of a queue ticket; redelivery: an update that the bot had not acknowledged
 * - double-tap: the shopper tapped twice
 */
export const REPEATS = ['retry', 'retry-after', 'ticket', 'redelivery', 'double-tap'] as const;
export type Repeat = (typeof REPEATS)[number];

/**
 * Parts that are timed for themselves, beside `half:<journey>` of an order that goes on in another journey.
 * - webhook-ack: an update was sent until the bot acknowledged it (the try that it did)
 * - first-reply: the shopper acted until the bot's first message came; confirmation: until the one that proves the order
 * - first-byte: a chat message was sent until the first byte of its answer came; answer-end: until its last one
 */
export const PARTS = ['webhook-ack', 'first-reply', 'confirmation', 'first-byte', 'answer-end'] as const;
export type Part = (typeof PARTS)[number] | `half:${string}`;

/** Requests to a mocked partner (a shopper reads their chat) have names that begin with this: no load on the target. */
export const PARTNER_REQUEST_PREFIX = 'partner ';
/** Looks into a chat with a bot, and hands updates out to a bot that polls. */
export const CHAT_REQUEST = `${PARTNER_REQUEST_PREFIX}chat`;
/** Asks how often an order's voucher was redeemed. */
export const VOUCHER_REQUEST = `${PARTNER_REQUEST_PREFIX}voucher`;

/** Tag on every series: which k6 process sent it, e.g. `step0-0` (index of the rehearsal's step, of the k6 in it). */
export const INSTANCE_TAG = 'instance';
/** Tag on every series of a run: the run id. The name is the one that public k6 dashboards use. */
export const TESTID_TAG = 'testid';

/** `slot` = floor(intended start in ms / 1000) mod SLOT_MODULUS: places a turn back in its second. */
export const SLOT_MODULUS = 256;

/**
 * How a turn ended, as far as the client can tell.
 * - good: the right answer within slowAfter of the intended start (retries included)
 * - by-ticket: the right answer within patience, after honouring a queue ticket
 * - by-retry-after: the right answer within patience, after honouring Retry-After without a ticket
 * - sold-out, closed: an explicit "sold out" or "closed" in time, and no other café to go to; whether it was true is
 *   decided later, against the partners' ledger
 * - bad: anything else; `kind` says what
 * - generator: an error of the generator's own machine (EMFILE and the like), never the target's
 */
export const OUTCOMES = [
  'good',
  'by-ticket',
  'by-retry-after',
  'sold-out',
  'closed',
  'bad',
  'generator',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Outcomes of a shopper who was told, politely, that there is nothing for them. */
export const isPolite = (outcome: Outcome): outcome is 'sold-out' | 'closed' =>
  outcome === 'sold-out' || outcome === 'closed';

/**
 * What was wrong with a turn that ended bad (or `generator`).
 * - slow: right answer after slowAfter without ticket or Retry-After
 * - timeout: no answer within the request timeout; refused: connection refused; reset: connection broken;
 *   network: any other failure below HTTP (DNS, TLS, protocol)
 * - 5xx: except 503; 503 and 429: throttled and not recovered
 * - client-error: 400, 401, 403, 404 (a harness fault while that step of the journey has hardly ever succeeded)
 * - 4xx: any other 4xx; unexpected: 1xx or 3xx
 * - wrong-answer: 2xx (or the expected status) with the wrong meaning
 * - script-error: own code threw an error (a harness fault while that request has hardly ever succeeded)
 * - gave-up: patience ran out while waiting by ticket or Retry-After
 * - local: the generator's own machine (only with outcome `generator`)
 */
export const BAD_KINDS = [
  'slow',
  'timeout',
  'refused',
  'reset',
  'network',
  '5xx',
  '503',
  '429',
  'client-error',
  '4xx',
  'unexpected',
  'wrong-answer',
  'script-error',
  'gave-up',
  'local',
] as const;
export type BadKind = (typeof BAD_KINDS)[number];

/** One turn that ended. Times are epoch ms. */
export interface TurnEnd {
  journey: string;
  /** When the shopper meant to act; the slot comes from it. */
  intendedAt: number;
  endedAt: number;
  outcome: Outcome;
  /** null for every outcome but bad and generator. */
  kind: BadKind | null;
  /** Index of the journey step that decided the outcome, from 0. All steps before it succeeded, in this turn or earlier ones. */
  at: number;
  /** The order was placed with it, in time or not. */
  placed: boolean;
  /** What confirmed the order names it: by an id or any other value. */
  proven: boolean;
  /** `good` if every request of the turn got its right answer at the first try within slowAfter, else `bad` (the `strict` figure). */
  first: 'good' | 'bad';
  /** The item named by a sold-out answer, when the plan says where it stands; null after "closed". */
  item: string | null;
  /** The café (variable `cafe`) that was sold out or closed, the last one after moves; null otherwise and where the journey names none. */
  cafe: string | null;
}

/** How a shopper's client behaves. Times in ms. */
export interface ClientSettings {
  timeoutMs: number;
  patienceMs: number;
  slowAfterMs: number;
  /** How long a shopper thinks between two steps of a journey, each of which is a turn then; null = an order is one turn. */
  thinkTime: Latency | null;
  retries: {
    /** Tries after the first one, per request. */
    max: number;
    retryOn: readonly ('timeout' | '5xx' | '429' | 'network')[];
    backoff: { baseMs: number; factor: number; jitter: 'full' | 'none' };
  };
  /** Share of the orders whose deciding request is sent twice at once, 0 to 1. Canaries never do. */
  doubleTapRatio: number;
}

/** A café that orders may be for (variables `cafe` and `sku`). */
export interface CafeChoice {
  name: string;
  /** Share of the orders, 0 to 1. */
  shareRatio: number;
  menu: readonly string[];
  /** Of the shoppers who are told that it is closed, the share who go on to another café, 0 to 1. */
  movesRatio: number;
}

/** Everything a load script knows; embedded when it is bundled. */
export interface LoadSpec {
  runId: string;
  baseUrl: string;
  /** Index of the rehearsal's step in the run, not of a journey's; part of every shopper's identity. */
  stepIndex: number;
  seed: number;
  journeys: readonly JourneySpec[];
  client: ClientSettings;
  /** Shares sum to 1; empty without café partners. */
  cafes: readonly CafeChoice[];
  /** Addresses of the mocked partners by name, no trailing slash. */
  partnerUrls: Readonly<Record<string, string>>;
  /** By journey: a turn that failed or was sold out is written to the log if its order is one of every so many. */
  loggedEvery: Readonly<Record<string, number>>;
}

/** Invented people, made when the script is bundled. Names may repeat; identities come from the order number. */
export interface Person {
  firstName: string;
  lastName: string;
  street: string;
  city: string;
}

/** Variables that every journey may use in templates, beside its `data` and its captures. */
export const SHOPPER_VARIABLES = [
  'orderKey',
  'shopper',
  'firstName',
  'lastName',
  'email',
  'phone',
  'street',
  'city',
  'sku',
  'cafe',
  /** Number of the shopper's Telegram chat. */
  'chatId',
] as const;
export type ShopperVariable = (typeof SHOPPER_VARIABLES)[number];

/** Name of the function that every k6 scenario runs; the scenario bears its journey's name. */
export const ORDER_EXEC = 'order';

/** Lines that the load script writes to k6's log for the harness: `peakproof {"event": ...}`. */
export const LOG_PREFIX = 'peakproof ';
export type ScriptEvent =
  /** End of k6's setup: the schedule begins now (give or take VU activation). */
  | { event: 'load-start'; at: number }
  /** First order of a journey started. */
  | { event: 'first-start'; journey: string; at: number }
  /** A threshold of a k6 script without the kit, at the end of a rehearsal's step. */
  | { event: 'threshold'; at: number; metric: string; threshold: string; passed: boolean }
  | CanaryEvent
  /** A turn that ended bad or sold out, with what the target answered last. Of every `loggedEvery`-th order only. */
  | FailedTurnEvent;

/** One iteration of a k6 script without the kit that was a canary. Times are epoch ms. */
export interface CanaryEvent {
  event: 'canary';
  /** When it ended. */
  at: number;
  journey: string;
  scheduledAt: number;
  startedAt: number;
  outcome: Outcome;
  kind: BadKind | null;
  /** Label of the request or check that failed, and what was wrong; null when good. As untrusted as in failed turns. */
  name: string | null;
  detail: string | null;
}

export interface FailedTurnEvent
  extends Pick<TurnEnd, 'journey' | 'intendedAt' | 'endedAt' | 'at' | 'item' | 'cafe'> {
  event: 'failed-turn';
  /** null = sold out, which may turn out to be true. */
  kind: BadKind | null;
  /** Label of the request that was answered last. */
  name: string;
  /** That answer on one line of at most 2,000 characters; untrusted, and not yet free of secrets. */
  detail: string;
}
