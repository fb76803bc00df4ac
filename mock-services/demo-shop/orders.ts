import { APOLOGY } from '../core/apology.ts';
import { RecentMap } from '../core/recent-map.ts';
import type { JsonAnswer } from '../http/json-server.ts';
import type { OrderRequest, OrderResult } from './order-flow.ts';
import type { ShopSettings } from './settings.ts';

/** Orders and tickets remembered. */
const REMEMBERED = 100_000;
const RETRY_AFTER_SEC = 1;

/** Orders by their idempotency key, answered in the manner that the settings ask for. */
export interface Orders {
  place: (order: OrderRequest) => Promise<JsonAnswer>;
  /** The same for bot and chat: what came of it, in no manner but plainly or by an apology. */
  result: (order: OrderRequest) => Promise<OrderResult>;
  /** null = no such ticket. */
  ticket: (id: string) => JsonAnswer | null;
}

type Place = (order: OrderRequest) => Promise<OrderResult>;

/** @param buy what an order's first try does. */
export function takeOrders(buy: Place, answers: ShopSettings['answers']): Orders {
  const place = placeOnce(buy);
  const { queue, ticket } = ticketQueue(place);
  const turnedAway = new RecentMap<true>(REMEMBERED);
  return {
    ticket,
    result: async (order) =>
      answers === 'prose' ? { kind: 'failed', message: APOLOGY } : await place(order),
    place: async (order) => {
      if (answers === 'prose') return { status: 200, body: APOLOGY };
      if (answers === 'ticket') return queue(order);
      if (answers === 'busy' && !turnedAway.get(order.orderKey)) {
        turnedAway.set(order.orderKey, true);
        return answerOf({ kind: 'busy', retryAfterSec: RETRY_AFTER_SEC });
      }
      return answerOf(await place(order));
    },
  };
}

/** A repeat joins the order at work or gets its answer; what was not confirmed may be tried again. */
function placeOnce(buy: Place): Place {
  const placed = new RecentMap<Promise<OrderResult>>(REMEMBERED);
  return (order) => {
    const { orderKey } = order;
    const earlier = placed.get(orderKey);
    if (earlier) return earlier;
    const result = buy(order);
    placed.set(orderKey, result);
    void result.then(({ kind }) => {
      if (kind !== 'confirmed') placed.delete(orderKey);
    });
    return result;
  };
}

/** Orders that are answered with a ticket, which tells later what came of them. */
function ticketQueue(place: Place) {
  const tickets = new RecentMap<{ result: OrderResult | null }>(REMEMBERED);
  const ticketOf = new RecentMap<string>(REMEMBERED);
  let lastTicket = 0;
  const queue = (order: OrderRequest): JsonAnswer => {
    const { orderKey } = order;
    const earlier = ticketOf.get(orderKey);
    if (earlier !== undefined) return waiting(earlier);
    const id = `t${++lastTicket}`;
    const ticket: { result: OrderResult | null } = { result: null };
    ticketOf.set(orderKey, id);
    tickets.set(id, ticket);
    void place(order).then((result) => {
      ticket.result = result;
      if (result.kind !== 'confirmed') ticketOf.delete(orderKey);
    });
    return waiting(id);
  };
  const ticket = (id: string): JsonAnswer | null => {
    const known = tickets.get(id);
    if (!known) return null;
    return known.result ? answerOf(known.result) : waiting(id);
  };
  return { queue, ticket };
}

function waiting(ticket: string): JsonAnswer {
  return {
    status: 202,
    body: { ticket },
    headers: { location: `/tickets/${ticket}`, 'retry-after': String(RETRY_AFTER_SEC) },
  };
}

function answerOf(result: OrderResult): JsonAnswer {
  switch (result.kind) {
    case 'confirmed':
      return { status: 201, body: { order: { id: result.id }, payment: result.payment } };
    case 'sold-out':
      return { status: 409, body: { code: 'SOLD_OUT', item: result.item } };
    case 'closed':
      return { status: 409, body: { code: 'CLOSED', shop: result.shop } };
    case 'voucher-refused':
      return { status: 409, body: { code: 'VOUCHER_REFUSED', voucher: result.code } };
    case 'busy':
      return {
        status: 503,
        body: { code: 'BUSY' },
        headers: { 'retry-after': String(result.retryAfterSec) },
      };
    case 'failed':
      return { status: 502, body: { code: 'PARTNER_FAILED', message: result.message } };
  }
}
