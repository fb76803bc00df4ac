import { afterEach, describe, expect, test } from 'vitest';
import { PARTNER_KINDS } from '../../../mock-services/registry.ts';
import { call, httpPartner, runMocks } from '../../support/mocks/mock-config.ts';

type Running = Awaited<ReturnType<typeof runMocks>>;
let mocks: Running | null = null;
afterEach(() => mocks?.close());

async function open(routes: Record<string, unknown>, keys: Record<string, unknown> = {}): Promise<string> {
  mocks = await runMocks({ partners: [httpPartner('any', { routes, ...keys })] });
  return mocks.url('any');
}

test('answers what the plan says, with its status, type and headers', async () => {
  const url = await open({
    'GET /item': { body: { id: 1 }, headers: { 'X-Kind': 'mock' } },
    'GET /text': { body: 'plain', status: 202 },
    'DELETE /item': { status: 204 },
  });
  const item = await call(`${url}/item`);
  expect([item.status, item.body, item.headers.get('x-kind')]).toEqual([200, { id: 1 }, 'mock']);
  const text = await call(`${url}/text`);
  expect([text.status, text.body]).toEqual([202, 'plain']);
  expect((await fetch(`${url}/item`, { method: 'DELETE' })).status).toBe(204);
  expect((await call(`${url}/nothing`)).status).toBe(404);
  expect((await call(`${url}/item`, {})).headers.get('allow')).toBe('GET, DELETE');
});

test('fills variables in, keeping the type of one that stands alone', async () => {
  const url = await open({
    'POST /orders/:id': {
      key: 'body.order.key',
      body: {
        id: '{{param.id}}',
        amount: '{{body.order.amount}}',
        text: 'order {{key}} of {{query.who}}',
        nothing: '{{body.no.such}}',
        uuid: '{{uuid}}',
      },
    },
  });
  const order = { order: { key: 'k1', amount: 12 } };
  const { body } = await call(`${url}/orders/7?who=ann`, order);
  expect(body).toEqual({
    id: '7',
    amount: 12,
    text: 'order k1 of ann',
    nothing: null,
    uuid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/),
  });
  expect((await call(`${url}/orders/7?who=ann`, order)).body).toEqual(body);
  expect((await call(`${url}/orders/8?who=ann`, order)).body).not.toMatchObject({
    uuid: Reflect.get(Object(body), 'uuid'),
  });
});

test('a route that answers once gives a repeat the answer of the first', async () => {
  const url = await open({
    'POST /charges': { status: 201, once: true, key: 'body.id', body: { at: '{{body.at}}' } },
  });
  const charge = (id: string, at: number) => call(`${url}/charges`, { id, at });
  const replies = [await charge('a', 1), await charge('a', 2), await charge('b', 3)];
  expect(replies.map(({ status, body }) => [status, body])).toEqual([
    [201, { at: 1 }],
    [200, { at: 1 }],
    [201, { at: 3 }],
  ]);
  mocks?.reset({});
  expect((await charge('a', 4)).body).toEqual({ at: 4 });
});

test("a route's latency is added to the partner's own", async () => {
  const url = await open({ 'GET /a': { latency: '30ms' } }, { latency: '30ms' });
  const startedMs = performance.now();
  await call(`${url}/a`);
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(59);
});

test('takes bodies that are no JSON, and paths of any depth', async () => {
  const url = await open({ 'POST /files/*': { body: { got: '{{body.x}}' } } });
  expect((await call(`${url}/files/a/b/c.txt`, 'not json')).body).toEqual({ got: null });
});

describe('a plan is refused', () => {
  test.each([
    ['without routes', {}],
    ['with a route without a method', { '/a': {} }],
    ['with a method in small letters', { 'get /a': {} }],
    ['with a status that is none', { 'GET /a': { status: 99 } }],
    ['with a key that stands nowhere', { 'GET /a': { key: 'cookie.id' } }],
    ['with a key that is not known', { 'GET /a': { colour: 'red' } }],
  ])('%s', (_, routes) => {
    expect(PARTNER_KINDS.http.schema.safeParse({ kind: 'http', routes }).success).toBe(false);
  });
});
