import { z } from 'zod';
import { isCanary } from '../../scripts/core/canary.ts';
import { ratio } from '../../scripts/core/quantities.ts';
import type { OrderBook } from '../core/order-book.ts';
import { RecentMap } from '../core/recent-map.ts';
import { drawUnit } from '../core/seeded.ts';
import { orderRequest } from '../http/request-keys.ts';
import {
  badInput,
  clientKey,
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

const schema = z.strictObject({
  kind: z.literal('payment'),
  ...partnerKeys,
  /** Share of the authorizations that the bank declines, 0 to 1, chosen by seed and order key. */
  declines: ratio().default(0),
});

type PaymentSpec = z.output<typeof schema>;

/** Authorizations remembered, over 90 s of 1,000 orders/s. */
const REMEMBERED_AUTHORIZATIONS = 100_000;

const AUTHORIZATION_PREFIX = 'auth-';

interface Authorization {
  id: string;
  orderKey: string;
  amount: number;
  captured: boolean;
  refunded: boolean;
  /** Further authorizations of its order. */
  again: number;
}

const authorizationBody = z.object({ orderKey: clientKey, amount: z.int().nonnegative() });
/** Longer than an order key by its prefix. */
const aboutBody = z.object({ authorization: z.string().min(1).max(300) });

const UNKNOWN_AUTHORIZATION = refusal(404, 'UNKNOWN_AUTHORIZATION', 'authorize the order first');

class Payment implements PartnerBehaviour {
  readonly routes: readonly PartnerRoute[] = [
    { method: 'POST', path: '/authorizations', act: (call) => this.#authorize(call) },
    { method: 'POST', path: '/captures', act: (call) => this.#capture(call) },
    { method: 'POST', path: '/refunds', act: (call) => this.#refund(call) },
  ];
  readonly #name: string;
  readonly #seed: number;
  readonly #book: OrderBook;
  readonly #declines: number;
  /** By the request that made it: a repeated one gets the same answer. */
  readonly #byRequest = new RecentMap<{ amount: number; answer: PartnerAnswer }>(REMEMBERED_AUTHORIZATIONS);
  readonly #byId = new RecentMap<Authorization>(REMEMBERED_AUTHORIZATIONS);

  constructor({ declines }: PaymentSpec, { name, seed, book }: PartnerContext) {
    this.#name = name;
    this.#seed = seed;
    this.#book = book;
    this.#declines = declines;
  }

  /** One key for all that is done for an order, so that a prober's is known whatever it asks. */
  keyOf({ body }: Keyed): string | null {
    return (
      keyField(body, 'orderKey') ??
      keyField(body, 'authorization')?.slice(AUTHORIZATION_PREFIX.length) ??
      null
    );
  }

  reset(): void {
    this.#byRequest.clear();
    this.#byId.clear();
  }

  #authorize({ body, headers, canary }: PartnerCall): PartnerAnswer {
    const parsed = authorizationBody.safeParse(body);
    if (!parsed.success) return badInput(parsed.error);
    const { orderKey, amount } = parsed.data;
    const request = orderRequest(headers, orderKey);
    const earlier = this.#byRequest.get(request);
    if (earlier && earlier.amount !== amount) {
      return refusal(422, 'KEY_REUSED', `this key was used for an amount of ${earlier.amount}`);
    }
    if (earlier) {
      return { ...earlier.answer, status: earlier.answer.status === 201 ? 200 : 402, outcome: 'repeated' };
    }
    const answer = this.#decide(orderKey, amount, canary);
    this.#byRequest.set(request, { amount, answer });
    return answer;
  }

  #decide(orderKey: string, amount: number, canary: boolean): PartnerAnswer {
    if (!canary && this.#declines > 0 && drawUnit(this.#seed, `decline ${orderKey}`) < this.#declines) {
      return { ...refusal(402, 'DECLINED', 'the bank has declined'), outcome: 'declined' };
    }
    // From the key and not from a counter: a capture draws its latency by this id, whatever arrived before it.
    const first = AUTHORIZATION_PREFIX + orderKey;
    const earlier = this.#byId.get(first);
    const id = earlier ? `${first}-again-${++earlier.again}` : first;
    this.#byId.set(id, { id, orderKey, amount, captured: false, refunded: false, again: 0 });
    return granted(201, 'authorized', { id });
  }

  #capture({ body }: PartnerCall): PartnerAnswer {
    const parsed = aboutBody.safeParse(body);
    if (!parsed.success) return badInput(parsed.error);
    const authorization = this.#byId.get(parsed.data.authorization);
    if (!authorization) return UNKNOWN_AUTHORIZATION;
    if (authorization.refunded) return refusal(409, 'REFUNDED', 'it was given back');
    const receipt = { id: `capture-${authorization.id.slice(AUTHORIZATION_PREFIX.length)}` };
    if (authorization.captured) return granted(200, 'repeated', receipt);
    authorization.captured = true;
    const { orderKey } = authorization;
    if (!isCanary(orderKey)) this.#book.capture(this.#name, orderKey, Date.now());
    return granted(201, 'captured', receipt);
  }

  #refund({ body }: PartnerCall): PartnerAnswer {
    const parsed = aboutBody.safeParse(body);
    if (!parsed.success) return badInput(parsed.error);
    const authorization = this.#byId.get(parsed.data.authorization);
    if (!authorization) return UNKNOWN_AUTHORIZATION;
    if (!authorization.captured) return refusal(409, 'NOT_CAPTURED', 'no money was taken');
    const receipt = { id: `refund-${authorization.id.slice(AUTHORIZATION_PREFIX.length)}` };
    if (authorization.refunded) return granted(200, 'repeated', receipt);
    authorization.refunded = true;
    const { orderKey } = authorization;
    if (!isCanary(orderKey)) this.#book.refund(orderKey);
    return granted(201, 'refunded', receipt);
  }
}

export const paymentPartner = {
  schema,
  open: (spec: PaymentSpec, context: PartnerContext): PartnerBehaviour => new Payment(spec, context),
};
