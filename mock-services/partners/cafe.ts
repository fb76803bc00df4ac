import { z } from 'zod';
import { amount, ratio } from '../../scripts/core/quantities.ts';
import {
  badInput,
  clientKey,
  granted,
  itemName,
  type PartnerAnswer,
  type PartnerBehaviour,
  type PartnerCall,
  partnerKeys,
  refusal,
} from '../partner.ts';
import { RecentMap } from '../recent-map.ts';

/** Each item is a metric series and is looked at when stock goes out. */
const MAX_ITEMS = 200;
/** Orders remembered for repeats, over 90 s of 1,000 orders/s. */
const REMEMBERED_ORDERS = 100_000;

const schema = z
  .strictObject({
    kind: z.literal('cafe'),
    ...partnerKeys,
    /** Item → how many there are; an item on the menu but not here never runs out. */
    stock: z.record(itemName, amount({ min: 0, max: Number.MAX_SAFE_INTEGER, integer: true })).default({}),
    /** Items on sale; without it every item in stock. A stock item not on the menu is used up, one an order. */
    menu: z.array(itemName).min(1).optional(),
    /** Share of all orders that go to this café, 0 to 1. */
    share: ratio().nullable().default(null),
    /** Of every item, in the minor unit of the currency. */
    price: amount({ min: 0, max: Number.MAX_SAFE_INTEGER, integer: true }).default(100),
  })
  .superRefine((cafe, context) => {
    const items = itemsOf(cafe);
    if (cafeMenu(cafe).length === 0) {
      context.addIssue({
        code: 'custom',
        path: ['stock'],
        message: 'a stock or a menu with at least one item',
      });
    }
    if (items.length > MAX_ITEMS) {
      context.addIssue({
        code: 'custom',
        path: ['stock'],
        message: `at most ${MAX_ITEMS} items, not ${items.length}`,
      });
    }
  });

type CafeSpec = z.output<typeof schema>;

/** Items on sale at a café. */
export function cafeMenu(cafe: {
  menu?: readonly string[] | undefined;
  stock: Record<string, number>;
}): readonly string[] {
  return cafe.menu ?? Object.keys(cafe.stock);
}

function itemsOf(cafe: { menu?: readonly string[] | undefined; stock: Record<string, number> }) {
  return [...new Set([...cafeMenu(cafe), ...Object.keys(cafe.stock)])];
}

const orderBody = z.object({ sku: itemName, orderKey: clientKey });

export const cafePartner = {
  schema,
  /** @param depleted called when the last of an item has gone. */
  open(spec: CafeSpec, depleted: (item: string) => void): PartnerBehaviour {
    const menu = cafeMenu(spec);
    const onMenu = new Set(menu);
    const consumables = Object.keys(spec.stock).filter((item) => !onMenu.has(item));
    const left = new Map(Object.entries(spec.stock));
    const orders = new RecentMap<{ id: string; sku: string }>(REMEMBERED_ORDERS);
    let lastOrder = 0;

    /** The item for want of which `sku` cannot be sold, and whether only a fault keeps it out. */
    const lacking = (sku: string, keptOut: PartnerCall['keptOut']) => {
      const needed = [sku, ...consumables];
      const gone = needed.find((item) => left.get(item) === 0);
      if (gone !== undefined) return { item: gone, byFault: false };
      const kept = needed.find(keptOut);
      return kept === undefined ? null : { item: kept, byFault: true };
    };

    const use = (item: string): void => {
      const before = left.get(item);
      if (before === undefined) return;
      left.set(item, before - 1);
      if (before === 1) depleted(item);
    };

    const showMenu = ({ keptOut }: PartnerCall): PartnerAnswer => {
      const lacks = new Map(menu.map((sku) => [sku, lacking(sku, keptOut)]));
      const withheld = [...lacks.values()].flatMap((lack) => (lack?.byFault ? [lack.item] : []));
      const items = menu.map((sku) => ({ sku, price: spec.price, available: lacks.get(sku) === null }));
      return { ...granted(200, 'menu', { items }), withheld };
    };

    const takeOrder = ({ body, canary, keptOut }: PartnerCall): PartnerAnswer => {
      const parsed = orderBody.safeParse(body);
      if (!parsed.success) return badInput(parsed.error);
      const { sku, orderKey } = parsed.data;
      const earlier = orders.get(orderKey);
      if (earlier) return granted(200, 'repeated', earlier);
      if (!onMenu.has(sku)) {
        return refusal(404, { code: 'UNKNOWN_ITEM', message: `${sku} is not on the menu` });
      }
      const lack = lacking(sku, keptOut);
      if (lack) {
        const withheld = lack.byFault ? [lack.item] : [];
        return { ...granted(409, 'sold-out', { code: 'SOLD_OUT', item: lack.item }), withheld };
      }
      if (!canary) for (const item of [sku, ...consumables]) use(item);
      const order = { id: `order-${++lastOrder}`, sku };
      orders.set(orderKey, order);
      return granted(201, 'accepted', order);
    };

    return {
      routes: new Map([
        ['/menu', new Map([['GET', showMenu]])],
        ['/orders', new Map([['POST', takeOrder]])],
      ]),
      keyOf: (body) => orderBody.safeParse(body).data?.orderKey ?? null,
      menu,
      items: itemsOf(spec),
      left: () => Object.fromEntries(left),
      reset: (stock) => {
        orders.clear();
        for (const [item, planned] of Object.entries(spec.stock)) left.set(item, stock[item] ?? planned);
      },
    };
  },
};
