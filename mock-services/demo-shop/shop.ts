import type { Server } from 'node:http';
import { z } from 'zod';
import { type JsonAnswer, type JsonRequest, jsonServer, notRouted, problem } from '../json-server.ts';
import { RecentMap } from '../recent-map.ts';
import type { OrderFlow } from './order-flow.ts';
import type { Orders } from './orders.ts';

const REMEMBERED_CARTS = 100_000;
const TICKETS = '/tickets/';

const cartBody = z.object({ sku: z.string().min(1).max(64) });
const orderBody = z.object({ cart: z.string().min(1).max(64) });
const idempotencyKey = z.string().min(1).max(256);

type Action = (request: JsonRequest) => JsonAnswer | Promise<JsonAnswer>;

/** The demo shop's HTTP interface: menu → cart → order. */
export function shopServer(flow: OrderFlow, orders: Orders): Server {
  const carts = new RecentMap<string>(REMEMBERED_CARTS);
  let lastCart = 0;

  const fillCart: Action = ({ body }) => {
    const parsed = cartBody.safeParse(body);
    if (!parsed.success) return problem(400, 'BAD_INPUT', 'a cart needs {"sku": "..."}');
    const id = `c${++lastCart}`;
    carts.set(id, parsed.data.sku);
    return { status: 201, body: { id, sku: parsed.data.sku } };
  };
  const order: Action = ({ body, headers }) => {
    const parsed = orderBody.safeParse(body);
    const key = idempotencyKey.safeParse(headers['idempotency-key']);
    if (!parsed.success) return problem(400, 'BAD_INPUT', 'an order needs {"cart": "..."}');
    if (!key.success) return problem(400, 'BAD_INPUT', 'an order needs the header Idempotency-Key');
    const sku = carts.get(parsed.data.cart);
    if (sku === undefined) return problem(404, 'UNKNOWN_CART', 'there is no such cart');
    return orders.place(sku, key.data);
  };
  const menu: Action = async () => {
    try {
      return { status: 200, body: await flow.menu() };
    } catch {
      return problem(502, 'PARTNER_FAILED', 'the café does not answer');
    }
  };

  const routes = new Map<string, readonly [string, Action]>([
    ['/health', ['GET', () => ({ status: 200, body: { ok: true } })]],
    ['/menu', ['GET', menu]],
    ['/cart', ['POST', fillCart]],
    ['/orders', ['POST', order]],
  ]);
  return jsonServer((request) => {
    if (request.path.startsWith(TICKETS) && request.method === 'GET') {
      return orders.ticket(request.path.slice(TICKETS.length)) ?? notRouted(request, undefined);
    }
    const route = routes.get(request.path);
    if (route?.[0] !== request.method) return notRouted(request, route && [route[0]]);
    return route[1](request);
  });
}
