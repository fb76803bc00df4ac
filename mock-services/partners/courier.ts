import { z } from 'zod';
import { meanLatencyMs } from '../../scripts/core/latency.ts';
import { amount, latency } from '../../scripts/core/quantities.ts';
import { RecentMap } from '../core/recent-map.ts';
import { drawLatencyMs } from '../core/seeded.ts';
import { orderRequest } from '../http/request-keys.ts';
import {
  badInput,
  clientKey,
  count,
  granted,
  type Keyed,
  keyField,
  type PartnerAnswer,
  type PartnerBehaviour,
  type PartnerCall,
  type PartnerContext,
  type PartnerRoute,
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

interface Quote {
  orderKey: string;
  etaMs: number;
}

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

const UNKNOWN_DISPATCH = refusal(404, 'UNKNOWN_DISPATCH', 'there is no such dispatch');

class Courier implements PartnerBehaviour {
  readonly routes: readonly PartnerRoute[] = [
    { method: 'POST', path: '/quotes', act: (call) => this.#quote(call) },
    { method: 'POST', path: '/dispatches', act: (call) => this.#dispatch(call) },
    { method: 'GET', path: '/dispatches/:id', act: (call) => this.#show(call) },
    { method: 'POST', path: '/dispatches/:id/cancel', act: (call) => this.#cancel(call) },
    { method: 'GET', path: '/callbacks', act: () => granted(200, 'callbacks', this.#callbacks.counts) },
  ];
  readonly #spec: CourierSpec;
  readonly #seed: number;
  readonly #meanTripMs: number;
  readonly #callbacks = new Callbacks();
  readonly #quotes = new RecentMap<Quote>(REMEMBERED);
  /** By the request that made it: a repeated one gets the same dispatch. */
  readonly #byRequest = new RecentMap<Dispatch>(REMEMBERED);
  readonly #byId = new RecentMap<Dispatch>(REMEMBERED);
  readonly #fleet: Fleet<Dispatch>;
  /** A prober's deliveries keep no courier from anybody. */
  readonly #canaries: Fleet<Dispatch>;

  constructor(spec: CourierSpec, { seed }: PartnerContext) {
    this.#spec = spec;
    this.#seed = seed;
    this.#meanTripMs = meanLatencyMs(spec.trip);
    const watcher = {
      assigned: (dispatch: Dispatch): void => this.#tell(dispatch, 'assigned'),
      delivered: (dispatch: Dispatch): void => this.#tell(dispatch, 'delivered'),
    };
    this.#fleet = new Fleet(spec.couriers, spec.queue, watcher);
    this.#canaries = new Fleet(null, 0, watcher);
  }

  keyOf({ body, params }: Keyed): string | null {
    return keyField(body, 'orderKey') ?? params['id']?.slice(ID_PREFIX.length) ?? null;
  }

  gauges() {
    return { queueLength: this.#fleet.waiting };
  }

  reset(): void {
    this.close();
    this.#quotes.clear();
    this.#byRequest.clear();
    this.#byId.clear();
  }

  close(): void {
    this.#fleet.stop();
    this.#canaries.stop();
    this.#callbacks.stop();
  }

  #quote({ body }: PartnerCall): PartnerAnswer {
    const parsed = quoteBody.safeParse(body);
    if (!parsed.success) return badInput(parsed.error);
    const { orderKey } = parsed.data;
    const id = QUOTE_PREFIX + orderKey;
    const earlier = this.#quotes.get(id);
    const etaMs = earlier?.etaMs ?? Math.ceil(this.#fleet.waitMs(this.#meanTripMs) + this.#tripMs(orderKey));
    if (!earlier) this.#quotes.set(id, { orderKey, etaMs });
    const offer = { id, price: this.#spec.price, etaMs };
    return earlier ? granted(200, 'repeated', offer) : granted(201, 'quoted', offer);
  }

  #dispatch({ body, headers, canary }: PartnerCall): PartnerAnswer {
    const parsed = dispatchBody.safeParse(body);
    if (!parsed.success) return badInput(parsed.error);
    const { orderKey, callback } = parsed.data;
    const request = orderRequest(headers, orderKey);
    const now = Date.now();
    const earlier = this.#byRequest.get(request);
    if (earlier && earlier.orderKey !== orderKey) {
      return refusal(422, 'KEY_REUSED', 'this key was used for another order');
    }
    if (earlier) return this.#granted(200, 'repeated', earlier, now);
    const wrongQuote = this.#quoteProblem(parsed.data.quote, orderKey);
    if (wrongQuote) return wrongQuote;
    if (this.#fleet.isFull) return this.#queueFull();
    const made = this.#newDispatch(orderKey, callback, canary);
    this.#start(made, now);
    this.#byRequest.set(request, made);
    this.#byId.set(made.id, made);
    return this.#granted(201, statusOf(made, now), made, now);
  }

  #show({ params }: PartnerCall): PartnerAnswer {
    const found = this.#byId.get(params['id'] ?? '');
    return found ? this.#granted(200, 'status', found, Date.now()) : UNKNOWN_DISPATCH;
  }

  #cancel({ params }: PartnerCall): PartnerAnswer {
    const found = this.#byId.get(params['id'] ?? '');
    if (!found) return UNKNOWN_DISPATCH;
    const now = Date.now();
    if (found.cancelled) return this.#granted(200, 'repeated', found, now);
    if (statusOf(found, now) === 'delivered') {
      return { ...refusal(409, 'TOO_LATE', 'it has been delivered'), outcome: 'too-late' };
    }
    found.cancelled = true;
    (found.canary ? this.#canaries : this.#fleet).cancel(found);
    this.#tell(found, 'cancelled');
    return this.#granted(200, 'cancelled', found, now);
  }

  #granted(status: number, outcome: string, dispatch: Dispatch, now: number): PartnerAnswer {
    return granted(status, outcome, shown(dispatch, this.#spec.price, now));
  }

  #quoteProblem(quoteId: string | undefined, orderKey: string): PartnerAnswer | null {
    if (quoteId === undefined) return null;
    const known = this.#quotes.get(quoteId);
    if (!known) return refusal(404, 'UNKNOWN_QUOTE', 'there is no such quote');
    return known.orderKey === orderKey
      ? null
      : refusal(409, 'QUOTE_OF_ANOTHER_ORDER', `${quoteId} was made for another order`);
  }

  #queueFull(): PartnerAnswer {
    // With all of them under way, one comes free each time that a trip divided by their number has passed.
    const freeInMs = this.#meanTripMs / (this.#spec.couriers ?? 1);
    const retryAfter = String(Math.max(1, Math.ceil(freeInMs / 1_000)));
    const full = refusal(503, 'QUEUE_FULL', 'too many deliveries wait for a courier');
    return { ...full, outcome: 'queue-full', headers: { 'retry-after': retryAfter } };
  }

  #newDispatch(orderKey: string, callback: string | undefined, canary: boolean): Dispatch {
    const first = this.#byId.get(ID_PREFIX + orderKey);
    const id = first ? `${first.id}-again-${++first.again}` : ID_PREFIX + orderKey;
    const watched = callback !== undefined && this.#fleet.watching < MAX_WATCHED;
    if (callback !== undefined && !watched) this.#callbacks.drop();
    return {
      id,
      orderKey,
      callback: watched ? callback : undefined,
      watched,
      lengthMs: this.#tripMs(orderKey),
      assignedAt: Number.POSITIVE_INFINITY,
      deliveredAt: Number.POSITIVE_INFINITY,
      cancelled: false,
      canary,
      again: 0,
    };
  }

  #start(made: Dispatch, now: number): void {
    if (!made.canary) {
      this.#fleet.send(made, now);
      return;
    }
    const waitMs = this.#fleet.waitMs(this.#meanTripMs);
    made.lengthMs += waitMs;
    this.#canaries.send(made, now);
    made.assignedAt += waitMs;
  }

  #tripMs(orderKey: string): number {
    return Math.ceil(drawLatencyMs(this.#spec.trip, this.#seed, `${orderKey} trip`));
  }

  #tell({ callback, id, orderKey }: Dispatch, status: string): void {
    if (callback === undefined) return;
    this.#callbacks.send(callback, { id, orderKey, status, at: new Date().toISOString() });
  }
}

export const courierPartner = {
  schema,
  open: (spec: CourierSpec, context: PartnerContext): PartnerBehaviour => new Courier(spec, context),
};
