import { describe, expect, test } from 'vitest';
import { cafe, call, payment } from '../../support/mocks/mock-config.ts';
import { DemoShop } from '../../support/targets/demo-shop.ts';

const shop = DemoShop.forEachTest();

const say = (message: string, headers: Record<string, string> = {}) =>
  call(`${shop.url}/chat`, { session: 's1', message }, headers);

/** The data of each event, in order. */
async function streamed(message: string): Promise<unknown[]> {
  const { status, body, headers } = await say(message, { accept: 'text/event-stream' });
  expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  const events = String(body).split('\n\n');
  expect(events.pop()).toBe('');
  return events.map((event) => JSON.parse(event.replace(/^data: /, '')));
}

describe.each(['naive', 'resilient'])('%s', (mode) => {
  test('talks until a message orders, once for each key', async () => {
    await shop.open({ DEMO_SHOP_MODE: mode });
    const talk = await say('What do you have?');
    expect([talk.status, talk.body]).toEqual([200, { reply: { text: expect.stringContaining('tea') } }]);
    const order = await say('One tea, please, key k-1.');
    const confirmed = { reply: { text: 'Order order-k-1 is confirmed.' }, order: { id: 'order-k-1' } };
    expect([order.status, order.body]).toEqual([200, confirmed]);
    expect((await say('Please order tea, key k-1')).body).toEqual(confirmed);
    expect(shop.stockLeft()).toBe(99);
  });

  test('says what is sold out', async () => {
    const partners = [cafe('beanhouse', { stock: { tea: 0 } }), payment('pay')];
    await shop.open({ DEMO_SHOP_MODE: mode }, { partners });
    expect((await say('One tea')).body).toEqual({
      reply: { text: 'Sorry, tea is sold out.' },
      soldOut: 'tea',
    });
  });

  test('streams the words one by one, and the order at the end', async () => {
    await shop.open({ DEMO_SHOP_MODE: mode });
    expect(await streamed('One tea, key k1')).toEqual([
      { reply: { text: 'Order ' } },
      { reply: { text: 'order-k1 ' } },
      { reply: { text: 'is ' } },
      { reply: { text: 'confirmed.' } },
      { order: { id: 'order-k1' } },
    ]);
    const talk = await streamed('Is the tea hot?');
    expect(talk.length).toBeGreaterThan(5);
    expect(talk).not.toContainEqual(expect.objectContaining({ order: expect.anything() }));
  });
});

test('orders the longest item that is named', async () => {
  const partners = [cafe('beanhouse', { menu: ['tea', 'tea latte'] }), payment('pay')];
  await shop.open({}, { partners });
  await say('One tea latte, key k1');
  expect((await call(`${shop.mocks.url('beanhouse')}/orders/order-k1`)).body).toMatchObject({
    sku: 'tea latte',
  });
});

test('resilient: above its limit it turns messages with orders away with Retry-After', async () => {
  await shop.open({ DEMO_SHOP_MODE: 'resilient', DEMO_SHOP_LIMIT: '1' });
  const answers = await Promise.all([1, 2, 3].map((order) => say(`One tea, key k${order}`)));
  const busy = answers.find(({ status }) => status === 503);
  expect([busy?.headers.get('retry-after'), busy?.body]).toMatchObject(['1', { code: 'BUSY' }]);
});

test('prose: an apology instead of an order', async () => {
  await shop.open({ DEMO_SHOP_ANSWERS: 'prose' });
  const { status, body } = await say('One tea, key k1');
  expect([status, body]).toEqual([200, { reply: { text: expect.stringContaining('sorry') } }]);
  expect(shop.stockLeft()).toBe(100);
});

test('refuses what is no message', async () => {
  await shop.open({});
  expect((await call(`${shop.url}/chat`, { message: 'hello' })).status).toBe(400);
  expect((await call(`${shop.url}/chat`)).status).toBe(405);
});
