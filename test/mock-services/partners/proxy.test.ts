import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { PARTNER_KINDS } from '../../../mock-services/registry.ts';
import { freePort } from '../../support/free-port.ts';
import { call, faultOf, proxy, runMocks } from '../../support/mocks/mock-config.ts';

type Running = Awaited<ReturnType<typeof runMocks>>;
let mocks: Running | null = null;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  await mocks?.close();
  mocks = null;
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

describe('a real upstream', () => {
  async function open(timeout = '5s', latency = '0'): Promise<string> {
    const upstream = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        if (request.url === '/base/silent') return;
        if (request.url === '/base/slow') {
          setTimeout(() => response.end('{}'), 100);
          return;
        }
        if (request.url === '/base/huge') {
          response.end(Buffer.alloc(10_000_001));
          return;
        }
        response.setHeader('set-cookie', ['a=1', 'b=2']);
        response.setHeader('x-upstream', 'yes');
        response.setHeader('content-type', 'application/json');
        response.statusCode = 207;
        const { method, url, headers } = request;
        response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
      });
    });
    await new Promise<void>((listening) => upstream.listen(0, '127.0.0.1', listening));
    cleanups.push(() => {
      upstream.closeAllConnections();
      upstream.close();
    });
    const { port } = upstream.address() as AddressInfo;
    mocks = await runMocks({
      partners: [proxy('real', { upstream: `http://127.0.0.1:${port}/base/`, timeout, latency })],
      faults: [faultOf('error', { partner: 'real', route: 'POST /pay', status: 503 })],
    });
    return mocks.url('real');
  }

  test('gets method, path, query, headers and body, and its answer comes back', async () => {
    const url = await open();
    const reply = await call(`${url}/a//b?x=1&y=%20`, '{"half":', { 'x-own': 'kept', connection: 'x-gone' });
    expect(reply.status).toBe(207);
    expect(reply.headers.get('x-upstream')).toBe('yes');
    expect(reply.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(reply.body).toMatchObject({
      method: 'POST',
      url: '/base/a//b?x=1&y=%20',
      headers: { 'x-own': 'kept' },
      body: '{"half":',
    });
  });

  test('a fault of one of its paths befalls only that path', async () => {
    const url = await open();
    mocks?.startTimeline(Date.now());
    await mocks?.event(({ type }) => type === 'fault-on');
    expect((await call(`${url}/pay`, {})).status).toBe(503);
    expect((await call(`${url}/pay`)).status).toBe(207);
    expect((await call(`${url}/other`, {})).status).toBe(207);
  });

  test('takes the latency of the plan on top of its own time', async () => {
    const url = await open('5s', '60ms');
    const startedMs = performance.now();
    await call(`${url}/slow`);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(158);
  });

  test('that does not answer is a 504, one that is too large or away a 502', async () => {
    const url = await open('300ms');
    expect((await call(`${url}/silent`)).status).toBe(504);
    expect((await call(`${url}/huge`)).body).toMatchObject({ code: 'UPSTREAM_TOO_LARGE' });
    const direct = await runMocks({
      partners: [proxy('away', { upstream: `http://127.0.0.1:${await freePort()}` })],
    });
    cleanups.push(() => direct.close());
    const away = await call(direct.url('away'));
    expect([away.status, away.body]).toEqual([502, { code: 'UPSTREAM_FAILED', message: expect.any(String) }]);
  });
});

test.each([
  ['of another machine', 'http://partner.example', []],
  ['that is none', 'ftp://127.0.0.1', []],
  ['that another host is allowed for', 'http://partner.example', ['other.example']],
])('an address %s is refused', (_, upstream, allowHosts) => {
  const parsed = PARTNER_KINDS.proxy.schema.safeParse({ kind: 'proxy', upstream, allowHosts });
  expect(parsed.error?.issues.map(({ path }) => path)).toEqual([['upstream']]);
});

test('a host that is named may be called', () => {
  const keys = { upstream: 'https://partner.example/v1', allowHosts: ['partner.example'] };
  expect(PARTNER_KINDS.proxy.schema.safeParse({ kind: 'proxy', ...keys }).success).toBe(true);
});

describe('Prism behind a proxy', () => {
  let port = 0;
  beforeAll(async () => {
    port = await freePort();
  });

  test('answers by its OpenAPI document, with our faults on top', { timeout: 60_000 }, async () => {
    const prism = spawn(
      process.execPath,
      [
        'node_modules/@stoplight/prism-cli/dist/index.js',
        'mock',
        '--host',
        '127.0.0.1',
        '--port',
        String(port),
        'test/fixtures/openapi/charges.yaml',
      ],
      { stdio: 'ignore' },
    );
    cleanups.push(async () => {
      prism.kill('SIGTERM');
      if (prism.exitCode === null && prism.signalCode === null) await once(prism, 'exit');
    });
    mocks = await runMocks({
      partners: [proxy('charges', { upstream: `http://127.0.0.1:${port}` })],
      faults: [faultOf('truncate', { partner: 'charges', route: 'POST /charges' })],
    });
    const url = `${mocks.url('charges')}/charges`;
    await expect.poll(async () => (await call(url, { amount: 5 })).status, { timeout: 40_000 }).toBe(201);
    expect((await call(url, { amount: 5 })).body).toEqual({ id: 'ch_1', state: 'taken' });
    const declined = await call(url, { amount: 5 }, { prefer: 'code=402' });
    expect([declined.status, declined.body]).toEqual([402, { state: 'declined' }]);
    expect((await call(url, { amount: 'five' })).status).toBe(422);
    mocks.startTimeline(Date.now());
    await mocks.event(({ type }) => type === 'fault-on');
    await expect(call(url, { amount: 5 })).rejects.toThrow('terminated');
    mocks.stopTimeline();
    expect((await call(url, { amount: 5 })).status).toBe(201);
  });
});
