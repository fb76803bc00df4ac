// One order at a shop, in own code: examples/own-code.yaml rehearses a launch with it, docs/own-code.md explains it.
import { type Doing, order, type Shop } from 'peakproof/k6';

export default order(function* (shop) {
  const menu = yield* shop.get('/menu');
  if (menu.status !== 200) return shop.confirmed(false);

  yield* shop.think();
  const cart = yield* fillCart(shop);

  yield* shop.think();
  const placed = yield* shop.post('/orders', {
    headers: { 'Idempotency-Key': shop.orderKey },
    json: { cart },
    decides: true,
  });
  if (placed.status === 409 && placed.at('code') === 'SOLD_OUT') return shop.soldOut(placed.at('item'));
  if (placed.status === 202) {
    const done = yield* shop.poll(`/tickets/${placed.at('ticket')}`, {
      until: (reply) => reply.at('order.id') !== undefined,
    });
    return shop.confirmed(done.at('order.id'));
  }
  return shop.confirmed(placed.status === 201 && placed.at('order.id'));
});

/** A part of an order, for what several orders do: a generator as well. */
function* fillCart(shop: Shop): Doing<string> {
  const cart = yield* shop.post('/cart', { json: { sku: shop.sku } });
  return String(cart.at('id'));
}
