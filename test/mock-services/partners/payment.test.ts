import { afterEach, describe, expect, test } from 'vitest';
import { postAll } from '../../support/mocks/many-calls.ts';
import { cafe, call, lastTally, payment, type Reply, runMocks } from '../../support/mocks/mock-config.ts';

type Running = Awaited<ReturnType<typeof runMocks>>;
let mocks: Running;
afterEach(() => mocks?.close());

async function runPay(keys: Record<string, unknown> = {}, seed = 7): Promise<void> {
  await mocks?.close();
  mocks = await runMocks({ seed, partners: [payment('pay', keys)] });
}
const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> =>
  call(`${mocks.url('pay')}${path}`, body, headers);
const authorize = (orderKey: string, amount = 100, headers: Record<string, string> = {}): Promise<Reply> =>
  post('/authorizations', { orderKey, amount }, headers);
const capture = (authorization: string): Promise<Reply> => post('/captures', { authorization });
const refund = (authorization: string): Promise<Reply> => post('/refunds', { authorization });
const refused = (code: string) => expect.objectContaining({ code });

describe('declines', () => {
  test('are near the ratio over 2,000 orders, and the same in each run with the same seed', async () => {
    const declined = async (seed: number): Promise<number[]> => {
      await runPay({ declines: '5%' }, seed);
      const orders = Array.from({ length: 2_000 }, (_, number) => ({
        path: '/authorizations',
        body: { orderKey: `k${number}`, amount: 100 },
      }));
      const answers = await postAll(mocks.url('pay'), orders);
      return answers.flatMap(({ status }, index) => (status === 402 ? [index] : []));
    };
    const first = await declined(7);
    // 100 expected, standard deviation 9.7: four of them either way.
    expect(Math.abs(first.length - 100)).toBeLessThan(39);
    expect(await declined(7)).toEqual(first);
    expect(await declined(8)).not.toEqual(first);
  });

  test('are final for a key, and never meet canaries', async () => {
    await runPay({ declines: 1 });
    const first = await authorize('k1');
    expect([first.status, first.body]).toEqual([402, refused('DECLINED')]);
    expect((await authorize('k1')).status).toBe(402);
    expect((await capture('auth-k1')).status).toBe(404);
    expect((await authorize('canary-1')).status).toBe(201);
  });
});

describe('a key', () => {
  test('used again for the same amount gets the same authorization', async () => {
    await runPay();
    const [first, again] = [await authorize('k1'), await authorize('k1')];
    expect([first.status, again.status, again.body]).toEqual([201, 200, first.body]);
  });

  test('used again for another amount is refused', async () => {
    await runPay();
    await authorize('k1', 100);
    expect(await authorize('k1', 200)).toMatchObject({ status: 422, body: refused('KEY_REUSED') });
    await authorize('k2', 100, { 'idempotency-key': 'i' });
    expect((await authorize('k3', 200, { 'idempotency-key': 'i' })).status).toBe(422);
  });

  test('of its own makes another authorization of the same order', async () => {
    await runPay();
    const bodies = [
      (await authorize('k1', 100, { 'idempotency-key': 'a' })).body,
      (await authorize('k1', 100, { 'idempotency-key': 'b' })).body,
      (await authorize('k1', 100, { 'idempotency-key': 'c' })).body,
      (await authorize('k1', 100, { 'idempotency-key': 'b' })).body,
    ];
    expect(bodies).toEqual([
      { id: 'auth-k1' },
      { id: 'auth-k1-again-1' },
      { id: 'auth-k1-again-2' },
      { id: 'auth-k1-again-1' },
    ]);
  });
});

describe('money', () => {
  test('is taken once for each authorization', async () => {
    await runPay();
    await authorize('k1');
    const [first, again] = [await capture('auth-k1'), await capture('auth-k1')];
    expect([first.status, again.status]).toEqual([201, 200]);
    expect([first.body, again.body]).toEqual([{ id: 'capture-k1' }, { id: 'capture-k1' }]);
  });

  test('is given back once, only after it was taken, and not taken again', async () => {
    await runPay();
    await authorize('k1');
    expect(await refund('auth-k1')).toMatchObject({ status: 409, body: refused('NOT_CAPTURED') });
    await capture('auth-k1');
    const [first, again] = [await refund('auth-k1'), await refund('auth-k1')];
    expect([first.status, again.status, again.body]).toEqual([201, 200, first.body]);
    expect(await capture('auth-k1')).toMatchObject({ status: 409, body: refused('REFUNDED') });
  });

  test('that nobody authorized can be neither taken nor given back', async () => {
    await runPay();
    for (const reply of [await capture('auth-k1'), await refund('auth-k1')]) {
      expect(reply).toMatchObject({ status: 404, body: refused('UNKNOWN_AUTHORIZATION') });
    }
  });
});

test.each([
  ['/authorizations', { orderKey: 'k' }],
  ['/authorizations', { orderKey: 'k', amount: -1 }],
  ['/authorizations', { orderKey: 'k', amount: 1.5 }],
  ['/captures', {}],
  ['/refunds', { authorization: 7 }],
])('POST %s with %j is refused', async (path, body) => {
  await runPay();
  expect(await post(path, body)).toMatchObject({ status: 400, body: refused('BAD_INPUT') });
});

describe('charges without an order', () => {
  /** A capture is judged once it is 2 s old. */
  const UNDER_WAY_MS = 2_000;
  const charge = async (orderKey: string): Promise<void> => {
    await authorize(orderKey);
    await capture(`auth-${orderKey}`);
  };
  const order = (orderKey: string, headers: Record<string, string> = {}): Promise<Reply> =>
    call(`${mocks.url('bean')}/orders`, { sku: 'tea', orderKey }, headers);
  const grownOld = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, UNDER_WAY_MS));
  const tally = () => {
    mocks.stopTimeline();
    return lastTally(mocks.events, 'charged-without-order');
  };

  test('are counted with their keys, but not what was ordered, given back, or a canary’s', async () => {
    mocks = await runMocks({ partners: [cafe('bean', { menu: ['tea'] }), payment('pay')] });
    await charge('lost-1');
    await charge('lost-2');
    await order('before');
    await charge('before');
    await charge('after');
    await order('after');
    await charge('back');
    await refund('auth-back');
    await charge('canary-1');
    const late = (await order('late')).body;
    await call(`${mocks.url('bean')}/orders/order-late/cancel`, '');
    expect(late).toMatchObject({ id: 'order-late' });
    await charge('late');
    // A customer of two orders with one key who cancels one of them still has the other.
    await order('twice', { 'idempotency-key': 'a' });
    await order('twice', { 'idempotency-key': 'b' });
    await call(`${mocks.url('bean')}/orders/order-twice/cancel`, '');
    await charge('twice');
    await grownOld();
    const found = { checked: 7, broken: 3, examples: ['lost-1', 'lost-2', 'late'] };
    expect(tally()).toEqual(found);
    expect(tally()).toEqual(found);
  });

  test('need every capture of an order to be given back', async () => {
    mocks = await runMocks({ partners: [cafe('bean', { menu: ['tea'] }), payment('pay')] });
    await authorize('k1', 100, { 'idempotency-key': 'a' });
    await authorize('k1', 100, { 'idempotency-key': 'b' });
    for (const id of ['auth-k1', 'auth-k1-again-1']) await capture(id);
    await refund('auth-k1');
    await grownOld();
    expect(tally()).toEqual({ checked: 2, broken: 1, examples: ['k1'] });
  });

  test('may still be on their way to the café while they are young', async () => {
    mocks = await runMocks({ partners: [cafe('bean', { menu: ['tea'] }), payment('pay')] });
    await charge('k1');
    expect(tally()).toEqual({ checked: 0, broken: 0, examples: [] });
    await grownOld();
    expect(tally()).toEqual({ checked: 1, broken: 1, examples: ['k1'] });
  });

  test('are counted for the partner that took the money', async () => {
    mocks = await runMocks({
      partners: [cafe('bean', { menu: ['tea'] }), payment('cash'), payment('pay')],
    });
    await charge('k1');
    await grownOld();
    tally();
    expect(mocks.events).toContainEqual(
      expect.objectContaining({ type: 'invariant-tally', partner: 'pay', checked: 1, broken: 1 }),
    );
  });

  test('prove nothing without a café', async () => {
    await runPay();
    await charge('k1');
    await grownOld();
    expect(tally()).toEqual({ checked: 0, broken: 0, examples: [] });
  });
});
