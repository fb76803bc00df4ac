import { type OrderFlow, priceOn } from './order-flow.ts';
import type { Menu, Partners } from './partners.ts';

/**
 * The shop that most people write first: it waits for its partners as long as they take, and has a fixed number of
 * workers. When payment takes 2 s more, 64 workers finish about 15 orders a second; the rest queue without end.
 *
 * @param workers orders at work at once.
 */
export function naiveFlow(partners: Partners, workers: number): OrderFlow {
  let free = workers;
  const waiting: (() => void)[] = [];
  let lastMenu: Menu | null = null;

  const menu = async (): Promise<Menu> => {
    lastMenu = await partners.menu();
    return lastMenu;
  };
  const place: OrderFlow['place'] = async ({ sku, orderKey }, discount) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      const price = priceOn(lastMenu ?? (await menu()), sku);
      if (price === null) return { kind: 'failed', message: `${sku} is not on the menu` };
      const authorization = await partners.authorize(orderKey, Math.max(0, price - discount));
      const order = await partners.order(sku, orderKey);
      // The authorization of a sold-out order is never captured: it lapses.
      if ('kind' in order) return order;
      await partners.capture(authorization.id);
      return { kind: 'confirmed', id: order.id, payment: 'captured' };
    } catch (error) {
      return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
  return { menu, place };
}
