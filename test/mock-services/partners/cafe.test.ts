import { afterEach, describe, expect, test } from 'vitest';
import { menuOf, PARTNER_KINDS } from '../../../mock-services/registry.ts';
import { cafe, call, runMocks, stockOut } from '../../support/mocks/mock-config.ts';

type Running = Awaited<ReturnType<typeof runMocks>>;
let mocks: Running;
afterEach(() => mocks.close());

const order = (sku: string, orderKey: string) => call(`${mocks.url('bean')}/orders`, { sku, orderKey });

describe('stock', () => {
  test('receipt paper is used by each order, and without it nothing is sold', async () => {
    mocks = await runMocks({
      partners: [cafe('bean', { stock: { tea: 10, cake: 10, 'receipt-paper': 2 }, menu: ['tea', 'cake'] })],
    });
    await order('tea', 'k1');
    await order('cake', 'k2');
    const refused = await order('tea', 'k3');
    expect([refused.status, refused.body]).toEqual([409, { code: 'SOLD_OUT', item: 'receipt-paper' }]);
    expect((await call(`${mocks.url('bean')}/menu`)).body).toEqual({
      items: [
        { sku: 'tea', price: 100, available: false },
        { sku: 'cake', price: 100, available: false },
      ],
    });
    expect(mocks.state().partners['bean']?.stock).toEqual({ tea: 9, cake: 9, 'receipt-paper': 0 });
  });

  test('the same order key again is the same order and takes nothing', async () => {
    mocks = await runMocks({ partners: [cafe('bean', { stock: { tea: 1 } })] });
    const first = await order('tea', 'k1');
    const again = await order('tea', 'k1');
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    expect((await order('tea', 'k2')).status).toBe(409);
  });

  test('canaries use no stock but see that it is gone', async () => {
    mocks = await runMocks({ partners: [cafe('bean', { stock: { tea: 1 } })] });
    expect((await order('tea', 'canary-1')).status).toBe(201);
    expect(mocks.state().partners['bean']?.stock).toEqual({ tea: 1 });
    expect((await order('tea', 'k1')).status).toBe(201);
    expect((await order('tea', 'canary-2')).status).toBe(409);
  });

  test('an item on the menu without stock never runs out', async () => {
    mocks = await runMocks({ partners: [cafe('bean', { menu: ['water'] })] });
    expect((await order('water', 'k1')).status).toBe(201);
    expect(mocks.state().partners['bean']?.stock).toEqual({});
  });
});

test('a stock-out fault holds for shoppers and canaries, leaves stock alone and ends', async () => {
  mocks = await runMocks({
    partners: [cafe('bean', { stock: { tea: 5, cake: 5 } })],
    faults: [stockOut('so', { partner: 'bean', at: '0', for: '1h', item: 'tea' })],
  });
  mocks.startTimeline(Date.now());
  await mocks.event(({ type }) => type === 'stock-out');
  const canary = await order('tea', 'canary-1');
  expect([canary.status, canary.body]).toEqual([409, { code: 'SOLD_OUT', item: 'tea' }]);
  expect((await order('tea', 'k1')).status).toBe(409);
  expect((await order('cake', 'k2')).status).toBe(201);
  mocks.stopTimeline();
  expect((await order('tea', 'k1')).status).toBe(201);
  expect(mocks.ledger().map(({ type }) => type)).toEqual([
    'fault-on',
    'stock-out',
    'fault-tally',
    'stock-back',
    'fault-off',
    'invariant-tally',
    'invariant-tally',
  ]);
  expect(mocks.ledger()).toContainEqual(expect.objectContaining({ type: 'fault-tally', seen: 3, hit: 2 }));
});

test('a stock-out fault without an item takes the whole menu', async () => {
  mocks = await runMocks({
    partners: [cafe('bean', { stock: { tea: 5, cake: 5 } })],
    faults: [stockOut('so', { partner: 'bean', at: '0', for: '1h' })],
  });
  mocks.startTimeline(Date.now());
  await mocks.event((event) => event.type === 'stock-out' && event.item === 'cake');
  expect((await order('cake', 'k1')).body).toEqual({ code: 'SOLD_OUT', item: 'cake' });
});

test.each([
  ['no body', '', 400],
  ['not JSON', '{"sku":', 400],
  ['a list', '[]', 400],
  ['no order key', '{"sku":"tea"}', 400],
  ['a number as sku', '{"sku":1,"orderKey":"k"}', 400],
  ['an endless order key', JSON.stringify({ sku: 'tea', orderKey: 'k'.repeat(300) }), 400],
  ['an item not on the menu', '{"sku":"__proto__","orderKey":"k"}', 404],
])('an order with %s is refused', async (_what, body, status) => {
  mocks = await runMocks({ partners: [cafe('bean', { stock: { tea: 5 } })] });
  expect((await call(`${mocks.url('bean')}/orders`, body)).status).toBe(status);
  expect((await order('tea', 'after')).status).toBe(201);
});

test.each([
  [{ stock: {} }, 'stock'],
  [{ stock: { tea: -1 } }, 'stock.tea'],
  [{ stock: { tea: 1 }, colour: 'red' }, ''],
  [{ stock: { tea: 1 }, share: '140%' }, 'share'],
  [{ stock: { tea: 1 }, latency: 20 }, 'latency'],
])('a plan with %j is refused at "%s"', async (keys, path) => {
  mocks = await runMocks({});
  const parsed = PARTNER_KINDS.cafe.schema.safeParse({ kind: 'cafe', ...keys });
  expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
});

test('sells by default what is in stock', async () => {
  mocks = await runMocks({});
  expect(menuOf(cafe('bean', { stock: { tea: 1, cake: 2 } }))).toEqual(['tea', 'cake']);
});
