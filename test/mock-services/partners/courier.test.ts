import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { PARTNER_KINDS } from '../../../mock-services/registry.ts';
import { Callbacks, isOnThisMachine } from '../../../mock-services/supply/callbacks.ts';
import { call, courier, type Reply, runMocks } from '../../support/mocks/mock-config.ts';

type Running = Awaited<ReturnType<typeof runMocks>>;
let mocks: Running;
let receiver: Receiver | undefined;
afterEach(async () => {
  await mocks?.close();
  receiver?.server.closeAllConnections();
  receiver?.server.close();
  receiver = undefined;
});

async function runCourier(keys: Record<string, unknown> = {}): Promise<void> {
  mocks = await runMocks({ partners: [courier('van', keys)] });
}
const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> =>
  call(`${mocks.url('van')}${path}`, body, headers);
const get = async (path: string): Promise<unknown> => (await call(`${mocks.url('van')}${path}`)).body;
const dispatch = (orderKey: string, more: Record<string, unknown> = {}): Promise<Reply> =>
  post('/dispatches', { orderKey, ...more });
const cancel = (orderKey: string): Promise<Reply> => post(`/dispatches/dispatch-${orderKey}/cancel`, '');
const status = (orderKey: string): Promise<unknown> => get(`/dispatches/dispatch-${orderKey}`);
const refused = (code: string) => expect.objectContaining({ code });
const withStatus = (wanted: string) => expect.objectContaining({ status: wanted });

interface Receiver {
  server: Server;
  url: string;
  /** `id status` of each callback, in order of arrival. */
  got: string[];
  /** Resolves when so many have come. */
  count: (wanted: number) => Promise<void>;
}

/** @param answers status of each answer in turn, then 200; null = none. */
async function receive(answers: (number | null)[] = []): Promise<Receiver> {
  const got: string[] = [];
  const watchers = new Set<() => void>();
  const server = createServer((message, response) => {
    let text = '';
    message.on('data', (chunk) => {
      text += chunk;
    });
    message.on('end', () => {
      const { id, status: told } = JSON.parse(text);
      got.push(`${id} ${told}`);
      const answer = answers.length > 0 ? answers.shift() : 200;
      if (typeof answer === 'number') response.writeHead(answer).end();
      for (const watch of watchers) watch();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  receiver = {
    server,
    url: `http://127.0.0.1:${port}/courier`,
    got,
    count: (wanted) =>
      new Promise((resolve) => {
        const watch = (): void => {
          if (got.length >= wanted) resolve();
        };
        watchers.add(watch);
        watch();
      }),
  };
  return receiver;
}

describe('a quote', () => {
  test('names price and time, the same ones when it is asked for again', async () => {
    await runCourier({ price: 250, trip: { min: '10s', max: '20s' } });
    const first = await post('/quotes', { orderKey: 'k1', address: 'anywhere' });
    expect([first.status, first.body]).toMatchObject([201, { id: 'quote-k1', price: 250 }]);
    const again = await post('/quotes', { orderKey: 'k1' });
    expect([again.status, again.body]).toEqual([200, first.body]);
  });

  test('is good for its own order only', async () => {
    await runCourier();
    await post('/quotes', { orderKey: 'k1' });
    expect(await dispatch('k2', { quote: 'quote-k1' })).toMatchObject({
      status: 409,
      body: refused('QUOTE_OF_ANOTHER_ORDER'),
    });
    expect((await dispatch('k2', { quote: 'quote-k2' })).status).toBe(404);
    expect((await dispatch('k1', { quote: 'quote-k1' })).status).toBe(201);
  });

  test('tells of the wait for a courier', async () => {
    await runCourier({ couriers: 1, trip: '10s' });
    expect((await post('/quotes', { orderKey: 'k1' })).body).toMatchObject({ etaMs: 10_000 });
    await dispatch('k1');
    expect((await post('/quotes', { orderKey: 'k2' })).body).toMatchObject({ etaMs: 20_000 });
  });
});

describe('a dispatch', () => {
  test('is assigned at once where couriers are free, and once for each key', async () => {
    await runCourier({ couriers: 1 });
    const [first, again] = [await dispatch('k1'), await dispatch('k1')];
    expect(first).toMatchObject({ status: 201, body: { id: 'dispatch-k1', status: 'assigned', price: 300 } });
    expect([again.status, again.body]).toEqual([200, first.body]);
  });

  test('waits for a courier, moves up when one is free, and is delivered', async () => {
    const { url, count, got } = await receive();
    await runCourier({ couriers: 1, trip: '1s' });
    await dispatch('k1', { callback: url });
    expect((await dispatch('k2', { callback: url })).body).toMatchObject({
      status: 'waiting',
      deliveredAt: null,
    });
    await count(3);
    expect(got.toSorted()).toEqual([
      'dispatch-k1 delivered',
      'dispatch-k2 assigned',
      'dispatch-k2 delivered',
    ]);
    expect(await status('k2')).toEqual(withStatus('delivered'));
    expect(await cancel('k2')).toMatchObject({ status: 409, body: refused('TOO_LATE') });
  });

  test('beyond the queue is refused with the time until a courier is free', async () => {
    await runCourier({ couriers: 2, queue: 1, trip: '30s' });
    for (const key of ['k1', 'k2', 'k3']) expect((await dispatch(key)).status).toBe(201);
    const full = await dispatch('k4');
    expect([full.status, full.body]).toEqual([503, refused('QUEUE_FULL')]);
    expect(full.headers.get('retry-after')).toBe('15');
    expect((await mocks.metricsText()).includes('peakproof_partner_queue_length{partner="van"} 1')).toBe(
      true,
    );
  });

  test('that is cancelled leaves its courier to the next one', async () => {
    await runCourier({ couriers: 1, trip: '1h' });
    for (const key of ['k1', 'k2', 'k3']) await dispatch(key);
    expect((await cancel('k2')).body).toMatchObject({ status: 'cancelled' });
    expect((await cancel('k1')).body).toMatchObject({ status: 'cancelled' });
    expect(await status('k3')).toEqual(withStatus('assigned'));
    expect((await cancel('k1')).status).toBe(200);
    expect((await dispatch('k4')).body).toEqual(withStatus('waiting'));
  });

  test('of a canary takes no courier, but sees that all are out', async () => {
    await runCourier({ couriers: 1, queue: 1, trip: '1h' });
    expect((await dispatch('canary-1')).body).toEqual(withStatus('assigned'));
    expect((await dispatch('k1')).body).toEqual(withStatus('assigned'));
    expect((await dispatch('canary-2')).body).toEqual(withStatus('waiting'));
    expect((await dispatch('k2')).status).toBe(201);
    expect((await dispatch('canary-3')).status).toBe(503);
  });

  test('is forgotten at a reset, with its way', async () => {
    const { url, got } = await receive();
    await runCourier({ couriers: 1, trip: '300ms' });
    await dispatch('k1', { callback: url });
    mocks.reset({});
    expect((await call(`${mocks.url('van')}/dispatches/dispatch-k1`)).status).toBe(404);
    const second = await receive();
    await dispatch('k2', { callback: second.url });
    await second.count(1);
    expect([got, second.got]).toEqual([[], ['dispatch-k2 delivered']]);
  });

  test('without a bound of couriers keeps no timer', async () => {
    await runCourier({ trip: '20ms' });
    await dispatch('k1');
    await expect.poll(() => status('k1')).toEqual(withStatus('delivered'));
  });
});

describe('callbacks', () => {
  test('that fail are tried three times in all', async () => {
    const { url, count } = await receive([500, 500, 500]);
    await runCourier({ trip: '0' });
    await dispatch('k1', { callback: url });
    await count(3);
    await expect.poll(() => get('/callbacks')).toEqual({ sent: 0, failed: 1, dropped: 0 });
    await dispatch('k2', { callback: url });
    await count(4);
    await expect.poll(() => get('/callbacks')).toEqual({ sent: 1, failed: 1, dropped: 0 });
  });

  test('tell of a cancellation', async () => {
    const { url, count, got } = await receive();
    await runCourier();
    await dispatch('k1', { callback: url });
    await cancel('k1');
    await count(1);
    expect(got).toEqual(['dispatch-k1 cancelled']);
  });

  test('that nobody answers are given up after 5 s and tried again', async () => {
    const { url, count } = await receive([null]);
    await runCourier({ trip: '0' });
    const beganAtMs = performance.now();
    await dispatch('k1', { callback: url });
    await count(2);
    expect(performance.now() - beganAtMs).toBeGreaterThan(5_400);
    await expect.poll(() => get('/callbacks')).toEqual({ sent: 1, failed: 0, dropped: 0 });
  });

  test('beyond 10,000 pending are dropped and counted, and a stop forgets them all', async () => {
    const { url, count, got } = await receive(Array.from({ length: 100 }, () => null));
    const callbacks = new Callbacks();
    for (let number = 0; number < 10_005; number++) callbacks.send(url, { id: number, status: 'x' });
    expect(callbacks.counts).toEqual({ sent: 0, failed: 0, dropped: 5 });
    await count(64);
    callbacks.stop();
    expect(callbacks.counts).toEqual({ sent: 0, failed: 0, dropped: 0 });
    const { url: other, count: othersCount, got: others } = await receive();
    callbacks.send(other, { id: 'after', status: 'x' });
    await othersCount(1);
    callbacks.stop();
    expect([got.length, others]).toEqual([64, ['after x']]);
  });

  test('in flight end with the mocks', async () => {
    const { url, count, server } = await receive([null]);
    await runCourier({ trip: '0' });
    const closed = new Promise((resolve) =>
      server.once('connection', (socket) => socket.once('close', resolve)),
    );
    await dispatch('k1', { callback: url });
    await count(1);
    await mocks.close();
    await closed;
  });

  test.each([
    'http://192.0.2.1/x',
    'http://example.com/',
    'http://127.0.0.1.example.com/',
    'http://localhost@example.com/',
    'https://127.0.0.1/',
    'file:///etc/passwd',
    'http://0.0.0.0/',
    'http://[::2]/',
    'localhost:80',
    '',
  ])('to %s are refused', async (callback) => {
    await runCourier();
    expect(await dispatch('k1', { callback })).toMatchObject({ status: 400, body: refused('BAD_INPUT') });
  });

  test.each([
    'http://127.0.0.1:80/x',
    'http://127.9.9.9/',
    'http://[::1]:9/',
    'http://localhost/a?b',
    'http://127.1/',
  ])('to %s are allowed', (url) => {
    expect(isOnThisMachine(url)).toBe(true);
  });
});

test.each([
  ['/quotes', {}],
  ['/dispatches', { orderKey: '' }],
  ['/dispatches', { orderKey: 'k', quote: 7 }],
  ['/dispatches', []],
])('POST %s with %j is refused', async (path, body) => {
  await runCourier();
  expect(await post(path, body)).toMatchObject({ status: 400, body: refused('BAD_INPUT') });
});

test.each([
  [{ couriers: 0 }, 'couriers'],
  [{ queue: -1 }, 'queue'],
  [{ trip: 20 }, 'trip'],
  [{ price: 1.5 }, 'price'],
])('a plan with %j is refused at "%s"', (keys, path) => {
  const parsed = PARTNER_KINDS.courier.schema.safeParse({ kind: 'courier', ...keys });
  expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
});
