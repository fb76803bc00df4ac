import { RecentMap } from '../core/recent-map.ts';

/** Orders remembered for repeats and their status, over 90 s of 1,000 orders/s. */
const REMEMBERED = 100_000;

const ID_PREFIX = 'order-';

export interface Order {
  id: string;
  sku: string;
  orderKey: string;
  shop: string;
  beginsAt: number;
  readyAt: number;
  cancelled: boolean;
  canary: boolean;
  /** Of the first order with a key: how many more there were, and how many of all are not cancelled. */
  again: number;
  live: number;
}

/** The orders that a café has taken. */
export class CafeOrders {
  /** By the request that made it: a repeated one gets the same order. */
  readonly #byRequest = new RecentMap<Order>(REMEMBERED);
  readonly #byId = new RecentMap<Order>(REMEMBERED);

  get(id: string | undefined): Order | undefined {
    return id === undefined ? undefined : this.#byId.get(id);
  }

  ofRequest(request: string): Order | undefined {
    return this.#byRequest.get(request);
  }

  /** The first order with this key. */
  first(orderKey: string): Order | undefined {
    return this.#byId.get(ID_PREFIX + orderKey);
  }

  /** @param first of its key, if there was one. */
  add(request: string, order: Order, first: Order | undefined): void {
    if (first) first.live++;
    this.#byRequest.set(request, order);
    this.#byId.set(order.id, order);
  }

  cancel(order: Order): void {
    order.cancelled = true;
    const first = this.first(order.orderKey);
    if (first) first.live--;
  }

  clear(): void {
    this.#byRequest.clear();
    this.#byId.clear();
  }
}

/** @param first of its key, if there was one. */
export function newOrderId(orderKey: string, first: Order | undefined): string {
  return first ? `${first.id}-again-${++first.again}` : ID_PREFIX + orderKey;
}

/** The key of the order with this id. */
export function keyOfId(id: string | undefined): string | null {
  return id?.slice(ID_PREFIX.length) ?? null;
}

export function shown(order: Order, now: number) {
  const { id, sku, shop } = order;
  return { id, sku, shop, status: statusOf(order, now), readyAt: new Date(order.readyAt).toISOString() };
}

function statusOf({ cancelled, beginsAt, readyAt }: Order, now: number): string {
  if (cancelled) return 'cancelled';
  if (now < beginsAt) return 'queued';
  return now < readyAt ? 'preparing' : 'ready';
}
