import type { z } from 'zod';
import type { Invariant } from './core/invariant.ts';
import { OrderBook } from './core/order-book.ts';
import { capacityFault } from './faults/capacity.ts';
import { closureFault } from './faults/closure.ts';
import { errorFault } from './faults/error.ts';
import { hangFault } from './faults/hang.ts';
import { latencyFault } from './faults/latency.ts';
import { malformedFault } from './faults/malformed.ts';
import { rateLimitFault } from './faults/rate-limit.ts';
import { resetFault } from './faults/reset.ts';
import { slowBodyFault } from './faults/slow-body.ts';
import { stockOutFault } from './faults/stock-out.ts';
import { truncateFault } from './faults/truncate.ts';
import { wrongAnswerFault } from './faults/wrong-answer.ts';
import type { PartnerBehaviour, PartnerContext } from './partner.ts';
import { cafeMenu, cafePartner, cafeShops } from './partners/cafe.ts';
import { courierPartner } from './partners/courier.ts';
import { httpPartner } from './partners/http.ts';
import { llmPartner } from './partners/llm.ts';
import { paymentPartner } from './partners/payment.ts';
import { promoCostPerOrder, promoPartner } from './partners/promo.ts';
import { proxyPartner } from './partners/proxy.ts';
import { telegramPartner } from './partners/telegram.ts';

// What the mocks and the rest of the project agree on. The registry: each partner kind and fault kind is one
// file that exports its zod schema beside its behaviour; the launch plan's schema is composed from here.

export const PARTNER_KINDS = {
  cafe: cafePartner,
  payment: paymentPartner,
  telegram: telegramPartner,
  courier: courierPartner,
  promo: promoPartner,
  llm: llmPartner,
  http: httpPartner,
  proxy: proxyPartner,
} as const;
export const FAULT_KINDS = {
  'stock-out': stockOutFault,
  latency: latencyFault,
  error: errorFault,
  'rate-limit': rateLimitFault,
  hang: hangFault,
  reset: resetFault,
  truncate: truncateFault,
  malformed: malformedFault,
  'slow-body': slowBodyFault,
  closure: closureFault,
  capacity: capacityFault,
  'wrong-answer': wrongAnswerFault,
} as const;

export { INVARIANTS, type Invariant } from './core/invariant.ts';
export { EXPECTATIONS, type Expectation } from './fault.ts';

/** A partner of the plan, units resolved. `name` is the plan's key; `port` 0 = any free one. */
export type PartnerSpec = { name: string } & {
  [Kind in keyof typeof PARTNER_KINDS]: z.output<(typeof PARTNER_KINDS)[Kind]['schema']>;
}[keyof typeof PARTNER_KINDS];

/** A fault of the plan, units resolved. `id` is unique in the plan and stable, e.g. `pay-latency-1`. */
export type FaultSpec = { id: string } & {
  [Kind in keyof typeof FAULT_KINDS]: z.output<(typeof FAULT_KINDS)[Kind]['schema']>;
}[keyof typeof FAULT_KINDS];

/** Items that a partner sells; empty for a partner without a menu. */
export function menuOf(partner: PartnerSpec): readonly string[] {
  return partner.kind === 'cafe' ? cafeMenu(partner) : [];
}

/** Shops of a partner; empty for one without. */
export function shopsOf(partner: PartnerSpec): readonly string[] {
  return partner.kind === 'cafe' ? Object.keys(cafeShops(partner)) : [];
}

type PartnerSpecs = { [Kind in keyof typeof PARTNER_KINDS]: Extract<PartnerSpec, { kind: Kind }> };

/** Opens a partner of any kind; nothing runs before its first request. */
export function openPartner(spec: PartnerSpec, context: PartnerContext): PartnerBehaviour {
  return opened(spec.kind, spec, context);
}

function opened<Kind extends keyof PartnerSpecs>(
  kind: Kind,
  spec: PartnerSpecs[Kind],
  context: PartnerContext,
): PartnerBehaviour {
  const kinds: {
    [Each in keyof PartnerSpecs]: {
      open: (spec: PartnerSpecs[Each], context: PartnerContext) => PartnerBehaviour;
    };
  } = PARTNER_KINDS;
  return kinds[kind].open(spec, context);
}

/** Routes of a partner, e.g. `POST /orders`, as faults may name them. */
export function routesOf(spec: PartnerSpec): readonly string[] {
  const nothing = (): void => {};
  const behaviour = openPartner(spec, {
    name: spec.name,
    seed: 0,
    depleted: nothing,
    check: nothing,
    book: new OrderBook(),
  });
  behaviour.close?.();
  return behaviour.routes.map(({ method, path }) => `${method} ${path}`);
}

export { isMeant as isRouteMeant } from './http/router.ts';
export { promoCostPerOrder };

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
  /** POST {startAt}: epoch ms of offset 0 of the fault timeline (past or future). */
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
  /** Once a second. Delay beyond the timer's own 10 ms, and requests to partners, since the previous one. */
  | { type: 'mock-health'; at: number; loopDelayP99Ms: number; requests: number };
