import type { z } from 'zod';
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
import { promoPartner } from './partners/promo.ts';
import { proxyPartner } from './partners/proxy.ts';
import { telegramPartner } from './partners/telegram.ts';

// Every partner kind and fault kind there is. Each is one file that exports its zod schema beside its behaviour; the
// launch plan's schema is composed from here.

export { isMeant as isRouteMeant } from './http/router.ts';
export { promoCostPerOrder } from './partners/promo.ts';

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
} as const satisfies Record<string, { partnerKinds: readonly (keyof typeof PARTNER_KINDS)[] | null }>;

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
