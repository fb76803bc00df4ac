import { Agent, request } from 'undici';
import { z } from 'zod';

/** What a partner answered. Anything else (timeouts, network) is an exception. */
interface PartnerReply {
  status: number;
  body: unknown;
}

/** A partner said something that the shop cannot work with. */
class PartnerFailure extends Error {}

const menuReply = z.object({
  items: z.array(z.object({ sku: z.string(), price: z.number(), available: z.boolean() })),
});
export type Menu = z.output<typeof menuReply>;

const cafeReply = z.union([
  z.object({ id: z.string() }),
  z.object({ code: z.literal('SOLD_OUT'), item: z.string() }),
  z.object({ code: z.literal('CLOSED'), shop: z.string() }),
]);
const idReply = z.object({ id: z.string() });

/** Why a café takes no order. */
export type CafeRefusal = { kind: 'sold-out'; item: string } | { kind: 'closed'; shop: string };

/** The calls that an order makes. All are idempotent by order key; none has a timeout of its own. */
export interface Partners {
  menu: (signal?: AbortSignal) => Promise<Menu>;
  authorize: (orderKey: string, amount: number, signal?: AbortSignal) => Promise<{ id: string }>;
  capture: (authorization: string, signal?: AbortSignal) => Promise<void>;
  order: (sku: string, orderKey: string, signal?: AbortSignal) => Promise<{ id: string } | CafeRefusal>;
}

/** Connections are kept and opened as needed: 300 orders/s that wait 2 s each need 600 of them. */
export function connectPartners(urls: { cafe: string; payment: string }): Partners {
  const dispatcher = new Agent({
    keepAliveTimeout: 60_000,
    headersTimeout: 0,
    bodyTimeout: 0,
    connectTimeout: 5_000,
  });
  const call = async (url: string, body: unknown, signal?: AbortSignal): Promise<PartnerReply> => {
    const reply = await request(url, {
      method: body === undefined ? 'GET' : 'POST',
      dispatcher,
      ...(signal ? { signal } : {}),
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return { status: reply.statusCode, body: await reply.body.json() };
  };
  const expect = <Shape extends z.ZodType>(reply: PartnerReply, shape: Shape): z.output<Shape> => {
    const parsed = shape.safeParse(reply.body);
    if (parsed.success) return parsed.data;
    throw new PartnerFailure(`partner answered ${reply.status}`);
  };

  return {
    menu: async (signal) => expect(await call(`${urls.cafe}/menu`, undefined, signal), menuReply),
    authorize: async (orderKey, amount, signal) =>
      expect(await call(`${urls.payment}/authorizations`, { orderKey, amount }, signal), idReply),
    capture: async (authorization, signal) => {
      expect(await call(`${urls.payment}/captures`, { authorization }, signal), idReply);
    },
    order: async (sku, orderKey, signal) => {
      const reply = expect(await call(`${urls.cafe}/orders`, { sku, orderKey }, signal), cafeReply);
      if ('id' in reply) return reply;
      return reply.code === 'CLOSED'
        ? { kind: 'closed', shop: reply.shop }
        : { kind: 'sold-out', item: reply.item };
    },
  };
}
