import { afterEach, describe, expect, test } from 'vitest';
import { PARTNER_KINDS } from '../../../mock-services/registry.ts';
import { postAll } from '../../support/mocks/many-calls.ts';
import { cafe, call, faultOf, lastTally, type Reply, runMocks } from '../../support/mocks/mock-config.ts';

type Running = Awaited<ReturnType<typeof runMocks>>;
let mocks: Running;
afterEach(() => mocks?.close());

async function runCafe(
  keys: Record<string, unknown>,
  faults: Parameters<typeof faultOf>[] = [],
): Promise<void> {
  mocks = await runMocks({
    partners: [cafe('bean', { menu: ['tea'], ...keys })],
    faults: faults.map((fault) => faultOf(...fault)),
  });
}
const order = (
  orderKey: string,
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Reply> => call(`${mocks.url('bean')}/orders`, { sku: 'tea', orderKey, ...more }, headers);
const get = async (path: string): Promise<unknown> => (await call(`${mocks.url('bean')}${path}`)).body;
const status = (orderKey: string): Promise<unknown> => get(`/orders/order-${orderKey}`);
const cancel = (orderKey: string): Promise<Reply> =>
  call(`${mocks.url('bean')}/orders/order-${orderKey}/cancel`, '');
const withStatus = (wanted: string) => expect.objectContaining({ status: wanted });
const tally = (invariant: Parameters<typeof lastTally>[1]) => {
  mocks.stopTimeline();
  return lastTally(mocks.events, invariant);
};

describe('shops', () => {
  test('are one by default, as many as a number says, or named', async () => {
    const idsOf = async (keys: Record<string, unknown>): Promise<unknown> => {
      await mocks?.close();
      await runCafe(keys);
      return get('/shops');
    };
    const shop = (id: string) => ({ id, open: true, waiting: 0 });
    expect(await idsOf({})).toEqual({ shops: [shop('shop-1')] });
    expect(await idsOf({ shops: 2 })).toEqual({ shops: [shop('shop-1'), shop('shop-2')] });
    expect(await idsOf({ shops: { north: 3, south: 1 } })).toEqual({ shops: [shop('north'), shop('south')] });
  });

  test('get orders by weight, the same ones in each run', async () => {
    const shopsOf = async (): Promise<unknown[]> => {
      await mocks?.close();
      await runCafe({ shops: { north: 3, south: 1 } });
      const orders = Array.from({ length: 1_000 }, (_, number) => ({
        path: '/orders',
        body: { sku: 'tea', orderKey: `k${number}` },
      }));
      const answers = await postAll(mocks.url('bean'), orders);
      return answers.map(({ text }) => JSON.parse(text).shop);
    };
    const first = await shopsOf();
    // 750 expected, standard deviation 13.7: four of them either way.
    expect(Math.abs(first.filter((shop) => shop === 'north').length - 750)).toBeLessThan(55);
    expect(await shopsOf()).toEqual(first);
  });

  test('can be chosen, if they are there', async () => {
    await runCafe({ shops: 3 });
    expect((await order('k1', { shop: 'shop-3' })).body).toMatchObject({ shop: 'shop-3' });
    const unknown = await order('k2', { shop: 'shop-4' });
    expect([unknown.status, unknown.body]).toMatchObject([404, { code: 'UNKNOWN_SHOP' }]);
  });

  test.each([
    [{ shops: {} }, 'shops'],
    [{ shops: 0 }, 'shops'],
    [{ shops: 20_000 }, 'shops'],
    [{ shops: { north: 0 } }, 'shops'],
    [{ shops: { 'a b': 1 } }, 'shops'],
    [{ capacity: 5 }, 'capacity'],
    [{ capacity: '0/s' }, 'capacity'],
    [{ whenOut: 'shrug' }, 'whenOut'],
  ])('a plan with %j is refused at "%s"', (keys, path) => {
    const parsed = PARTNER_KINDS.cafe.schema.safeParse({ kind: 'cafe', menu: ['tea'], ...keys });
    const paths = parsed.error?.issues.map((issue) => String(issue.path[0]));
    expect(new Set(paths)).toEqual(new Set([path]));
  });
});

describe('capacity', () => {
  test('begins orders one after the other, and each is ready when its preparation is over', async () => {
    await runCafe({ capacity: '1/s', preparation: '700ms' });
    expect((await order('k1')).body).toEqual(withStatus('preparing'));
    expect((await order('k2')).body).toEqual(withStatus('queued'));
    expect(await get('/shops')).toEqual({ shops: [{ id: 'shop-1', open: true, waiting: 1 }] });
    await expect.poll(() => status('k2'), { interval: 10, timeout: 5_000 }).toEqual(withStatus('preparing'));
    await expect.poll(() => status('k2'), { timeout: 5_000 }).toEqual(withStatus('ready'));
    expect((await cancel('k2')).body).toEqual({ code: 'TOO_LATE', status: 'ready' });
  });

  test('is shared by weight: a small shop has the longer queue', async () => {
    await runCafe({ shops: { large: 3, small: 1 }, capacity: '4/h' });
    for (const key of ['a', 'b']) {
      await order(`${key}1`, { shop: 'large' });
      await order(`${key}2`, { shop: 'small' });
    }
    const readyAt = async (key: string): Promise<number> => {
      const body = await status(key);
      return Date.parse(
        String(typeof body === 'object' && body !== null ? Reflect.get(body, 'readyAt') : ''),
      );
    };
    // 3 an hour and 1 an hour: the second order begins 20 and 60 minutes after the first.
    expect((await readyAt('b1')) - (await readyAt('a1'))).toBeCloseTo(1_200_000, -2);
    expect((await readyAt('b2')) - (await readyAt('a2'))).toBeCloseTo(3_600_000, -2);
  });

  test('turns away what no longer fits into the queue, and says when to come again', async () => {
    await runCafe({ capacity: '6/min', queue: 2 });
    const statuses = [await order('k1'), await order('k2'), await order('k3')].map((reply) => reply.status);
    const full = await order('k4');
    expect([...statuses, full.status]).toEqual([201, 201, 201, 503]);
    expect(full.body).toMatchObject({ code: 'QUEUE_FULL' });
    expect(full.headers.get('retry-after')).toBe('30');
    expect(await mocks.metricsText()).toContain('peakproof_partner_queue_length{partner="bean"} 2');
  });

  test('without a queue takes only what it can begin at once', async () => {
    await runCafe({ capacity: '4/h', queue: 0 });
    expect([(await order('k1')).status, (await order('k2')).status]).toEqual([201, 503]);
  });

  test('is used by no canary', async () => {
    await runCafe({ capacity: '4/h', queue: 1 });
    for (const key of ['canary-1', 'canary-2', 'canary-3']) expect((await order(key)).status).toBe(201);
    expect((await order('k1')).status).toBe(201);
    expect((await order('canary-4')).body).toEqual(withStatus('queued'));
    expect((await order('k2')).status).toBe(201);
    expect((await order('canary-5')).status).toBe(503);
  });
});

test('an order cancelled before it began gives back what it took, and no other does', async () => {
  await runCafe({ stock: { tea: 5, paper: 5 }, capacity: '4/h', preparation: '1h' });
  await order('begun');
  await order('queued');
  expect(mocks.stock()).toEqual({ bean: { tea: 3, paper: 3 } });
  expect((await cancel('begun')).body).toEqual(withStatus('cancelled'));
  expect(mocks.stock()).toEqual({ bean: { tea: 3, paper: 3 } });
  for (const reply of [await cancel('queued'), await cancel('queued')]) {
    expect([reply.status, reply.body]).toEqual([200, withStatus('cancelled')]);
  }
  expect(mocks.stock()).toEqual({ bean: { tea: 4, paper: 4 } });
  expect((await cancel('nobody')).status).toBe(404);
});

describe('a closure', () => {
  const closed = (shop: string | null) => ({ type: 'shop-closed', partner: 'bean', shop });

  test('of one shop turns its orders away and leaves the others', async () => {
    await runCafe({ shops: 2 }, [['closure', { partner: 'bean', shop: 'shop-1' }]]);
    mocks.startTimeline(Date.now());
    expect(await mocks.event(({ type }) => type === 'shop-closed')).toMatchObject(closed('shop-1'));
    const there = await order('k1', { shop: 'shop-1' });
    expect([there.status, there.body]).toEqual([409, { code: 'CLOSED', shop: 'shop-1' }]);
    expect((await order('k2', { shop: 'shop-2' })).status).toBe(201);
    expect(await get('/shops')).toMatchObject({ shops: [{ open: false }, { open: true }] });
    expect(await mocks.metricsText()).toContain('peakproof_partner_shops_open{partner="bean"} 1');
    mocks.stopTimeline();
    expect(mocks.events).toContainEqual(expect.objectContaining({ type: 'shop-open', shop: 'shop-1' }));
    // Hit: the order it turned away and the list in which the shop was closed.
    expect(mocks.events).toContainEqual(expect.objectContaining({ type: 'fault-tally', seen: 3, hit: 2 }));
    expect((await order('k1', { shop: 'shop-1' })).status).toBe(201);
  });

  test('of the chain turns everybody away, canaries too', async () => {
    await runCafe({ shops: 2 }, [['closure', { partner: 'bean' }]]);
    mocks.startTimeline(Date.now());
    expect(await mocks.event(({ type }) => type === 'shop-closed')).toMatchObject(closed(null));
    for (const key of ['k1', 'k2', 'k3', 'canary-1']) expect((await order(key)).status).toBe(409);
    expect(await mocks.metricsText()).toContain('peakproof_partner_shops_open{partner="bean"} 0');
    mocks.stopTimeline();
    expect(mocks.events).toContainEqual(expect.objectContaining({ type: 'shop-open', shop: null }));
    expect(mocks.events).toContainEqual(expect.objectContaining({ type: 'fault-tally', seen: 4, hit: 4 }));
  });
});

describe('what a café sees broken', () => {
  test('is an order key accepted under two Idempotency-Keys', async () => {
    await runCafe({});
    const first = await order('k1', {}, { 'idempotency-key': 'a' });
    const repeated = await order('k1', {}, { 'idempotency-key': 'a' });
    const second = await order('k1', {}, { 'idempotency-key': 'b' });
    expect([first.status, repeated.status, second.status]).toEqual([201, 200, 201]);
    expect(second.body).toMatchObject({ id: 'order-k1-again-1' });
    expect(tally('order-twice')).toEqual({ checked: 2, broken: 1, examples: ['k1'] });
  });

  test('is not a second order after the first was cancelled', async () => {
    await runCafe({});
    await order('k1', {}, { 'idempotency-key': 'a' });
    await cancel('k1');
    await order('k1', {}, { 'idempotency-key': 'b' });
    expect(tally('order-twice')).toMatchObject({ checked: 2, broken: 0 });
    await order('k1', {}, { 'idempotency-key': 'c' });
    expect(tally('order-twice')).toMatchObject({ checked: 3, broken: 1 });
  });

  test('is an order that a till without stock figures accepted though its item was gone', async () => {
    await runCafe({ stock: { tea: 1 }, whenOut: 'accept' });
    const statuses = [await order('k1'), await order('k2'), await order('canary-1')];
    expect(statuses.map((reply) => reply.status)).toEqual([201, 201, 201]);
    expect(tally('oversold')).toEqual({ checked: 2, broken: 1, examples: ['k2 tea'] });
  });

  test('is nothing where it refuses', async () => {
    await runCafe({ stock: { tea: 1 } });
    await order('k1');
    expect((await order('k2')).status).toBe(409);
    expect(tally('oversold')).toEqual({ checked: 1, broken: 0, examples: [] });
  });
});
