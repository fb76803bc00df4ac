import { z } from 'zod';
import { amount, latency, ratePerSec, ratio } from '../../scripts/core/quantities.ts';
import { RecentMap } from '../core/recent-map.ts';
import { drawLatencyMs } from '../core/seeded.ts';
import {
  badInput,
  clientKey,
  count,
  granted,
  itemName,
  keyField,
  type PartnerAnswer,
  type PartnerBehaviour,
  type PartnerCall,
  type PartnerContext,
  partnerKeys,
  refusal,
} from '../partner.ts';
import { Shops } from '../supply/shops.ts';
import { Stock } from '../supply/stock.ts';

/** Each item is a metric series and is looked at when stock goes out. */
const MAX_ITEMS = 200;
const MAX_SHOPS = 10_000;
/** Orders remembered for repeats and their status, over 90 s of 1,000 orders/s. */
const REMEMBERED_ORDERS = 100_000;

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
    const items = itemsOf(cafe);
    const issue = (message: string): void => context.addIssue({ code: 'custom', path: ['stock'], message });
    if (cafeMenu(cafe).length === 0) issue('a stock or a menu with at least one item');
    if (items.length > MAX_ITEMS) issue(`at most ${MAX_ITEMS} items, not ${items.length}`);
  });

type CafeSpec = z.output<typeof schema>;
type Menu = Pick<CafeSpec, 'menu' | 'stock'>;

/** Items on sale at a café. */
export function cafeMenu(cafe: Menu): readonly string[] {
  return cafe.menu ?? Object.keys(cafe.stock);
}

const itemsOf = (cafe: Menu): string[] => [...new Set([...cafeMenu(cafe), ...Object.keys(cafe.stock)])];

/** Shop → weight. */
export function cafeShops({ shops }: Pick<CafeSpec, 'shops'>): Readonly<Record<string, number>> {
  if (typeof shops !== 'number') return shops;
  return Object.fromEntries(Array.from({ length: shops }, (_, index) => [`shop-${index + 1}`, 1]));
}

const ID_PREFIX = 'order-';
const orderBody = z.object({ sku: itemName, orderKey: clientKey, shop: shopName.optional() });

interface Order {
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

function statusOf({ cancelled, beginsAt, readyAt }: Order, now: number): string {
  if (cancelled) return 'cancelled';
  if (now < beginsAt) return 'queued';
  return now < readyAt ? 'preparing' : 'ready';
}

function shown(order: Order, now: number) {
  const { id, sku, shop } = order;
  return { id, sku, shop, status: statusOf(order, now), readyAt: new Date(order.readyAt).toISOString() };
}

export const cafePartner = {
  schema,
  open(spec: CafeSpec, { seed, depleted, check, book }: PartnerContext): PartnerBehaviour {
    const menu = cafeMenu(spec);
    const onMenu = new Set(menu);
    const consumables = Object.keys(spec.stock).filter((item) => !onMenu.has(item));
    const neededFor = new Map(menu.map((sku) => [sku, [sku, ...consumables]]));
    const stock = new Stock(spec.stock, depleted);
    const shops = new Shops(cafeShops(spec), spec.capacity);
    const queuePerShop = spec.queue === null ? null : spec.queue / shops.names.length;
    /** By the request that made it: a repeated one gets the same order. */
    const byRequest = new RecentMap<Order>(REMEMBERED_ORDERS);
    const byId = new RecentMap<Order>(REMEMBERED_ORDERS);

    /** The item for want of which `sku` cannot be sold, and whether only a fault keeps it out. */
    const lacking = (sku: string, keptOut: PartnerCall['keptOut']) => {
      const needed = neededFor.get(sku) ?? [];
      const gone = needed.find((item) => stock.isGone(item));
      if (gone !== undefined) return { item: gone, byFault: false };
      const kept = needed.find(keptOut);
      return kept === undefined ? null : { item: kept, byFault: true };
    };

    const showMenu = ({ keptOut }: PartnerCall): PartnerAnswer => {
      const withheld: string[] = [];
      const items = menu.map((sku) => {
        const lack = lacking(sku, keptOut);
        if (lack?.byFault) withheld.push(lack.item);
        return { sku, price: spec.price, available: lack === null };
      });
      return { status: 200, outcome: 'menu', body: { items }, withheld };
    };

    const showShops = ({ keptClosed }: PartnerCall): PartnerAnswer => {
      const now = Date.now();
      const list = shops.names.map((id) => ({ id, open: !keptClosed(id), waiting: shops.waiting(id, now) }));
      const closed = list.find(({ open }) => !open);
      return {
        ...granted(200, 'shops', { shops: list }),
        ...(closed ? { closedBy: { shop: closed.id } } : {}),
      };
    };

    const shopOf = (body: unknown, key: string | null): string =>
      keyField(body, 'shop') ?? shops.draw(seed, key ?? '');

    const takeOrder = ({ body, canary, headers, keptOut, keptClosed }: PartnerCall): PartnerAnswer => {
      const parsed = orderBody.safeParse(body);
      if (!parsed.success) return badInput(parsed.error);
      const { sku, orderKey } = parsed.data;
      const named = headers['idempotency-key'];
      const request = typeof named === 'string' ? `request ${named}` : `order ${orderKey}`;
      const earlier = byRequest.get(request);
      const now = Date.now();
      if (earlier) return granted(200, 'repeated', shown(earlier, now));
      if (!onMenu.has(sku)) return refusal(404, 'UNKNOWN_ITEM', `${sku} is not on the menu`);
      const shop = shopOf(body, orderKey);
      if (!shops.has(shop)) return refusal(404, 'UNKNOWN_SHOP', `there is no shop ${shop}`);
      if (keptClosed(shop)) {
        return { ...granted(409, 'closed', { code: 'CLOSED', shop }), closedBy: { shop } };
      }
      const lack = lacking(sku, keptOut);
      if (lack && (lack.byFault || spec.whenOut === 'refuse')) {
        const withheld = lack.byFault ? [lack.item] : [];
        return { ...granted(409, 'sold-out', { code: 'SOLD_OUT', item: lack.item }), withheld };
      }
      const wouldWait = shops.beginsAt(shop, now) > now;
      if (queuePerShop !== null && wouldWait && shops.waiting(shop, now) >= queuePerShop) {
        return queueFull(shop, now);
      }
      const first = byId.get(ID_PREFIX + orderKey);
      const order: Order = {
        id: first ? `${first.id}-again-${++first.again}` : ID_PREFIX + orderKey,
        sku,
        orderKey,
        shop,
        ...times(shop, orderKey, canary, now),
        cancelled: false,
        canary,
        again: 0,
        live: 1,
      };
      if (!canary) {
        check('order-twice', first !== undefined && first.live > 0, orderKey);
        check('oversold', lack !== null, `${orderKey} ${lack?.item ?? sku}`);
        book.accept(orderKey);
        for (const item of neededFor.get(sku) ?? []) stock.use(item);
      }
      if (first) first.live++;
      byRequest.set(request, order);
      byId.set(order.id, order);
      return granted(201, 'accepted', shown(order, now));
    };

    const times = (shop: string, orderKey: string, canary: boolean, now: number) => {
      const beginsAt = canary ? shops.beginsAt(shop, now) : shops.enqueue(shop, now);
      const preparationMs = drawLatencyMs(spec.preparation, seed, `${orderKey} preparation`);
      return { beginsAt, readyAt: Math.ceil(beginsAt + preparationMs) };
    };

    const queueFull = (shop: string, now: number): PartnerAnswer => {
      const waitSec = Math.max(1, Math.ceil((shops.beginsAt(shop, now) - now) / 1_000));
      const full = refusal(503, 'QUEUE_FULL', `${shop} takes no more orders for ${waitSec} s`);
      return { ...full, outcome: 'queue-full', headers: { 'retry-after': String(waitSec) } };
    };

    const ofOrder =
      (act: (order: Order, now: number) => PartnerAnswer) =>
      ({ params }: PartnerCall): PartnerAnswer => {
        const order = byId.get(params['id'] ?? '');
        return order ? act(order, Date.now()) : refusal(404, 'UNKNOWN_ORDER', 'there is no such order');
      };

    const showOrder = ofOrder((order, now) => granted(200, 'status', shown(order, now)));

    const cancelOrder = ofOrder((order, now) => {
      if (order.cancelled) return granted(200, 'repeated', shown(order, now));
      if (now >= order.readyAt && order.readyAt > order.beginsAt) {
        return { ...granted(409, 'too-late', { code: 'TOO_LATE', status: 'ready' }) };
      }
      // What was begun is spoilt.
      if (now < order.beginsAt && !order.canary) {
        for (const item of neededFor.get(order.sku) ?? []) stock.giveBack(item);
      }
      order.cancelled = true;
      const first = byId.get(ID_PREFIX + order.orderKey);
      if (first) first.live--;
      if (!order.canary) book.cancel(order.orderKey);
      return granted(200, 'cancelled', shown(order, now));
    });

    return {
      routes: [
        { method: 'GET', path: '/menu', act: showMenu },
        { method: 'GET', path: '/shops', act: showShops },
        { method: 'POST', path: '/orders', act: takeOrder },
        { method: 'GET', path: '/orders/:id', act: showOrder },
        { method: 'POST', path: '/orders/:id/cancel', act: cancelOrder },
      ],
      keyOf: ({ body, params }) =>
        keyField(body, 'orderKey') ?? params['id']?.slice(ID_PREFIX.length) ?? null,
      shopOf: ({ body, key, params }) => byId.get(params['id'] ?? '')?.shop ?? shopOf(body, key),
      menu,
      items: itemsOf(spec),
      left: () => stock.left(),
      restock: (wanted) => stock.restock(wanted),
      gauges: () => ({ queueLength: shops.waitingInAll(Date.now()), shops: shops.names }),
      reset: () => {
        byRequest.clear();
        byId.clear();
        shops.reset();
        stock.reset();
      },
    };
  },
};
