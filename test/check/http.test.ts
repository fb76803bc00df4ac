import { describe, expect, test } from 'vitest';
import { exchangeLines, journeyLines } from '../../scripts/check/check-text.ts';
import { journey, type ShortStep, step } from '../support/journeys.ts';
import { type Checking, checkOrder, type Route } from './check-order.ts';

// What `peakproof check` says about journeys over HTTP, against a real server.

const match = (parts: { status?: number; has?: string; where?: Record<string, string | number> }) => ({
  status: parts.status ?? null,
  has: parts.has ?? null,
  where: parts.where ?? {},
});

/** Checks an order of one step. */
const checkStep = (parts: ShortStep, route: Route | Route[], checking: Checking = {}) =>
  checkOrder(journey([step(parts)]), { ...checking, routes: { 'POST /orders': route } });

describe('an order that is right', () => {
  const cart = step({ name: 'POST /cart', path: '/cart', json: { sku: '{{sku}}' }, capture: { cart: 'id' } });
  const place = step({
    headers: { Authorization: 'Bearer s3cret-token', 'Idempotency-Key': '{{orderKey}}' },
    json: { cart: '{{cart}}' },
    confirmed: match({ status: 201, has: 'order.id' }),
  });
  const routes = {
    'POST /cart': { json: { id: 'c1' } },
    'POST /orders': {
      status: 201,
      json: { order: { id: 'o1' }, echo: 'Bearer s3cret-token' },
      headers: { location: '/orders/o1', 'x-other': '1' },
    },
  };

  test('is confirmed, with each exchange and what was captured from it', async () => {
    const checked = await checkOrder(journey([cart, place]), { routes });
    expect(checked).toMatchObject({ result: 'confirmed', kind: null, says: null, step: 2 });
    expect(checked.exchanges).toMatchObject([
      { step: 1, request: { method: 'POST', body: '{"sku":"tea"}' }, captured: { cart: 'c1' } },
      { step: 2, request: { body: '{"cart":"c1"}' }, answer: { status: 201 }, captured: {} },
    ]);
    expect(checked.exchanges[1]?.answer.headers).toEqual({ location: '/orders/o1' });
  });

  test('hides what lets somebody in, also when it comes from the target', async () => {
    const login = step({ name: 'POST /login', path: '/login', capture: { t: 'access_token' } });
    const bearer = step({ headers: { Authorization: 'Bearer {{t}}' } });
    const checked = await checkOrder(journey([login, bearer]), {
      routes: {
        'POST /login': {
          json: { access_token: 'from-the-login' },
          headers: { 'set-cookie': 'sid=from-the-cookie; Path=/' },
        },
        'POST /orders': { json: { echo: 'from-the-login' } },
      },
    });
    expect(checked.result).toBe('confirmed');
    expect(JSON.stringify(checked)).not.toMatch(/from-the-login|from-the-cookie/);
    expect(checked.exchanges[1]?.request.headers['Authorization']).toBe('Bearer [secret]');
    expect(checked.exchanges[0]?.answer.headers['set-cookie']).toBe('sid=[secret]; Path=/');
  });

  test('is a canary, whose key says so, and shows no header that every request has', async () => {
    const { exchanges } = await checkOrder(journey([cart, place]), { routes });
    const { headers } = exchanges[1]?.request ?? {};
    expect(headers?.['Idempotency-Key']).toMatch(/^canary-/);
    expect(Object.keys(headers ?? {}).toSorted()).toEqual([
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
    ]);
  });

  test('quotes of a body no part of a secret that the quote’s end cuts in two', async () => {
    const body = `${'x'.repeat(70)}s3cret-token`;
    const { says } = await checkStep(
      { confirmed: match({ has: 'id' }) },
      { body },
      { secrets: ['s3cret-token'] },
    );
    expect(says).toContain(`the body is no JSON: ${'x'.repeat(70)}[secret]`);
  });

  test('hides the secrets of the plan, also where the target sends them back', async () => {
    const checked = await checkOrder(journey([cart, place]), { routes, secrets: ['s3cret-token'] });
    expect(JSON.stringify(checked)).not.toContain('s3cret-token');
    expect(checked.exchanges[1]?.request.headers['Authorization']).toBe('Bearer [secret]');
    expect(checked.exchanges[1]?.answer.body).toContain('Bearer [secret]');
  });

  test('takes no time to think, and each turn has a patience of its own', async () => {
    const slow: Route = (response) => void setTimeout(() => response.end('{}'), 600);
    const checked = await checkOrder(journey([step({ path: '/a' }), step({ path: '/b' })]), {
      routes: { 'POST /a': slow, 'POST /b': slow },
      client: { patienceMs: 1_000, thinkTime: { shape: 'fixed', ms: 3_600_000 } },
    });
    expect(checked.result).toBe('confirmed');
  });
});

describe('what did not match, and what would', () => {
  test.each<[string, ShortStep, Route, string, string | null]>([
    [
      'status and path',
      { confirmed: match({ status: 201, has: 'order.id' }) },
      { json: { id: 1, sku: 'tea' } },
      'step 1 POST /orders: answered 200, confirmed wants status 201 and order.id; the body has: id, sku (did you mean id?)',
      'confirmed: { status: 200, has: id }',
    ],
    [
      'a path by its last name',
      { confirmed: match({ has: 'order.id' }) },
      { json: { data: { place: { order: { id: 1 } } } } },
      'answered 200, confirmed wants order.id; the body has: data.place.order.id (did you mean data.place.order.id?)',
      'confirmed: { has: data.place.order.id }',
    ],
    [
      'a value',
      { confirmed: match({ where: { state: 'placed' } }) },
      { json: { state: 'Placed' } },
      'confirmed wants state = "placed" (it is "Placed")',
      'confirmed: { where: { state: "Placed" } }',
    ],
    [
      'a redirect',
      {},
      { status: 303, headers: { location: '/orders/7' } },
      'answered 303 to /orders/7, confirmed wants any 2xx',
      'confirmed: { status: 303 }',
    ],
    [
      'prose',
      { confirmed: match({ has: 'order.id' }) },
      { body: 'Sorry, \u001b[31mno order' },
      'confirmed wants order.id; the body is no JSON: Sorry,',
      null,
    ],
    ['nothing at all', { confirmed: match({ has: 'order.id' }) }, { status: 204 }, 'the body is empty', null],
    [
      'a capture',
      { capture: { cart: 'cart_id' } },
      { json: { cartId: 'c1' } },
      'answered 200, but there is nothing to capture as cart (cart_id); the body has: cartId (did you mean cartId?)',
      'capture: { cart: cartId }',
    ],
    [
      'a header to capture',
      { capture: { order: { from: 'header', name: 'x-order', find: null } } },
      { headers: { 'x-order-id': '7' } },
      'nothing to capture as order (header x-order); its headers: x-order-id, ',
      null,
    ],
    [
      'a number that lost its digits',
      { capture: { order: 'id' } },
      { body: '{"id":12345678901234567890}' },
      'a whole number above 2^53 is captured from the body only, by { find }',
      null,
    ],
    [
      'a stream where a document is wanted',
      { confirmed: match({ has: 'order.id' }) },
      { body: 'data: {"order":{"id":1}}\n\n', headers: { 'content-type': 'text/event-stream' } },
      'the body is no JSON: data:',
      'answer: sse',
    ],
    [
      'a document where a stream is wanted',
      { answer: 'sse', confirmed: match({ has: 'order.id' }) },
      { json: { order: { id: 1 } } },
      'the body is no stream of events',
      'answer: json',
    ],
    [
      'JSON behind a byte order mark',
      { confirmed: match({ has: 'id' }) },
      { body: '\uFEFF{"id":1}' },
      'begins with a byte order mark',
      null,
    ],
    [
      'a value that is null',
      { confirmed: match({ has: 'order.id' }) },
      { json: { order: null } },
      'the body has: order (null)',
      null,
    ],
    [
      'a ticket that the plan does not know',
      { confirmed: match({ status: 201 }) },
      { status: 202, json: { ticket: 't1' } },
      'answered 202, confirmed wants status 201',
      'queued: { status: 202, has: ticket',
    ],
    [
      'a capture by an expression',
      { capture: { csrf: { from: 'body', find: 'csrf=(\\w+)' } } },
      { body: '<form>' },
      'nothing to capture as csrf (text of the body by /csrf=(\\w+)/)',
      null,
    ],
    [
      'sold out in other words',
      {
        confirmed: match({ status: 201 }),
        soldOut: { ...match({ status: 409, where: { code: 'SOLD_OUT' } }), item: null },
      },
      { status: 409, json: { code: 'SOLDOUT' } },
      'confirmed wants status 201; soldOut wants code = "SOLD_OUT" (it is "SOLDOUT")',
      'soldOut: { status: 409 }, if that is how the shop says so',
    ],
    ['no credentials', {}, { status: 401 }, 'answered 401, confirmed wants any 2xx', 'credentials'],
    ['no such path', {}, { status: 404 }, 'answered 404', 'another path'],
    [
      'a GraphQL error',
      { graphql: true, confirmed: match({ has: 'data' }) },
      { json: { data: { place: null }, errors: [{ message: 'no such item' }] } },
      'answered 200, confirmed wants no errors (it has: "no such item")',
      null,
    ],
    [
      'a stream, of which no event meets every condition',
      { answer: 'sse', confirmed: match({ has: 'order', where: { state: 'done' } }) },
      { body: 'data: {"order":1}\n\ndata: {"state":"done"}\n\n' },
      'no single event meets them all',
      null,
    ],
    [
      'the fields of a stream',
      { answer: 'sse', confirmed: match({ has: 'order.id' }) },
      { body: 'data: {"delta":"One tea"}\n\ndata: {"orderId":7}\n\n' },
      'confirmed wants order.id; the body has: delta, orderId',
      'confirmed: { has: orderId }',
    ],
  ])('%s', async (_what, parts, route, says, would) => {
    const checked = await checkStep(parts, route);
    expect(checked.result).toBe('failed');
    expect(checked.says).toContain(says);
    if (would === null) expect(checked.would).toBeNull();
    else expect(checked.would).toContain(would);
  });

  test('a link that leads away from the target', async () => {
    const follow = step({ name: 'GET {{link}}', method: 'GET', path: '{{link}}' });
    const checked = await checkOrder(journey([step({ capture: { link: 'url' } }), follow]), {
      routes: { 'POST /orders': { json: { url: 'http://evil.example/x' } } },
    });
    expect(checked.says).toBe(
      'step 2 GET {{link}}: {{link}} leads away from the target: http://evil.example/x',
    );
  });

  test.each<[string, Route, Checking, string]>([
    ['no answer in time', () => {}, { client: { timeoutMs: 200 } }, 'no answer in time'],
    ['a broken connection', (response) => response.destroy(), {}, 'the connection broke'],
    ['a refused one', {}, { baseUrl: 'http://127.0.0.1:9' }, 'the connection was refused'],
    [
      'a slow one',
      (response) => void setTimeout(() => response.end(), 300),
      { client: { slowAfterMs: 100 } },
      'later than slo.slowAfter (100 ms)',
    ],
    [
      'an endless queue',
      { status: 503, headers: { 'retry-after': '1' } },
      { client: { patienceMs: 1_500 } },
      'still told to wait when client.patience (1.5 s) was over; at last it answered 503',
    ],
  ])('%s', async (_what, route, checking, says) => {
    const checked = await checkStep({}, route, checking);
    expect(checked).toMatchObject({ result: 'failed', says: expect.stringContaining(says) });
  });
});

test('sold out is neither confirmed nor failed, and names the item', async () => {
  const soldOut = { ...match({ status: 409 }), item: 'item' };
  const checked = await checkStep({ soldOut }, { status: 409, json: { item: 'tea' } });
  expect(checked).toMatchObject({ result: 'sold-out', item: 'tea', says: null });
  expect(journeyLines(checked).join('\n')).toContain(
    'SOLD OUT: step 1 POST /orders says that there is no tea left',
  );
});

test('a ticket is shown with its waits and polls', async () => {
  const queued = { ...match({ status: 202, has: 'ticket' }), poll: '/tickets/{{ticket}}', everyMs: 50 };
  const checked = await checkOrder(journey([step({ queued, confirmed: match({ status: 201 }) })]), {
    routes: {
      'POST /orders': { status: 202, json: { ticket: 't7' } },
      'GET /tickets/t7': [{ status: 202 }, { status: 201 }],
    },
  });
  expect(checked.result).toBe('confirmed');
  expect(checked.exchanges.map(({ step: number, request }) => [number, request.method])).toEqual([
    [1, 'POST'],
    [1, 'GET'],
    [1, 'GET'],
  ]);
  expect(checked.exchanges.map(({ waitedMs }) => waitedMs > 0)).toEqual([false, true, true]);
  const lines = checked.exchanges.flatMap(exchangeLines).join('\n');
  expect(lines).toMatch(/1 again after \d+ ms: GET http:.*\/tickets\/t7/);
  expect(lines).toContain('ticket = t7');
});

test('the text for people has no control characters and no endless bodies', async () => {
  const checked = await checkStep(
    {},
    { body: `\u001b[2J${'x'.repeat(10_000)}`, headers: { 'set-cookie': 'a=b' } },
  );
  const lines = checked.exchanges.flatMap(exchangeLines);
  expect(lines.join('')).not.toContain('\u001b');
  expect(lines).toContain('    < set-cookie: a=b');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(700);
  expect(lines.join('\n')).toContain('… (10004 characters)');
});

test('an order that nothing proves is confirmed, with a warning', async () => {
  const unnamed = await checkStep(
    { confirmed: { status: 200, has: null, where: {} } },
    { json: { error: 'no' } },
  );
  expect(journeyLines(unnamed)).toContainEqual(expect.stringContaining('warning: nothing proves this order'));
  const named = await checkStep({ confirmed: { status: null, has: 'id', where: {} } }, { json: { id: 7 } });
  expect(journeyLines(named)).toHaveLength(1);
});
