import { z } from 'zod';
import { EXPECTATIONS } from '../scripts/core/expectation.ts';
import { duration, ratio } from '../scripts/core/quantities.ts';
import type { PartnerAnswer, PartnerCall } from './partner.ts';

/** Keys of every fault kind, in launch.yaml. */
export const faultKeys = {
  /** Name of the partner that it befalls. */
  partner: z.string().min(1),
  /** When it comes into force: offset from the start of the replayed part, ms. */
  at: duration(),
  /** How long it stays in force, ms. */
  for: duration({ minMs: 1 }),
  /** It comes again `every` so often (counted from `at`), as long as `for` has not passed since `at`. */
  repeat: z
    .strictObject({ every: duration({ minMs: 1 }), for: duration({ minMs: 1 }) })
    .nullable()
    .default(null),
  /** What the target promises meanwhile; null = nothing. */
  expect: z.enum(EXPECTATIONS).nullable().default(null),
  /** Time to recover after its end that the target promises, ms; null = none. */
  recoverWithin: duration().nullable().default(null),
  /** Whether a broken promise fails the run. */
  enforce: z.boolean().default(false),
};

const ROUTE = /^(?:[A-Z]+ )?\/[^\s]*$/;

/** Which requests a fault befalls, for kinds that befall requests one by one. */
export const scopeKeys = {
  /** `POST /orders` or `/orders`, as the partner's routes are listed; null = all. */
  route: z.string().regex(ROUTE, 'a route such as /orders or POST /orders').max(256).nullable().default(null),
  /** Only requests for this shop; null = all. */
  shop: z.string().min(1).max(64).nullable().default(null),
  /** Share of these requests, 0 to 1, chosen by seed, request key and attempt. */
  share: ratio({ min: 0.0001 }).default(1),
};

/** How an answer leaves the partner, other than whole and at once. */
export type Delivery =
  /** Never: the connection stays open until the fault ends or the client gives up. */
  | { kind: 'hang' }
  /** A TCP reset instead of an answer. */
  | { kind: 'reset' }
  /** This share of the body (0 to 1), then the end of the connection. */
  | { kind: 'truncate'; keepRatio: number }
  /** Bytes that are no HTTP, no JSON, or a broken chunk. */
  | { kind: 'malformed'; what: 'http' | 'json' | 'chunk' }
  /** The body in pieces, over this time, ms. */
  | { kind: 'slow-body'; overMs: number };

/** What a fault can do to one request. Its file gives any of these; `partner-host.ts` says in which order they act. */
export interface FaultEffect {
  /** The request is lost on its way, before the partner acts. */
  lostBefore?: Delivery;
  /** An answer in place of the partner's, which does nothing then; null = this request passes. */
  instead?: (call: PartnerCall) => PartnerAnswer | null;
  /** Items that answer SOLD_OUT though there is stock. Of several faults all are out. */
  soldOut?: 'menu' | readonly string[];
  /** Shops that say they are closed: one, or null = all. Of several faults all are closed. */
  closed?: { shop: string | null };
  /** ms that the answer waits longer; of several faults all are added. `key` makes the draw repeatable. */
  addedMs?: (call: PartnerCall, key: string) => number;
  /** How the answer leaves after the partner has acted. */
  delivery?: Delivery;
}

/** Keys of faults by which a whole answer is lost. */
export const lossKeys = {
  /** `before`: the request is lost and the partner does nothing; `after`: it does its work, and the answer is lost. */
  when: z.enum(['before', 'after']).default('before'),
};

export function losing(delivery: Delivery, when: 'before' | 'after'): FaultEffect {
  return when === 'before' ? { lostBefore: delivery } : { delivery };
}
