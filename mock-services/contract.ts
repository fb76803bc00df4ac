import type { Invariant } from './core/invariant.ts';
import type { FaultSpec, PartnerSpec } from './registry.ts';

// What the mocks process and those who start it say to each other: configuration, admin API, events.

export type { Invariant } from './core/invariant.ts';

/** Environment variable that tells the target a partner's address: `bean-house` → `PEAKPROOF_BEAN_HOUSE_URL`. */
export function partnerUrlVariable(partner: string): string {
  return `PEAKPROOF_${partner.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_URL`;
}

/** First line that the mocks process reads on stdin, as JSON. It exits when stdin closes. */
export interface MocksConfig {
  seed: number;
  partners: readonly PartnerSpec[];
  faults: readonly FaultSpec[];
}

/** Admin API, on its own port that faults never touch. Bodies and answers are JSON; `/metrics` is Prometheus text. */
export const ADMIN = {
  /** GET → {ok: true} */
  health: '/__admin/health',
  /** GET → {partners: {name: {url, stock: {item: number}}}, faults: [{id, active}], timelineStartedAt} */
  state: '/__admin/state',
  /** GET → {partner: {item: number}}; POST the same: what is left from now on. */
  stock: '/__admin/stock',
  /** POST {stock?: {partner: {item: number}}}: state as at the start of a step: timeline off, stock as given or as planned. */
  reset: '/__admin/reset',
  /**
   * POST {startAt, sliceMs?}: epoch ms of offset 0 of the fault timeline (past or future). Partners tell their figures for
   * each slice of that length from then on, default 1,000.
   */
  timelineStart: '/__admin/timeline/start',
  /** POST: every active fault ends now, none starts. */
  timelineStop: '/__admin/timeline/stop',
  /** POST a fault as in launch.yaml, `at` counted from now (default 0) → {id}. */
  inject: '/__admin/inject',
  /** POST {id?}: ends the injected or planned fault with this id, without one all that are in force. */
  clear: '/__admin/clear',
  /** GET → MockEvent[] of faults, stock, closures and invariants since the last reset, newest 1,000. */
  ledger: '/__admin/ledger',
  metrics: '/metrics',
} as const;

/** Ids of faults that the admin API injected begin with this: they are not of the plan. */
export const INJECTED_PREFIX = 'injected-';

/** Lines that the mocks process writes to stdout, one JSON object each. Times are epoch ms. */
export type MockEvent =
  | { type: 'mocks-ready'; at: number; adminUrl: string; partners: Record<string, string> }
  | { type: 'mocks-failed'; at: number; code: 'port-taken' | 'bad-config'; message: string }
  /** Planned (startAt + offset) and actual instant at which a fault came into force or ended. A fault that repeats has a pair for each time. */
  | { type: 'fault-on'; at: number; fault: string; plannedAt: number }
  | { type: 'fault-off'; at: number; fault: string; plannedAt: number }
  /**
   * Since the fault came into force; once a second while it is active, once just before its end, and once more
   * when the last request it delayed has been answered. `seen`: requests in its scope (partner, route, shop) while it
   * was active; `hit`: those it really changed. Medians: whole delay (the partner's own and all that was added) of the
   * requests it delayed and that have been answered, as drawn and as it came out; null without one.
   */
  | {
      type: 'fault-tally';
      at: number;
      fault: string;
      /** `plannedAt` of the `fault-on` that it belongs to. */
      plannedOnAt: number;
      seen: number;
      hit: number;
      requestedMedianMs: number | null;
      achievedMedianMs: number | null;
    }
  | { type: 'stock-out'; at: number; partner: string; item: string }
  | { type: 'stock-back'; at: number; partner: string; item: string }
  /** A shop (null: the whole partner) says that it is closed, or no longer does. */
  | { type: 'shop-closed'; at: number; partner: string; shop: string | null }
  | { type: 'shop-open'; at: number; partner: string; shop: string | null }
  /**
   * Since the last reset, canaries left out: how often an invariant was looked at and found broken, and up to five keys
   * (of orders, vouchers, users). Once a second when it has changed, and at the end of the timeline.
   */
  | {
      type: 'invariant-tally';
      at: number;
      partner: string;
      invariant: Invariant;
      checked: number;
      broken: number;
      examples: readonly string[];
    }
  /** Of each slice of the step, after its end; the last one when the timeline stops. What is 0 or not there is left out. */
  | {
      type: 'partners';
      at: number;
      /** Start of the slice, counted in whole slices from the first whole second at or after `startAt`. */
      fromAt: number;
      partners: Readonly<Record<string, PartnerSlice>>;
    }
  /** Once a second. Delay beyond the timer's own 10 ms, and requests to partners, since the previous one. */
  | { type: 'mock-health'; at: number; loopDelayP99Ms: number; requests: number };

/** What one partner did in a slice, canaries included. */
export interface PartnerSlice {
  requests?: number;
  /** By class of the status, e.g. `2xx`; `none`: there was no answer, by a fault or as the client had gone. */
  answers?: Readonly<Record<string, number>>;
  /** Requests beyond the partner's own limit, without any fault. */
  refused?: number;
  /** Payments declined. */
  declined?: number;
  /** Sums over the answers that left in it: how many, and the delay that they were to have and had, ms. */
  delays?: { count: number; requestedMs: number; achievedMs: number };
  /** Most that waited for its capacity, of ten looks a second; absent where nothing ever waits. */
  queue?: number;
  /** At the end of the slice; absent where there are no shops. */
  shopsOpen?: number;
  /** Left at the end of the slice, by item in finite supply. */
  stock?: Readonly<Record<string, number>>;
  /** Orders by item: taken, refused as it was out, and given up again. */
  items?: Readonly<Record<string, { accepted?: number; refused?: number; cancelled?: number }>>;
}
