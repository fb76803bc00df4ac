import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { MockEvent, MocksConfig } from '../../../mock-services/contract.ts';
import {
  cafe,
  call,
  faultOf,
  latencyFault,
  payment,
  type Reply,
  runMocks,
} from '../../support/mock-config.ts';
import { bundleEntry, type Started, startProcess } from '../../support/mock-processes.ts';

interface ShopReady {
  type: 'shop-ready';
  url: string;
}

let script: string;
let mocks: Awaited<ReturnType<typeof runMocks>>;
let shop: Started<ShopReady>;
let url: string;

beforeAll(async () => {
  script = await bundleEntry('mock-services/demo-shop/main.ts');
});
afterEach(async () => {
  await shop.stop();
  await mocks.close();
});

async function open(env: Record<string, string>, config: Partial<MocksConfig> = {}): Promise<void> {
  mocks = await runMocks({
    partners: [cafe('beanhouse', { stock: { tea: 100 } }), payment('pay')],
    ...config,
  });
  shop = startProcess<ShopReady>(script, {
    PEAKPROOF_BEANHOUSE_URL: mocks.url('beanhouse'),
    PEAKPROOF_PAY_URL: mocks.url('pay'),
    ...env,
  });
  url = (await shop.line((line): line is ShopReady => line.type === 'shop-ready')).url;
}

async function buy(orderKey: string, sku = 'tea'): Promise<Reply> {
  const { body } = await call(`${url}/cart`, { sku });
  const cart = body instanceof Object && 'id' in body ? body.id : null;
  return call(`${url}/orders`, { cart }, { 'idempotency-key': orderKey });
}

const stockLeft = () => mocks.state().partners['beanhouse']?.stock['tea'];
const slowPayment = (add: string) => [latencyFault('slow', { partner: 'pay', at: '0', for: '1h', add })];
const faultOn = async (): Promise<void> => {
  mocks.startTimeline(Date.now());
  await mocks.event(({ type }) => type === 'fault-on');
};

describe.each(['naive', 'resilient'])('%s', (mode) => {
  test('says that it is closed when its café is', async () => {
    await open({ DEMO_SHOP_MODE: mode }, { faults: [faultOf('closure', { partner: 'beanhouse' })] });
    await faultOn();
    const order = await buy('k1');
    expect([order.status, order.body]).toEqual([409, { code: 'CLOSED', shop: 'shop-1' }]);
  });

  test('sells from menu to order through its partners, once for each key', async () => {
    await open({ DEMO_SHOP_MODE: mode });
    expect((await call(`${url}/health`)).status).toBe(200);
    expect((await call(`${url}/menu`)).body).toEqual({
      items: [{ sku: 'tea', price: 100, available: true }],
    });
    const order = await buy('k1');
    expect([order.status, order.body]).toEqual([201, { order: { id: 'order-k1' }, payment: 'captured' }]);
    expect((await buy('k1')).body).toEqual(order.body);
    expect(stockLeft()).toBe(99);
  });

  test('says honestly what is sold out', async () => {
    const partners = [cafe('beanhouse', { stock: { tea: 1 } }), payment('pay')];
    await open({ DEMO_SHOP_MODE: mode }, { partners });
    expect((await buy('k1')).status).toBe(201);
    const refused = await buy('k2');
    expect([refused.status, refused.body]).toEqual([409, { code: 'SOLD_OUT', item: 'tea' }]);
  });

  test('refuses what it cannot read', async () => {
    await open({ DEMO_SHOP_MODE: mode });
    const key = { 'idempotency-key': 'k' };
    expect((await call(`${url}/cart`, '[')).status).toBe(400);
    expect((await call(`${url}/orders`, {}, key)).status).toBe(400);
    expect((await call(`${url}/orders`, { cart: 'c9' })).status).toBe(400);
    expect((await call(`${url}/orders`, { cart: 'c9' }, key)).status).toBe(404);
    expect((await call(`${url}/orders`)).status).toBe(405);
    expect((await call(`${url}/tickets/t9`)).status).toBe(404);
  });
});

test('naive: with every worker waiting for slow payment, the next order waits behind them', async () => {
  await open({ DEMO_SHOP_MODE: 'naive', DEMO_SHOP_WORKERS: '2' }, { faults: slowPayment('4s') });
  await call(`${url}/menu`);
  await faultOn();
  const finished: string[] = [];
  const orders = ['k1', 'k2'].map(async (key) => finished.push(`${key} ${(await buy(key)).status}`));
  const seen = (count: number) =>
    mocks.event((event: MockEvent) => event.type === 'fault-tally' && event.seen === count);
  await seen(2);
  const third = buy('k3').then(({ status }) => finished.push(`k3 ${status}`));
  // A whole second later payment still knows of two orders only: the third waits in the shop.
  const tallies = mocks.events.filter(({ type }) => type === 'fault-tally').length;
  await mocks.event(
    (event) =>
      event.type === 'fault-tally' &&
      mocks.events.filter(({ type }) => type === 'fault-tally').indexOf(event) === tallies,
  );
  expect(finished).toEqual([]);
  expect(mocks.events.filter((event) => event.type === 'fault-tally').at(-1)).toMatchObject({ seen: 2 });
  mocks.stopTimeline();
  await Promise.all([...orders, third]);
  expect(finished.slice(0, 2).toSorted()).toEqual(['k1 201', 'k2 201']);
  expect(finished[2]).toBe('k3 201');
});

test('resilient: confirms while payment is slow and charges later', async () => {
  await open({ DEMO_SHOP_MODE: 'resilient' }, { faults: slowPayment('2s') });
  await faultOn();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, order) => buy(`k${order}`)));
  for (const { status, body } of answers) {
    expect([status, body]).toEqual([
      201,
      { order: { id: expect.stringMatching(/^order-/) }, payment: 'deferred' },
    ]);
  }
  mocks.stopTimeline();
  // Captures come only from the charges taken in the background.
  await expect
    .poll(async () => String((await call(`${mocks.adminUrl}/metrics`)).body), { timeout: 15_000 })
    .toContain('peakproof_partner_requests_total{partner="pay",outcome="captured"} 20');
});

test('resilient: above its limit it turns orders away with Retry-After', async () => {
  await open({ DEMO_SHOP_MODE: 'resilient', DEMO_SHOP_LIMIT: '1' });
  const answers = await Promise.all(Array.from({ length: 5 }, (_, order) => buy(`k${order}`)));
  const busy = answers.filter(({ status }) => status === 503);
  expect(busy.length).toBeGreaterThanOrEqual(3);
  for (const { headers } of busy) expect(headers.get('retry-after')).toBe('1');
  expect(answers.length - busy.length).toBe(100 - (stockLeft() ?? Number.NaN));
});

test('ticket: every order gets a ticket, and the ticket the order', async () => {
  await open({ DEMO_SHOP_ANSWERS: 'ticket' });
  const queued = await buy('k1');
  expect([queued.status, queued.body]).toEqual([202, { ticket: 't1' }]);
  expect(queued.headers.get('location')).toBe('/tickets/t1');
  expect(queued.headers.get('retry-after')).toBe('1');
  expect((await buy('k1')).body).toEqual({ ticket: 't1' });
  await expect.poll(async () => (await call(`${url}/tickets/t1`)).status).toBe(201);
  expect((await call(`${url}/tickets/t1`)).body).toMatchObject({ order: { id: 'order-k1' } });
  expect(stockLeft()).toBe(99);
});

test('ticket: a ticket says when its item is sold out', async () => {
  const partners = [cafe('beanhouse', { stock: { tea: 0 } }), payment('pay')];
  await open({ DEMO_SHOP_ANSWERS: 'ticket' }, { partners });
  await buy('k1');
  await expect.poll(async () => (await call(`${url}/tickets/t1`)).status).toBe(409);
});

test('busy: 503 with Retry-After at first, the order when the client comes back', async () => {
  await open({ DEMO_SHOP_ANSWERS: 'busy' });
  const first = await buy('k1');
  expect([first.status, first.headers.get('retry-after')]).toEqual([503, '1']);
  expect((await buy('k1')).status).toBe(201);
});

test('prose: 200 and an apology, and no order', async () => {
  await open({ DEMO_SHOP_ANSWERS: 'prose' });
  const answer = await buy('k1');
  expect([answer.status, answer.body]).toEqual([200, expect.stringContaining('sorry')]);
  expect(stockLeft()).toBe(100);
});

test('without its partners it says what is missing and exits with 2', async () => {
  await open({});
  const lost = startProcess(script, { PEAKPROOF_PAY_URL: 'http://127.0.0.1:1' });
  expect(await lost.exit).toBe(2);
  expect(lost.stderr()).toContain('PEAKPROOF_BEANHOUSE_URL');
});
