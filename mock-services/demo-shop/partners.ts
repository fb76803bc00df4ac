import { z } from 'zod';
import { expectShape, partnerCaller } from './partner-calls.ts';

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

export function connectPartners(urls: { cafe: string; payment: string }): Partners {
  const call = partnerCaller();
  return {
    menu: async (signal) => expectShape(await call(`${urls.cafe}/menu`, undefined, signal), menuReply),
    authorize: async (orderKey, amount, signal) =>
      expectShape(await call(`${urls.payment}/authorizations`, { orderKey, amount }, signal), idReply),
    capture: async (authorization, signal) => {
      expectShape(await call(`${urls.payment}/captures`, { authorization }, signal), idReply);
    },
    order: async (sku, orderKey, signal) => {
      const reply = expectShape(await call(`${urls.cafe}/orders`, { sku, orderKey }, signal), cafeReply);
      if ('id' in reply) return reply;
      return reply.code === 'CLOSED'
        ? { kind: 'closed', shop: reply.shop }
        : { kind: 'sold-out', item: reply.item };
    },
  };
}
