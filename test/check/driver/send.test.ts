import { createServer } from 'node:http';
import { CookieJar } from 'tough-cookie';
import { Agent } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Flow, WireRequest } from '../../../k6/effects.ts';
import { closeServer, listen } from '../../../mock-services/http/http-limits.ts';
import { driveOverFreshConnection, sendOver, wireError } from '../../../scripts/check/driver/send.ts';
import { type FaultyServer, startFaultyServer } from '../../support/targets/faulty-server.ts';

let server: FaultyServer;
const agent = new Agent();
const connection = { dispatcher: agent, jar: new CookieJar() };

beforeAll(async () => {
  server = await startFaultyServer();
});
afterAll(async () => {
  await agent.destroy();
  await server[Symbol.asyncDispose]();
});

function get(path: string, parts: Partial<WireRequest> = {}): WireRequest {
  const url = path.startsWith('http') ? path : server.baseUrl + path;
  return {
    name: path,
    method: 'GET',
    url,
    headers: {},
    body: null,
    timeoutMs: 5_000,
    needsBody: true,
    ...parts,
  };
}

test.each([
  ['/reset', 'reset'],
  ['/close', 'reset'],
  ['/truncated', 'reset'],
  ['/garbage', 'network'],
  ['http://127.0.0.1:1/', 'refused'],
  ['http://no-such-host.invalid/', 'network'],
])('%s is told as %s', async (path, error) => {
  expect(await sendOver(connection, get(path))).toEqual({
    status: 0,
    headers: {},
    body: null,
    error,
    receivedInMs: 0,
  });
});

test.each(['/hang', '/hang-in-body'])('%s is a timeout', async (path) => {
  expect(await sendOver(connection, get(path, { timeoutMs: 50 }))).toMatchObject({
    status: 0,
    error: 'timeout',
  });
});

test('an answer comes with its status, its headers and its body', async () => {
  expect(await sendOver(connection, get('/throttled'))).toMatchObject({
    status: 503,
    headers: { 'retry-after': '7' },
    body: 'busy',
    error: null,
  });
});

test('a request says who it is, unless the plan says otherwise', async () => {
  const said = async (headers: Record<string, string>) => {
    await sendOver(connection, get('/menu', { headers }));
    return server.requests.at(-1)?.headers['user-agent'];
  };
  expect(await said({})).toMatch(/^peakproof\//);
  expect(await said({ 'USER-agent': 'shop-app/3' })).toBe('shop-app/3');
});

test('a header goes out as UTF-8', async () => {
  await sendOver(connection, get('/menu', { headers: { 'X-Tea': 'чай é' } }));
  const received = String(server.requests.at(-1)?.headers['x-tea']);
  expect(Buffer.from(received, 'latin1').toString('utf8')).toBe('чай é');
});

test('a redirect is an answer, not followed', async () => {
  const answer = await sendOver(connection, get('/redirect'));
  expect(answer).toMatchObject({ status: 302, headers: { location: '/menu' }, error: null });
});

test('a body that nobody needs is thrown away', async () => {
  expect((await sendOver(connection, get('/menu', { needsBody: false }))).body).toBeNull();
});

test('a body that is thrown away may be as long as it likes, one that is read up to 64 MB', async () => {
  const huge = createServer((_request, response) => {
    for (let sent = 0; sent < 65; sent++) response.write(Buffer.alloc(1_024 * 1_024, 'x'));
    response.end();
  });
  const url = await listen(huge, '127.0.0.1', 0);
  try {
    const request = { ...get('/'), url };
    expect(await sendOver(connection, { ...request, needsBody: false })).toMatchObject({ status: 200 });
    expect(await sendOver(connection, request)).toMatchObject({ status: 0, error: 'local' });
  } finally {
    await closeServer(huge);
  }
});

test.each([
  ['no address', { url: '/got/x' }, 'network'],
  ['a header with a line break', { headers: { token: 'a\nb' } }, 'local'],
])('%s is an error to be told, none that is thrown', async (_of, parts, error) => {
  expect(await sendOver(connection, { ...get('/menu'), ...parts })).toMatchObject({ status: 0, error });
});

test.each([
  ['EMFILE', 'local'],
  ['ENFILE', 'local'],
  ['ENOBUFS', 'local'],
  ['EADDRNOTAVAIL', 'local'],
  ['ENOMEM', 'local'],
  ['ECONNREFUSED', 'refused'],
  ['EPIPE', 'reset'],
  ['CERT_HAS_EXPIRED', 'network'],
])('error code %s, also as a cause, is told as %s', (code, error) => {
  const own = Object.assign(new Error('x'), { code });
  expect(wireError(own)).toBe(error);
  expect(wireError(new Error('fetch failed', { cause: own }))).toBe(error);
  expect(wireError(new AggregateError([own]))).toBe(error);
});

test('each drive has one connection and cookies of its own', async () => {
  const before = server.connections();
  function* twice(): Flow<number | undefined> {
    yield { do: 'send', request: get('/menu') };
    yield { do: 'sleep', ms: 1 };
    return (yield { do: 'send', request: get('/cart', { method: 'POST', body: '{}' }) })?.status;
  }
  expect(await driveOverFreshConnection(twice())).toBe(201);
  expect(await driveOverFreshConnection(twice())).toBe(201);
  expect(server.connections() - before).toBe(2);
  expect(server.requests.at(-1)).toMatchObject({ url: '/cart', body: '{}', headers: { cookie: 'a=b' } });
  expect(server.requests.at(-2)?.headers).not.toHaveProperty('cookie');
});

test('a drive that is called off ends with the reason', async () => {
  const stop = new AbortController();
  function* waiting(): Flow<void> {
    stop.abort(new Error('called off'));
    yield { do: 'sleep', ms: 60_000 };
  }
  await expect(driveOverFreshConnection(waiting(), { signal: stop.signal })).rejects.toThrow();
});
