import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import pidusage from 'pidusage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MockEvent } from '../../../mock-services/contract.ts';
import { cafe, call } from '../../support/mocks/mock-config.ts';
import { bundleEntry, ofType, type Started, startMocksProcess } from '../../support/mocks/mock-processes.ts';
import { closed, exchange, flood, open, requestText } from '../../support/mocks/raw-http.ts';

// One mocks process meets everything in this file, in this order; the last tests look at what is left of it.

const STOCK = 100_000;
const CONNECTIONS = 10_000;
const ABORTED = 1_000;
/** Of resident memory, which 10,000 connections at a time leave behind as free heap: about 100 MB. */
const MAY_GROW_BYTES = 200 * 2 ** 20;
/** headersTimeout, what passes between two looks at it, and a busy machine. */
const SLOW_HEADERS_END_MS = 10_000 + 2_000 + 5_000;

let mocks: Started<MockEvent>;
let adminUrl: string;
let bean: string;
let slow: string;
let memoryBefore: number;
let slowHeaders: Promise<{ text: string; endedAfterMs: number }>;
/** Answers of the partner `bean` that arrived here. */
let answered = 0;

beforeAll(async () => {
  mocks = startMocksProcess(await bundleEntry('mock-services/process/main.ts'), {
    seed: 1,
    partners: [
      cafe('bean', { stock: { tea: STOCK } }),
      cafe('slow', { stock: { tea: STOCK }, latency: '500ms' }),
    ],
    faults: [],
  });
  const ready = await mocks.line(ofType('mocks-ready'));
  adminUrl = ready.adminUrl;
  bean = ready.partners['bean'] ?? '';
  slow = ready.partners['slow'] ?? '';
  memoryBefore = await memory();
  slowHeaders = dripHeaders();
});
afterAll(() => mocks.stop());

const memory = async (): Promise<number> => (await pidusage(mocks.child.pid ?? 0)).memory;

/** A header of one byte a second, from now on while the other tests run. */
async function dripHeaders(): Promise<{ text: string; endedAfterMs: number }> {
  const beganAt = performance.now();
  const socket = open(bean);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  socket.write('GET /menu HTTP/1.1\r\nX-Slow: ');
  const drip = setInterval(() => socket.write('a'), 1_000);
  await closed(socket);
  clearInterval(drip);
  return { text, endedAfterMs: performance.now() - beganAt };
}

/** Sends it to `bean`; the status of the first answer, 0 without one. */
async function statusOf(bytes: string): Promise<number> {
  const text = await exchange(bean, bytes);
  answered += answersIn(text);
  return Number(/^HTTP\/1.1 (\d+)/.exec(text)?.[1] ?? 0);
}

/** Answers of partners; those of node's parser have no content. */
const answersIn = (text: string): number => text.split('content-type: application/json').length - 1;

const order = (orderKey: string): string => JSON.stringify({ sku: 'tea', orderKey });

async function requestsByOutcome(partner: string): Promise<Map<string, number>> {
  const text = String((await call(`${adminUrl}/metrics`)).body);
  const lines = text.matchAll(
    /^peakproof_partner_requests_total\{partner="(\w+)",outcome="([\w-]+)"\} (\d+)$/gm,
  );
  return new Map(
    [...lines].flatMap(([, name, outcome = '', count]) =>
      name === partner ? [[outcome, Number(count)]] : [],
    ),
  );
}

const sum = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((total, count) => total + count, 0);

async function used(partner: string): Promise<number> {
  const { body } = await call(`${adminUrl}/__admin/stock`);
  const left: unknown = JSON.parse(JSON.stringify(body))[partner].tea;
  return STOCK - Number(left);
}

test('a body of 1.5 MB is refused with 413', async () => {
  expect(await statusOf(requestText('POST', '/orders', order('x'.repeat(1_500_000))))).toBe(413);
});

test.each([
  ['of 50 MB', 'Content-Length: 50000000', Buffer.alloc(100_000, 'a')],
  ['without an end', 'Transfer-Encoding: chunked', Buffer.from(`186a0\r\n${'a'.repeat(100_000)}\r\n`)],
])('a body %s is cut', async (_what, header, piece) => {
  const head = `POST /orders HTTP/1.1\r\nHost: partner\r\n${header}\r\n\r\n`;
  expect(await flood(bean, head, piece, 49_000_000)).toBeLessThan(49_000_000);
});

test.each([
  ['half of a JSON', '{"sku":"tea",'],
  ['no JSON', '\u0000\u0001'],
  ['a nest', '['.repeat(200_000)],
  ['a number', '1'],
  ['a list', '[{}]'],
  ['null', 'null'],
  ['own keys of objects', '{"__proto__":{"sku":"tea","orderKey":"k"}}'],
])('%s instead of an order is refused with 400', async (_what, body) => {
  expect(await statusOf(requestText('POST', '/orders', body))).toBe(400);
});

test.each([
  ['DELETE', '/orders', 405],
  ['GET', '/orders', 405],
  ['HEAD', '/menu', 405],
  ['TRACE', '/menu', 405],
  ['OPTIONS', '*', 404],
  ['BREW', '/menu', 400],
  ['GET', '/../orders', 404],
  ['GET', '//', 404],
  ['GET', '//menu', 404],
  ['GET', '/menu/', 404],
  ['GET', '/menu/../menu', 404],
  ['GET', '/%00', 404],
  ['GET', '/%zz', 404],
  ['GET', '/orders/%zz', 404],
  ['GET', '/orders/%00', 404],
  ['GET', '/orders/__proto__', 404],
  ['GET', '/__proto__', 404],
  ['GET', '/constructor', 404],
  ['GET', 'http://partner/menu', 404],
  ['GET', '/me nu', 400],
])('%s %s is answered with %i', async (method, path, status) => {
  expect(await statusOf(requestText(method, path))).toBe(status);
});

test.each([
  [8_000, 404],
  [20_000, 431],
])('a path of %i characters is answered with %i', async (length, status) => {
  expect(await statusOf(requestText('GET', `/${'a'.repeat(length)}`))).toBe(status);
});

test('headers of 40 kB are refused with 431', async () => {
  const headers = Array.from({ length: 1_000 }, (_, index) => `X-Header-${index}: ${'a'.repeat(30)}`);
  expect(await statusOf(requestText('GET', '/menu', '', headers))).toBe(431);
});

test('headers without an end are cut', async () => {
  const head = 'GET /menu HTTP/1.1\r\nHost: partner\r\n';
  const most = 10_000_000;
  expect(await flood(bean, head, Buffer.from('X-More: of the same\r\n'.repeat(1_000)), most)).toBeLessThan(
    most,
  );
});

test('100 orders sent at once on one connection are all answered, in their order', async () => {
  const keys = Array.from({ length: 100 }, (_, index) => `pipelined-${index}`);
  const requests = keys.map((key, index) => {
    const text = requestText('POST', '/orders', order(key));
    return index === keys.length - 1 ? text : text.replace('Connection: close\r\n', '');
  });
  const text = await exchange(bean, requests.join(''));
  answered += answersIn(text);
  expect([...text.matchAll(/"id":"order-([\w-]+)"/g)].map(([, key]) => key)).toEqual(keys);
});

test('1,000 requests that end in the middle of their body are no requests', async () => {
  const before = sum(await requestsByOutcome('bean'));
  const [head] = requestText('POST', '/orders', order('half')).split('{');
  const sockets = await opened(ABORTED, (socket) => socket.write(`${head}{"sku":`));
  await ended(sockets);
  expect(sum(await requestsByOutcome('bean'))).toBe(before);
});

test('1,000 orders whose clients go while they wait are orders: each took one of the stock', async () => {
  const sockets = await opened(
    ABORTED,
    (socket, index) => socket.write(requestText('POST', '/orders', order(`gone-${index}`))),
    slow,
  );
  await expect.poll(() => used('slow'), { timeout: 15_000 }).toBe(ABORTED);
  await ended(sockets);
  await expect
    .poll(() => requestsByOutcome('slow'), { timeout: 15_000 })
    .toEqual(new Map([['accepted', ABORTED]]));
  expect(await used('slow')).toBe(ABORTED);
});

const openFiles = Number(/Max open files\s+(\d+)/.exec(limits())?.[1] ?? 0);

function limits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}

test.skipIf(openFiles < CONNECTIONS + 500)(
  `10,000 open connections are all answered (needs more than 10,500 open files, here ${openFiles})`,
  { timeout: 60_000 },
  async () => {
    const sockets = await opened(CONNECTIONS, () => {});
    const answers = sockets.map(
      (socket) => new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(String(chunk)))),
    );
    for (const socket of sockets) socket.write('GET /menu HTTP/1.1\r\nHost: partner\r\n\r\n');
    const texts = await Promise.all(answers);
    expect(texts.filter((text) => text.startsWith('HTTP/1.1 200'))).toHaveLength(CONNECTIONS);
    answered += CONNECTIONS;
    await ended(sockets);
  },
);

/** So many connections, a few at a time: the queue of a listening socket is short. */
async function opened(
  count: number,
  use: (socket: Socket, index: number) => void,
  url = bean,
): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const next = Array.from({ length: Math.min(200, count - sockets.length) }, () => open(url));
    await Promise.all(next.map((socket) => once(socket, 'connect')));
    for (const socket of next) use(socket, sockets.push(socket) - 1);
  }
  return sockets;
}

async function ended(sockets: readonly Socket[]): Promise<void> {
  await Promise.all(
    sockets.map((socket) => {
      socket.destroy();
      return closed(socket);
    }),
  );
}

test('a header of one byte a second ends with 408', { timeout: 30_000 }, async () => {
  const { text, endedAfterMs } = await slowHeaders;
  expect(text).toMatch(/^HTTP\/1.1 408/);
  expect(endedAfterMs).toBeLessThan(SLOW_HEADERS_END_MS);
});

test('afterwards the process answers, and its counts are right', async () => {
  expect(await statusOf(requestText('POST', '/orders', order('afterwards')))).toBe(201);
  const counts = await requestsByOutcome('bean');
  expect(sum(counts)).toBe(answered);
  expect(counts.get('accepted')).toBe(await used('bean'));
  expect(counts.get('accepted')).toBe(101);
  expect(mocks.stderr()).toBe('');
});

test('afterwards its memory has grown by less than 200 MB', async () => {
  expect((await memory()) - memoryBefore).toBeLessThan(MAY_GROW_BYTES);
});
