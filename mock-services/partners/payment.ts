import { z } from 'zod';
import {
  badInput,
  clientKey,
  granted,
  type PartnerAnswer,
  type PartnerBehaviour,
  type PartnerCall,
  partnerKeys,
  refusal,
} from '../partner.ts';
import { RecentMap } from '../recent-map.ts';

const schema = z.strictObject({ kind: z.literal('payment'), ...partnerKeys });

/** Authorizations remembered, over 90 s of 1,000 orders/s. */
const REMEMBERED_AUTHORIZATIONS = 100_000;

const AUTHORIZATION_PREFIX = 'auth-';

interface Authorization {
  id: string;
  captured: boolean;
}

const authorizationBody = z.object({ orderKey: clientKey, amount: z.int().nonnegative() });
/** Longer than an order key by its prefix. */
const captureBody = z.object({ authorization: z.string().min(1).max(300) });

export const paymentPartner = {
  schema,
  open(_spec: z.output<typeof schema>): PartnerBehaviour {
    const byOrder = new RecentMap<Authorization>(REMEMBERED_AUTHORIZATIONS);
    const byId = new RecentMap<Authorization>(REMEMBERED_AUTHORIZATIONS);

    const authorize = ({ body }: PartnerCall): PartnerAnswer => {
      const parsed = authorizationBody.safeParse(body);
      if (!parsed.success) return badInput(parsed.error);
      const { orderKey } = parsed.data;
      const earlier = byOrder.get(orderKey);
      if (earlier) return granted(200, 'repeated', { id: earlier.id });
      // From the key and not from a counter: a capture draws its latency by this id, whatever arrived before it.
      const authorization = { id: `${AUTHORIZATION_PREFIX}${orderKey}`, captured: false };
      byOrder.set(orderKey, authorization);
      byId.set(authorization.id, authorization);
      return granted(201, 'authorized', { id: authorization.id });
    };

    const capture = ({ body }: PartnerCall): PartnerAnswer => {
      const parsed = captureBody.safeParse(body);
      if (!parsed.success) return badInput(parsed.error);
      const authorization = byId.get(parsed.data.authorization);
      if (!authorization) {
        return refusal(404, { code: 'UNKNOWN_AUTHORIZATION', message: 'authorize the order first' });
      }
      const repeated = authorization.captured;
      authorization.captured = true;
      const receipt = { id: `capture-${authorization.id.slice(AUTHORIZATION_PREFIX.length)}` };
      return repeated ? granted(200, 'repeated', receipt) : granted(201, 'captured', receipt);
    };

    return {
      routes: new Map([
        ['/authorizations', new Map([['POST', authorize]])],
        ['/captures', new Map([['POST', capture]])],
      ]),
      keyOf: (body) =>
        authorizationBody.safeParse(body).data?.orderKey ??
        captureBody.safeParse(body).data?.authorization ??
        null,
      menu: [],
      items: [],
      left: () => ({}),
      reset: () => {
        byOrder.clear();
        byId.clear();
      },
    };
  },
};
