import type { Server } from 'node:http';
import { z } from 'zod';
import { RecentMap } from '../core/recent-map.ts';
import { type JsonAnswer, type JsonRequest, jsonServer, notRouted, problem } from '../http/json-server.ts';
import { chatWith } from './chat.ts';
import type { OrderFlow } from './order-flow.ts';
import type { Orders } from './orders.ts';
import type { Vouchers } from './vouchers.ts';

const REMEMBERED_CARTS = 100_000;
const TICKETS = '/tickets/';

const voucherCode = z.string().min(1).max(64);
const cartBody = z.object({ sku: z.string().min(1).max(64), code: voucherCode.optional() });
const orderBody = z.object({ cart: z.string().min(1).max(64) });
const idempotencyKey = z.string().min(1).max(256);

export type Action = (request: JsonRequest) => JsonAnswer | Promise<JsonAnswer>;

export interface ShopParts {
  flow: OrderFlow;
  orders: Orders;
  /** null = the shop has none. */
  vouchers: Vouchers | null;
  /** Where Telegram sends updates to; null = the shop has no bot. */
  webhook: Action | null;
}

/** The demo shop's HTTP interface: menu → cart → order, a voucher's link, the bot and the chat. */
export function shopServer({ flow, orders, vouchers, webhook }: ShopParts): Server {
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
    ...cartRoutes(orders, vouchers !== null),
    ['/chat', ['POST', chatWith(flow, orders)]],
  ]);
  if (vouchers) routes.set('/checkout', ['GET', voucherPage(vouchers)]);
  if (webhook) routes.set('/telegram', ['POST', webhook]);
  return jsonServer((request) => {
    if (request.path.startsWith(TICKETS) && request.method === 'GET') {
      return orders.ticket(request.path.slice(TICKETS.length)) ?? notRouted(request, undefined);
    }
    const route = routes.get(request.path);
    if (route?.[0] !== request.method) return notRouted(request, route && [route[0]]);
    return route[1](request);
  });
}

function cartRoutes(orders: Orders, takesVouchers: boolean): [string, readonly [string, Action]][] {
  const carts = new RecentMap<{ sku: string; code: string | null }>(REMEMBERED_CARTS);
  let lastCart = 0;

  const fillCart: Action = ({ body }) => {
    const parsed = cartBody.safeParse(body);
    if (!parsed.success) return problem(400, 'BAD_INPUT', 'a cart needs {"sku": "..."}');
    const { sku, code = null } = parsed.data;
    if (code !== null && !takesVouchers) return problem(400, 'BAD_INPUT', 'this shop takes no vouchers');
    const id = `c${++lastCart}`;
    carts.set(id, { sku, code });
    return { status: 201, body: { id, sku, ...(code === null ? {} : { code }) } };
  };
  const order: Action = ({ body, headers }) => {
    const parsed = orderBody.safeParse(body);
    const key = idempotencyKey.safeParse(headers['idempotency-key']);
    if (!parsed.success) return problem(400, 'BAD_INPUT', 'an order needs {"cart": "..."}');
    if (!key.success) return problem(400, 'BAD_INPUT', 'an order needs the header Idempotency-Key');
    const cart = carts.get(parsed.data.cart);
    if (!cart) return problem(404, 'UNKNOWN_CART', 'there is no such cart');
    return orders.place({ ...cart, orderKey: key.data });
  };
  return [
    ['/cart', ['POST', fillCart]],
    ['/orders', ['POST', order]],
  ];
}

/** Where the link beside a voucher leads: what it is worth. */
function voucherPage(vouchers: Vouchers): Action {
  return async ({ query }) => {
    const code = voucherCode.safeParse(new URLSearchParams(query).get('code'));
    if (!code.success) return problem(400, 'BAD_INPUT', 'a checkout link needs ?code=...');
    try {
      const voucher = await vouchers.find(code.data);
      return voucher
        ? { status: 200, body: { voucher } }
        : problem(404, 'UNKNOWN_VOUCHER', 'there is no such voucher');
    } catch {
      return problem(502, 'PARTNER_FAILED', 'promo does not answer');
    }
  };
}
