import type { JsonAnswer } from '../json-server.ts';
import { RecentMap } from '../recent-map.ts';
import type { OrderFlow, OrderResult } from './order-flow.ts';
import type { ShopSettings } from './settings.ts';

/** Orders and tickets remembered. */
const REMEMBERED = 100_000;
const RETRY_AFTER_SEC = 1;
const APOLOGY = 'We are so sorry! Everybody wants one today. Please come back a little later.';

/** Orders by their idempotency key, answered in the manner that the settings ask for. */
export interface Orders {
  place: (sku: string, orderKey: string) => Promise<JsonAnswer>;
  /** null = no such ticket. */
  ticket: (id: string) => JsonAnswer | null;
}

export function takeOrders(flow: OrderFlow, answers: ShopSettings['answers']): Orders {
  const placed = new RecentMap<Promise<OrderResult>>(REMEMBERED);
  const turnedAway = new RecentMap<true>(REMEMBERED);
  const tickets = new RecentMap<{ result: OrderResult | null }>(REMEMBERED);
  const ticketOf = new RecentMap<string>(REMEMBERED);
  let lastTicket = 0;

  /** A repeat joins the order at work or gets its answer; what was not confirmed may be tried again. */
  const place = (sku: string, orderKey: string): Promise<OrderResult> => {
    const earlier = placed.get(orderKey);
    if (earlier) return earlier;
    const result = flow.place(sku, orderKey);
    placed.set(orderKey, result);
    void result.then(({ kind }) => {
      if (kind !== 'confirmed') placed.delete(orderKey);
    });
    return result;
  };
  const queue = (sku: string, orderKey: string): JsonAnswer => {
    const earlier = ticketOf.get(orderKey);
    if (earlier !== undefined) return waiting(earlier);
    const id = `t${++lastTicket}`;
    const ticket: { result: OrderResult | null } = { result: null };
    ticketOf.set(orderKey, id);
    tickets.set(id, ticket);
    void place(sku, orderKey).then((result) => {
      ticket.result = result;
      if (result.kind !== 'confirmed') ticketOf.delete(orderKey);
    });
    return waiting(id);
  };
  return {
    place: async (sku, orderKey) => {
      if (answers === 'prose') return { status: 200, body: APOLOGY };
      if (answers === 'ticket') return queue(sku, orderKey);
      if (answers === 'busy' && !turnedAway.get(orderKey)) {
        turnedAway.set(orderKey, true);
        return answerOf({ kind: 'busy', retryAfterSec: RETRY_AFTER_SEC });
      }
      return answerOf(await place(sku, orderKey));
    },
    ticket: (id) => {
      const ticket = tickets.get(id);
      if (!ticket) return null;
      return ticket.result ? answerOf(ticket.result) : waiting(id);
    },
  };
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
