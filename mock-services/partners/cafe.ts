import { z } from 'zod';
import { amount, latency, ratePerSec, ratio } from '../../scripts/core/quantities.ts';
import { drawLatencyMs } from '../core/seeded.ts';
import { orderRequest } from '../http/request-keys.ts';
import {
  badInput,
  clientKey,
  count,
  granted,
  itemName,
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
import { CafeOrders, keyOfId, newOrderId, type Order, shown } from '../supply/cafe-orders.ts';
import { type Lack, MenuStock } from '../supply/menu-stock.ts';
import { Shops } from '../supply/shops.ts';

/** Each item is a metric series and is looked at when stock goes out. */
const MAX_ITEMS = 200;
const MAX_SHOPS = 10_000;

const shopName = z.string().regex(/^[\w-]{1,64}$/, 'a shop name of 1 to 64 letters, digits, _ or -');

const schema = z
  .strictObject({
    kind: z.literal('cafe'),
    ...partnerKeys,
    /** Item → how many there are; an item on the menu but not here never runs out. */
    stock: z.record(itemName, count()).default({}),
    /** Items on sale; without it every item in stock. A stock item not on the menu is used up, one an order. */
    menu: z.array(itemName).min(1).optional(),
    /** Share of all orders that go to this café, 0 to 1. */
    share: ratio().nullable().default(null),
    /** Of every item, in the minor unit of the currency. */
    price: count().default(100),
    /** Shop → weight, above 0; or so many shops of equal weight, `shop-1` and on. */
    shops: z
      .union([
        z.record(shopName, amount({ min: 0.001, max: 1_000_000 })).refine((shops) => {
          const { length } = Object.keys(shops);
          return length > 0 && length <= MAX_SHOPS;
        }, `1 to ${MAX_SHOPS} shops`),
        amount({ min: 1, max: MAX_SHOPS, integer: true }),
      ])
      .default(1),
    /** Orders that all shops together begin, per second, shared by weight; the others queue. null = any number. */
    capacity: ratePerSec({ min: 0.001 }).nullable().default(null),
    /** Orders that may wait at all shops together, shared alike; a shop with more says so. null = any number. */
    queue: count().nullable().default(null),
    /** How long an order takes once it has begun. */
    preparation: latency().default({ shape: 'fixed', ms: 0 }),
    /** What it does with an order for something that is gone: `refuse`, or `accept` as a till that knows no stock. */
    whenOut: z.enum(['refuse', 'accept']).default('refuse'),
  })
  .superRefine((cafe, context) => {
    const { size } = new Set([...cafeMenu(cafe), ...Object.keys(cafe.stock)]);
    const issue = (message: string): void => context.addIssue({ code: 'custom', path: ['stock'], message });
    if (cafeMenu(cafe).length === 0) issue('a stock or a menu with at least one item');
    if (size > MAX_ITEMS) issue(`at most ${MAX_ITEMS} items, not ${size}`);
  });

type CafeSpec = z.output<typeof schema>;

/** Items on sale at a café. */
export function cafeMenu(cafe: Pick<CafeSpec, 'menu' | 'stock'>): readonly string[] {
  return cafe.menu ?? Object.keys(cafe.stock);
}

/** Shop → weight. */
export function cafeShops({ shops }: Pick<CafeSpec, 'shops'>): Readonly<Record<string, number>> {
  if (typeof shops !== 'number') return shops;
  return Object.fromEntries(Array.from({ length: shops }, (_, index) => [`shop-${index + 1}`, 1]));
}

const orderBody = z.object({ sku: itemName, orderKey: clientKey, shop: shopName.optional() });

const UNKNOWN_ORDER = refusal(404, 'UNKNOWN_ORDER', 'there is no such order');

class Cafe implements PartnerBehaviour {
  readonly routes: readonly PartnerRoute[] = [
    { method: 'GET', path: '/menu', act: (call) => this.#showMenu(call) },
    { method: 'GET', path: '/shops', act: (call) => this.#showShops(call) },
    { method: 'POST', path: '/orders', act: (call) => this.#takeOrder(call) },
    { method: 'GET', path: '/orders/:id', act: (call) => this.#showOrder(call) },
    { method: 'POST', path: '/orders/:id/cancel', act: (call) => this.#cancelOrder(call) },
  ];
  readonly #spec: CafeSpec;
  readonly #context: PartnerContext;
  readonly #stock: MenuStock;
  readonly #shops: Shops;
  /** Orders that may wait at each; null = any number. */
  readonly #queuePerShop: number | null;
  readonly #orders = new CafeOrders();

  constructor(spec: CafeSpec, context: PartnerContext) {
    this.#spec = spec;
    this.#context = context;
    this.#stock = new MenuStock(cafeMenu(spec), spec.stock, context.depleted);
    this.#shops = new Shops(cafeShops(spec), spec.capacity);
    this.#queuePerShop = spec.queue === null ? null : spec.queue / this.#shops.names.length;
  }

  get menu(): readonly string[] {
    return this.#stock.menu;
  }

  get items(): readonly string[] {
    return this.#stock.items;
  }

  keyOf({ body, params }: Keyed): string | null {
    return keyField(body, 'orderKey') ?? keyOfId(params['id']);
  }

  shopOf({ body, key, params }: PartnerCall): string {
    return this.#orders.get(params['id'])?.shop ?? this.#shopFor(body, key ?? '');
  }

  left(): Record<string, number> {
    return this.#stock.left();
  }

  restock(stock: Readonly<Record<string, number>>): void {
    this.#stock.restock(stock);
  }

  gauges() {
    return { queueLength: this.#shops.waitingInAll(Date.now()), shops: this.#shops.names };
  }

  reset(): void {
    this.#orders.clear();
    this.#shops.reset();
    this.#stock.reset();
  }

  #showMenu({ keptOut }: PartnerCall): PartnerAnswer {
    const withheld: string[] = [];
    const items = this.menu.map((sku) => {
      const lack = this.#stock.lacking(sku, keptOut);
      if (lack?.byFault) withheld.push(lack.item);
      return { sku, price: this.#spec.price, available: lack === null };
    });
    return { status: 200, outcome: 'menu', body: { items }, withheld };
  }

  #showShops({ keptClosed }: PartnerCall): PartnerAnswer {
    const now = Date.now();
    const shops = this.#shops.names.map((id) => ({
      id,
      open: !keptClosed(id),
      waiting: this.#shops.waiting(id, now),
    }));
    const closed = shops.find(({ open }) => !open);
    return {
      ...granted(200, 'shops', { shops }),
      ...(closed ? { closedBy: { shop: closed.id } } : {}),
    };
  }

  #takeOrder({ body, canary, headers, keptOut, keptClosed }: PartnerCall): PartnerAnswer {
    const parsed = orderBody.safeParse(body);
    if (!parsed.success) return badInput(parsed.error);
    const { sku, orderKey } = parsed.data;
    const request = orderRequest(headers, orderKey);
    const earlier = this.#orders.ofRequest(request);
    const now = Date.now();
    if (earlier) return granted(200, 'repeated', shown(earlier, now));
    if (!this.#stock.sells(sku)) return refusal(404, 'UNKNOWN_ITEM', `${sku} is not on the menu`);
    const shop = this.#shopFor(body, orderKey);
    if (!this.#shops.has(shop)) return refusal(404, 'UNKNOWN_SHOP', `there is no shop ${shop}`);
    if (keptClosed(shop)) {
      return { ...granted(409, 'closed', { code: 'CLOSED', shop }), closedBy: { shop } };
    }
    const lack = this.#stock.lacking(sku, keptOut);
    if (lack && (lack.byFault || this.#spec.whenOut === 'refuse')) return soldOut(lack);
    if (this.#isQueueFull(shop, now)) return this.#queueFull(shop, now);
    const first = this.#orders.first(orderKey);
    const order = this.#newOrder({ sku, orderKey, shop, canary }, first, now);
    if (!canary) this.#record(order, first, lack);
    this.#orders.add(request, order, first);
    return granted(201, 'accepted', shown(order, now));
  }

  /** The shop that an order names, else one by its key. */
  #shopFor(body: unknown, key: string): string {
    return keyField(body, 'shop') ?? this.#shops.draw(this.#context.seed, key);
  }

  #isQueueFull(shop: string, now: number): boolean {
    return (
      this.#queuePerShop !== null &&
      this.#shops.beginsAt(shop, now) > now &&
      this.#shops.waiting(shop, now) >= this.#queuePerShop
    );
  }

  #queueFull(shop: string, now: number): PartnerAnswer {
    const waitSec = Math.max(1, Math.ceil((this.#shops.beginsAt(shop, now) - now) / 1_000));
    const full = refusal(503, 'QUEUE_FULL', `${shop} takes no more orders for ${waitSec} s`);
    return { ...full, outcome: 'queue-full', headers: { 'retry-after': String(waitSec) } };
  }

  #newOrder(
    { sku, orderKey, shop, canary }: Pick<Order, 'sku' | 'orderKey' | 'shop' | 'canary'>,
    first: Order | undefined,
    now: number,
  ): Order {
    const beginsAt = canary ? this.#shops.beginsAt(shop, now) : this.#shops.enqueue(shop, now);
    const { preparation } = this.#spec;
    const preparationMs = drawLatencyMs(preparation, this.#context.seed, `${orderKey} preparation`);
    return {
      id: newOrderId(orderKey, first),
      sku,
      orderKey,
      shop,
      beginsAt,
      readyAt: Math.ceil(beginsAt + preparationMs),
      cancelled: false,
      canary,
      again: 0,
      live: 1,
    };
  }

  #record({ orderKey, sku }: Order, first: Order | undefined, lack: Lack | null): void {
    const { check, book } = this.#context;
    check('order-twice', first !== undefined && first.live > 0, orderKey);
    check('oversold', lack !== null, `${orderKey} ${lack?.item ?? sku}`);
    book.accept(orderKey);
    this.#stock.use(sku);
  }

  #showOrder({ params }: PartnerCall): PartnerAnswer {
    const order = this.#orders.get(params['id']);
    return order ? granted(200, 'status', shown(order, Date.now())) : UNKNOWN_ORDER;
  }

  #cancelOrder({ params }: PartnerCall): PartnerAnswer {
    const order = this.#orders.get(params['id']);
    if (!order) return UNKNOWN_ORDER;
    const now = Date.now();
    if (order.cancelled) return granted(200, 'repeated', shown(order, now));
    if (now >= order.readyAt && order.readyAt > order.beginsAt) {
      return granted(409, 'too-late', { code: 'TOO_LATE', status: 'ready' });
    }
    // What was begun is spoilt.
    if (now < order.beginsAt && !order.canary) this.#stock.giveBack(order.sku);
    this.#orders.cancel(order);
    if (!order.canary) this.#context.book.cancel(order.orderKey);
    return granted(200, 'cancelled', shown(order, now));
  }
}

function soldOut({ item, byFault }: Lack): PartnerAnswer {
  return { ...granted(409, 'sold-out', { code: 'SOLD_OUT', item }), withheld: byFault ? [item] : [] };
}

export const cafePartner = {
  schema,
  open: (spec: CafeSpec, context: PartnerContext): PartnerBehaviour => new Cafe(spec, context),
};
