import { z } from 'zod';
import { meanLatencyMs } from '../../scripts/core/latency.ts';
import { amount, latency } from '../../scripts/core/quantities.ts';
import { RecentMap } from '../core/recent-map.ts';
import { drawLatencyMs } from '../core/seeded.ts';
import {
  badInput,
  clientKey,
  count,
  granted,
  keyField,
  type PartnerAnswer,
  type PartnerBehaviour,
  type PartnerCall,
  type PartnerContext,
  partnerKeys,
  refusal,
} from '../partner.ts';
import { Callbacks, isOnThisMachine } from '../supply/callbacks.ts';
import { Fleet, type Trip } from '../supply/fleet.ts';

const MAX_COURIERS = 100_000;
/** Trips without a bound of couriers whose end is called back; of more the callback is dropped. */
const MAX_WATCHED = 100_000;
/** Quotes and dispatches remembered, over 90 s of 1,000 orders/s. */
const REMEMBERED = 100_000;
/** Longest callback address. */
const MAX_URL = 2_000;

const schema = z.strictObject({
  kind: z.literal('courier'),
  ...partnerKeys,
  /** Of a delivery, in the minor unit of the currency. */
  price: count().default(300),
  /** Deliveries under way at once; null = any number. */
  couriers: amount({ min: 1, max: MAX_COURIERS, integer: true }).nullable().default(null),
  /** Deliveries that may wait for a courier; beyond it 503 with Retry-After. */
  queue: amount({ min: 0, max: 100_000, integer: true }).default(1_000),
  /** From a courier's assignment to the delivery; short, so that a step of minutes sees both. */
  trip: latency().default({ shape: 'fixed', ms: 15_000 }),
});

type CourierSpec = z.output<typeof schema>;

const ID_PREFIX = 'dispatch-';
const QUOTE_PREFIX = 'quote-';

const quoteBody = z.looseObject({ orderKey: clientKey });
const dispatchBody = z.looseObject({
  orderKey: clientKey,
  /** Longer than an order key by its prefix. */
  quote: z.string().min(1).max(300).optional(),
  callback: z
    .string()
    .max(MAX_URL)
    .refine(isOnThisMachine, 'an http:// address of this machine (127.0.0.0/8, [::1] or localhost)')
    .optional(),
});

interface Dispatch extends Trip {
  id: string;
  orderKey: string;
  callback: string | undefined;
  cancelled: boolean;
  canary: boolean;
  /** Further dispatches of its order. */
  again: number;
}

function statusOf({ cancelled, assignedAt, deliveredAt }: Dispatch, now: number): string {
  if (cancelled) return 'cancelled';
  if (now < assignedAt) return 'waiting';
  return now < deliveredAt ? 'assigned' : 'delivered';
}

function shown(dispatch: Dispatch, price: number, now: number) {
  const { id, orderKey, deliveredAt } = dispatch;
  return {
    id,
    orderKey,
    status: statusOf(dispatch, now),
    price,
    deliveredAt: Number.isFinite(deliveredAt) ? new Date(deliveredAt).toISOString() : null,
  };
}

export const courierPartner = {
  schema,
  open(spec: CourierSpec, { seed }: PartnerContext): PartnerBehaviour {
    const callbacks = new Callbacks();
    const meanTripMs = meanLatencyMs(spec.trip);
    const quotes = new RecentMap<{ orderKey: string; etaMs: number }>(REMEMBERED);
    /** By the request that made it: a repeated one gets the same dispatch. */
    const byRequest = new RecentMap<Dispatch>(REMEMBERED);
    const byId = new RecentMap<Dispatch>(REMEMBERED);

    const tell = (dispatch: Dispatch, status: string): void => {
      const { callback, id, orderKey } = dispatch;
      if (callback === undefined) return;
      callbacks.send(callback, { id, orderKey, status, at: new Date().toISOString() });
    };
    const watcher = {
      assigned: (dispatch: Dispatch): void => tell(dispatch, 'assigned'),
      delivered: (dispatch: Dispatch): void => tell(dispatch, 'delivered'),
    };
    const fleet = new Fleet<Dispatch>(spec.couriers, spec.queue, watcher);
    /** A prober's deliveries keep no courier from anybody. */
    const canaries = new Fleet<Dispatch>(null, 0, watcher);

    const tripMs = (orderKey: string): number =>
      Math.ceil(drawLatencyMs(spec.trip, seed, `${orderKey} trip`));

    const quote = ({ body }: PartnerCall): PartnerAnswer => {
      const parsed = quoteBody.safeParse(body);
      if (!parsed.success) return badInput(parsed.error);
      const { orderKey } = parsed.data;
      const id = QUOTE_PREFIX + orderKey;
      const earlier = quotes.get(id);
      const etaMs = earlier?.etaMs ?? Math.ceil(fleet.waitMs(meanTripMs) + tripMs(orderKey));
      if (!earlier) quotes.set(id, { orderKey, etaMs });
      const offer = { id, price: spec.price, etaMs };
      return earlier ? granted(200, 'repeated', offer) : granted(201, 'quoted', offer);
    };

    const dispatch = ({ body, headers, canary }: PartnerCall): PartnerAnswer => {
      const parsed = dispatchBody.safeParse(body);
      if (!parsed.success) return badInput(parsed.error);
      const { orderKey, callback } = parsed.data;
      const named = headers['idempotency-key'];
      const request = typeof named === 'string' ? `request ${named}` : `order ${orderKey}`;
      const now = Date.now();
      const earlier = byRequest.get(request);
      if (earlier && earlier.orderKey !== orderKey) {
        return refusal(422, 'KEY_REUSED', 'this key was used for another order');
      }
      if (earlier) return granted(200, 'repeated', shown(earlier, spec.price, now));
      const wrongQuote = quoteProblem(parsed.data.quote, orderKey);
      if (wrongQuote) return wrongQuote;
      if (fleet.isFull) return queueFull();
      const made = newDispatch(orderKey, callback, canary);
      start(made, now);
      byRequest.set(request, made);
      byId.set(made.id, made);
      return granted(201, statusOf(made, now), shown(made, spec.price, now));
    };

    const quoteProblem = (quoteId: string | undefined, orderKey: string): PartnerAnswer | null => {
      if (quoteId === undefined) return null;
      const known = quotes.get(quoteId);
      if (!known) return refusal(404, 'UNKNOWN_QUOTE', 'there is no such quote');
      return known.orderKey === orderKey
        ? null
        : refusal(409, 'QUOTE_OF_ANOTHER_ORDER', `${quoteId} was made for another order`);
    };

    const queueFull = (): PartnerAnswer => {
      // With all of them under way, one comes free each time that a trip divided by their number has passed.
      const freeInMs = meanTripMs / (spec.couriers ?? 1);
      const retryAfter = String(Math.max(1, Math.ceil(freeInMs / 1_000)));
      const full = refusal(503, 'QUEUE_FULL', 'too many deliveries wait for a courier');
      return { ...full, outcome: 'queue-full', headers: { 'retry-after': retryAfter } };
    };

    const newDispatch = (orderKey: string, callback: string | undefined, canary: boolean): Dispatch => {
      const first = byId.get(ID_PREFIX + orderKey);
      const id = first ? `${first.id}-again-${++first.again}` : ID_PREFIX + orderKey;
      const watched = callback !== undefined && fleet.watching < MAX_WATCHED;
      if (callback !== undefined && !watched) callbacks.drop();
      return {
        id,
        orderKey,
        callback: watched ? callback : undefined,
        watched,
        lengthMs: tripMs(orderKey),
        assignedAt: Number.POSITIVE_INFINITY,
        deliveredAt: Number.POSITIVE_INFINITY,
        cancelled: false,
        canary,
        again: 0,
      };
    };

    const start = (made: Dispatch, now: number): void => {
      if (!made.canary) {
        fleet.send(made, now);
        return;
      }
      const waitMs = fleet.waitMs(meanTripMs);
      made.lengthMs += waitMs;
      canaries.send(made, now);
      made.assignedAt += waitMs;
    };

    const ofDispatch =
      (act: (dispatch: Dispatch, now: number) => PartnerAnswer) =>
      ({ params }: PartnerCall): PartnerAnswer => {
        const found = byId.get(params['id'] ?? '');
        return found ? act(found, Date.now()) : refusal(404, 'UNKNOWN_DISPATCH', 'there is no such dispatch');
      };

    const show = ofDispatch((found, now) => granted(200, 'status', shown(found, spec.price, now)));

    const cancel = ofDispatch((found, now) => {
      if (found.cancelled) return granted(200, 'repeated', shown(found, spec.price, now));
      if (statusOf(found, now) === 'delivered') {
        return { ...refusal(409, 'TOO_LATE', 'it has been delivered'), outcome: 'too-late' };
      }
      found.cancelled = true;
      (found.canary ? canaries : fleet).cancel(found);
      tell(found, 'cancelled');
      return granted(200, 'cancelled', shown(found, spec.price, now));
    });

    const stop = (): void => {
      fleet.stop();
      canaries.stop();
      callbacks.stop();
    };

    return {
      routes: [
        { method: 'POST', path: '/quotes', act: quote },
        { method: 'POST', path: '/dispatches', act: dispatch },
        { method: 'GET', path: '/dispatches/:id', act: show },
        { method: 'POST', path: '/dispatches/:id/cancel', act: cancel },
        { method: 'GET', path: '/callbacks', act: () => granted(200, 'callbacks', callbacks.counts) },
      ],
      keyOf: ({ body, params }) =>
        keyField(body, 'orderKey') ?? params['id']?.slice(ID_PREFIX.length) ?? null,
      gauges: () => ({ queueLength: fleet.waiting }),
      reset: () => {
        stop();
        quotes.clear();
        byRequest.clear();
        byId.clear();
      },
      close: stop,
    };
  },
};
