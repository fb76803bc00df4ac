import { z } from 'zod';
import { ratio } from '../../scripts/core/quantities.ts';
import { isCanary } from '../core/canary.ts';
import { RecentMap } from '../core/recent-map.ts';
import { drawUnit } from '../core/seeded.ts';
import {
  badInput,
  clientKey,
  granted,
  keyField,
  type PartnerAnswer,
  type PartnerBehaviour,
  type PartnerCall,
  type PartnerContext,
  partnerKeys,
  refusal,
} from '../partner.ts';

const schema = z.strictObject({
  kind: z.literal('payment'),
  ...partnerKeys,
  /** Share of the authorizations that the bank declines, 0 to 1, chosen by seed and order key. */
  declines: ratio().default(0),
});

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

export const paymentPartner = {
  schema,
  open(spec: z.output<typeof schema>, { name, seed, book }: PartnerContext): PartnerBehaviour {
    /** By the request that made it: a repeated one gets the same answer. */
    const byRequest = new RecentMap<{ amount: number; answer: PartnerAnswer }>(REMEMBERED_AUTHORIZATIONS);
    const byId = new RecentMap<Authorization>(REMEMBERED_AUTHORIZATIONS);

    const authorize = ({ body, headers, canary }: PartnerCall): PartnerAnswer => {
      const parsed = authorizationBody.safeParse(body);
      if (!parsed.success) return badInput(parsed.error);
      const { orderKey, amount } = parsed.data;
      const named = headers['idempotency-key'];
      const request = typeof named === 'string' ? `request ${named}` : `order ${orderKey}`;
      const earlier = byRequest.get(request);
      if (earlier && earlier.amount !== amount) {
        return refusal(422, 'KEY_REUSED', `this key was used for an amount of ${earlier.amount}`);
      }
      if (earlier)
        return { ...earlier.answer, status: earlier.answer.status === 201 ? 200 : 402, outcome: 'repeated' };
      const answer = decide(orderKey, amount, canary);
      byRequest.set(request, { amount, answer });
      return answer;
    };

    const decide = (orderKey: string, amount: number, canary: boolean): PartnerAnswer => {
      if (!canary && spec.declines > 0 && drawUnit(seed, `decline ${orderKey}`) < spec.declines) {
        return { ...refusal(402, 'DECLINED', 'the bank has declined'), outcome: 'declined' };
      }
      // From the key and not from a counter: a capture draws its latency by this id, whatever arrived before it.
      const first = AUTHORIZATION_PREFIX + orderKey;
      const earlier = byId.get(first);
      const id = earlier ? `${first}-again-${++earlier.again}` : first;
      byId.set(id, { id, orderKey, amount, captured: false, refunded: false, again: 0 });
      return granted(201, 'authorized', { id });
    };

    const ofAuthorization =
      (act: (authorization: Authorization, canary: boolean) => PartnerAnswer) =>
      ({ body }: PartnerCall): PartnerAnswer => {
        const parsed = aboutBody.safeParse(body);
        if (!parsed.success) return badInput(parsed.error);
        const authorization = byId.get(parsed.data.authorization);
        if (!authorization) return refusal(404, 'UNKNOWN_AUTHORIZATION', 'authorize the order first');
        return act(authorization, isCanary(authorization.orderKey));
      };

    const capture = ofAuthorization((authorization, canary) => {
      const { orderKey } = authorization;
      if (authorization.refunded) return refusal(409, 'REFUNDED', 'it was given back');
      const receipt = { id: `capture-${authorization.id.slice(AUTHORIZATION_PREFIX.length)}` };
      if (authorization.captured) return granted(200, 'repeated', receipt);
      authorization.captured = true;
      if (!canary) book.capture(name, orderKey, Date.now());
      return granted(201, 'captured', receipt);
    });

    const refund = ofAuthorization((authorization, canary) => {
      const { orderKey } = authorization;
      if (!authorization.captured) return refusal(409, 'NOT_CAPTURED', 'no money was taken');
      const receipt = { id: `refund-${authorization.id.slice(AUTHORIZATION_PREFIX.length)}` };
      if (authorization.refunded) return granted(200, 'repeated', receipt);
      authorization.refunded = true;
      if (!canary) book.refund(orderKey);
      return granted(201, 'refunded', receipt);
    });

    return {
      routes: [
        { method: 'POST', path: '/authorizations', act: authorize },
        { method: 'POST', path: '/captures', act: capture },
        { method: 'POST', path: '/refunds', act: refund },
      ],
      // One key for all that is done for an order, so that a prober's is known whatever it asks.
      keyOf: ({ body }) =>
        keyField(body, 'orderKey') ??
        keyField(body, 'authorization')?.slice(AUTHORIZATION_PREFIX.length) ??
        null,
      reset: () => {
        byRequest.clear();
        byId.clear();
      },
    };
  },
};
