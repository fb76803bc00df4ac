import { describe, expect, test } from 'vitest';
import type { MockEvent } from '../../../mock-services/contract.ts';
import { cafe, call, faultOf, latencyFault, payment } from '../../support/mocks/mock-config.ts';
import { startProcess } from '../../support/mocks/mock-processes.ts';
import { DemoShop } from '../../support/targets/demo-shop.ts';

const shop = DemoShop.forEachTest();

const slowPayment = (add: string) => [latencyFault('slow', { partner: 'pay', at: '0', for: '1h', add })];
const faultOn = async (): Promise<void> => {
  shop.mocks.startTimeline(Date.now());
  await shop.mocks.event(({ type }) => type === 'fault-on');
};

describe.each(['naive', 'resilient'])('%s', (mode) => {
  test('says that it is closed when its café is', async () => {
    await shop.open({ DEMO_SHOP_MODE: mode }, { faults: [faultOf('closure', { partner: 'beanhouse' })] });
    await faultOn();
    const order = await shop.buy('k1');
    expect([order.status, order.body]).toEqual([409, { code: 'CLOSED', shop: 'shop-1' }]);
  });

  test('sells from menu to order through its partners, once for each key', async () => {
    await shop.open({ DEMO_SHOP_MODE: mode });
    expect((await call(`${shop.url}/health`)).status).toBe(200);
    expect((await call(`${shop.url}/menu`)).body).toEqual({
      items: [{ sku: 'tea', price: 100, available: true }],
    });
    const order = await shop.buy('k1');
    expect([order.status, order.body]).toEqual([201, { order: { id: 'order-k1' }, payment: 'captured' }]);
    expect((await shop.buy('k1')).body).toEqual(order.body);
    expect(shop.stockLeft()).toBe(99);
  });

  test('says honestly what is sold out', async () => {
    const partners = [cafe('beanhouse', { stock: { tea: 1 } }), payment('pay')];
    await shop.open({ DEMO_SHOP_MODE: mode }, { partners });
    expect((await shop.buy('k1')).status).toBe(201);
    const refused = await shop.buy('k2');
    expect([refused.status, refused.body]).toEqual([409, { code: 'SOLD_OUT', item: 'tea' }]);
  });

  test('refuses what it cannot read', async () => {
    await shop.open({ DEMO_SHOP_MODE: mode });
    const key = { 'idempotency-key': 'k' };
    expect((await call(`${shop.url}/cart`, '[')).status).toBe(400);
    expect((await call(`${shop.url}/orders`, {}, key)).status).toBe(400);
    expect((await call(`${shop.url}/orders`, { cart: 'c9' })).status).toBe(400);
    expect((await call(`${shop.url}/orders`, { cart: 'c9' }, key)).status).toBe(404);
    expect((await call(`${shop.url}/orders`)).status).toBe(405);
    expect((await call(`${shop.url}/tickets/t9`)).status).toBe(404);
  });
});

test('naive: with every worker waiting for slow payment, the next order waits behind them', async () => {
  await shop.open({ DEMO_SHOP_MODE: 'naive', DEMO_SHOP_WORKERS: '2' }, { faults: slowPayment('4s') });
  await call(`${shop.url}/menu`);
  await faultOn();
  const finished: string[] = [];
  const orders = ['k1', 'k2'].map(async (key) => finished.push(`${key} ${(await shop.buy(key)).status}`));
  const seen = (count: number) =>
    shop.mocks.event((event: MockEvent) => event.type === 'fault-tally' && event.seen === count);
  await seen(2);
  const third = shop.buy('k3').then(({ status }) => finished.push(`k3 ${status}`));
  // A whole second later payment still knows of two orders only: the third waits in the shop.
  const tallies = shop.mocks.events.filter(({ type }) => type === 'fault-tally').length;
  await shop.mocks.event(
    (event) =>
      event.type === 'fault-tally' &&
      shop.mocks.events.filter(({ type }) => type === 'fault-tally').indexOf(event) === tallies,
  );
  expect(finished).toEqual([]);
  expect(shop.mocks.events.filter((event) => event.type === 'fault-tally').at(-1)).toMatchObject({ seen: 2 });
  shop.mocks.stopTimeline();
  await Promise.all([...orders, third]);
  // With the fault over it needs no 4 s: it may overtake the later one of the two, not the one it waited for.
  expect(finished[0]).not.toBe('k3 201');
  expect(finished.toSorted()).toEqual(['k1 201', 'k2 201', 'k3 201']);
});

test('resilient: confirms while payment is slow and charges later', async () => {
  await shop.open({ DEMO_SHOP_MODE: 'resilient' }, { faults: slowPayment('2s') });
  await faultOn();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, order) => shop.buy(`k${order}`)));
  for (const { status, body } of answers) {
    expect([status, body]).toEqual([
      201,
      { order: { id: expect.stringMatching(/^order-/) }, payment: 'deferred' },
    ]);
  }
  shop.mocks.stopTimeline();
  // Captures come only from the charges taken in the background.
  await expect
    .poll(async () => String((await call(`${shop.mocks.adminUrl}/metrics`)).body), { timeout: 15_000 })
    .toContain('peakproof_partner_requests_total{partner="pay",outcome="captured"} 20');
});

test('resilient: above its limit it turns orders away with Retry-After', async () => {
  await shop.open({ DEMO_SHOP_MODE: 'resilient', DEMO_SHOP_LIMIT: '1' });
  const answers = await Promise.all(Array.from({ length: 5 }, (_, order) => shop.buy(`k${order}`)));
  const busy = answers.filter(({ status }) => status === 503);
  expect(busy.length).toBeGreaterThanOrEqual(3);
  for (const { headers } of busy) expect(headers.get('retry-after')).toBe('1');
  expect(answers.length - busy.length).toBe(100 - (shop.stockLeft() ?? Number.NaN));
});

test('ticket: every order gets a ticket, and the ticket the order', async () => {
  await shop.open({ DEMO_SHOP_ANSWERS: 'ticket' });
  const queued = await shop.buy('k1');
  expect([queued.status, queued.body]).toEqual([202, { ticket: 't1' }]);
  expect(queued.headers.get('location')).toBe('/tickets/t1');
  expect(queued.headers.get('retry-after')).toBe('1');
  expect((await shop.buy('k1')).body).toEqual({ ticket: 't1' });
  await expect.poll(async () => (await call(`${shop.url}/tickets/t1`)).status).toBe(201);
  expect((await call(`${shop.url}/tickets/t1`)).body).toMatchObject({ order: { id: 'order-k1' } });
  expect(shop.stockLeft()).toBe(99);
});

test('ticket: a ticket says when its item is sold out', async () => {
  const partners = [cafe('beanhouse', { stock: { tea: 0 } }), payment('pay')];
  await shop.open({ DEMO_SHOP_ANSWERS: 'ticket' }, { partners });
  await shop.buy('k1');
  await expect.poll(async () => (await call(`${shop.url}/tickets/t1`)).status).toBe(409);
});

test('busy: 503 with Retry-After at first, the order when the client comes back', async () => {
  await shop.open({ DEMO_SHOP_ANSWERS: 'busy' });
  const first = await shop.buy('k1');
  expect([first.status, first.headers.get('retry-after')]).toEqual([503, '1']);
  expect((await shop.buy('k1')).status).toBe(201);
});

test('prose: 200 and an apology, and no order', async () => {
  await shop.open({ DEMO_SHOP_ANSWERS: 'prose' });
  const answer = await shop.buy('k1');
  expect([answer.status, answer.body]).toEqual([200, expect.stringContaining('sorry')]);
  expect(shop.stockLeft()).toBe(100);
});

test('without its partners it says what is missing and exits with 2', async () => {
  await shop.open({});
  const lost = startProcess(shop.script, { PEAKPROOF_PAY_URL: 'http://127.0.0.1:1' });
  expect(await lost.exit).toBe(2);
  expect(lost.stderr()).toContain('PEAKPROOF_BEANHOUSE_URL');
});
