import { describe, expect, test } from 'vitest';
import type { HttpStep, StepBody } from '../../../../k6/journey-spec.ts';
import { ANY_2XX, journey, play, type Reply, step, TRACE_ID } from '../../../support/journeys.ts';

// What steps send beyond JSON, and what they take from answers.

const form = (fields: Record<string, string>): StepBody => ({ as: 'form', fields });
const sse = (...events: unknown[]): Reply => ({
  body: events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''),
});

test('a form is sent as browsers do', () => {
  const spec = journey([step({ body: form({ user: '{{shopper}}', 'a b': 'x&y={{email}}' }) })]);
  const [request] = play(spec, [{}], { variables: { shopper: 'ann lee', email: 'a+b@c' } }).requests;
  expect(request?.headers).toMatchObject({ 'Content-Type': 'application/x-www-form-urlencoded' });
  expect(request?.body).toBe('user=ann%20lee&a%20b=x%26y%3Da%2Bb%40c');
});

describe('a capture', () => {
  const use = step({ method: 'GET', path: '/at/{{it}}' });
  const seen = (capture: HttpStep['capture'], reply: Reply) =>
    play(journey([step({ capture }), use]), [reply, {}]);

  test.each([
    ['9007199254740991', 'good'],
    ['0.1', 'good'],
    // Read as 12345678901234567000.
    ['12345678901234567890', 'bad'],
  ])('the number %s may be captured if it kept all its digits', (id, outcome) => {
    const json: unknown = JSON.parse(`{"id":${id}}`);
    for (const find of [null, '\\d+']) {
      expect(seen({ it: { from: 'json', path: 'id', find } }, { json }).end).toMatchObject({ outcome });
    }
    const text = { body: `{"id":${id}}` };
    expect(seen({ it: { from: 'body', find: '"id":([\\d.]+)' } }, text).end).toMatchObject({
      outcome: 'good',
    });
  });

  test.each<[string, HttpStep['capture'][string], Reply]>([
    [
      'a header',
      { from: 'header', name: 'location', find: '/orders/(\\w+)$' },
      { headers: { location: 'http://x/orders/o1' } },
    ],
    ['another header', { from: 'header', name: 'x-order', find: null }, { headers: { 'x-order': 'o1' } }],
    [
      'a part of a JSON value',
      { from: 'json', path: 'order.url', find: '[^/]+$' },
      { json: { order: { url: '/a/o1' } } },
    ],
    [
      'a page',
      { from: 'body', find: 'name="csrf" value="([^"]+)"' },
      { body: '<input name="csrf" value="o1">' },
    ],
  ])('from %s', (_, source, reply) => {
    const { requests } = seen({ it: source }, reply);
    expect(requests[1]?.url).toBe('http://shop.example/v1/at/o1');
  });

  test.each<[string, HttpStep['capture'][string], Reply]>([
    ['a header that is not there', { from: 'header', name: 'location', find: null }, {}],
    ['an expression that finds nothing', { from: 'body', find: 'csrf=(\\d+)' }, { body: 'csrf=none' }],
    ['an object', { from: 'json', path: 'order', find: '.*' }, { json: { order: { id: 1 } } }],
  ])('of %s is a wrong answer', (_, source, reply) => {
    expect(seen({ it: source }, reply).end).toMatchObject({ outcome: 'bad', kind: 'wrong-answer', at: 0 });
  });
});

describe('a link', () => {
  const spec = journey([
    step({ capture: { link: 'link' } }),
    step({ name: 'GET {{link}}', method: 'GET', path: '{{link}}' }),
  ]);

  test('on the target is opened as it is', () => {
    const link = 'http://shop.example/checkout?code=A%20B&x=1';
    expect(play(spec, [{ json: { link } }, {}]).requests[1]).toMatchObject({
      url: link,
      name: 'GET {{link}}',
    });
  });

  test('without a host is opened on the target', () => {
    expect(play(spec, [{ json: { link: '/got/x?a=1' } }, {}]).requests[1]).toMatchObject({
      url: 'http://shop.example/got/x?a=1',
    });
  });

  test.each([
    'got/x',
    '//evil.example/',
    'https://shop.example/checkout',
    'http://evil.example/',
    'http://shop.example.evil.example/',
  ])('that leads elsewhere is a wrong answer: %s', (link) => {
    const { requests, end } = play(spec, [{ json: { link } }, {}]);
    expect(requests).toHaveLength(1);
    expect(end).toMatchObject({ outcome: 'bad', kind: 'wrong-answer', at: 1 });
  });
});

describe('a GraphQL answer', () => {
  const place = step({
    graphql: true,
    confirmed: { status: null, has: 'data.place.id', where: {} },
    soldOut: { status: null, has: null, where: { 'errors.0.extensions.code': 'SOLD_OUT' }, item: null },
  });
  const placed = { data: { place: { id: 1 } } };

  test.each<[string, unknown, object]>([
    ['without errors', placed, { outcome: 'good' }],
    ['with an empty list of errors', { ...placed, errors: [] }, { outcome: 'good' }],
    ['with errors beside data', { ...placed, errors: [{ message: 'x' }] }, { kind: 'wrong-answer' }],
    [
      'whose error says sold out',
      { errors: [{ extensions: { code: 'SOLD_OUT' } }] },
      { outcome: 'sold-out' },
    ],
  ])('%s', (_, json, expected) => {
    expect(play(journey([place]), [{ json }]).end).toMatchObject(expected);
  });

  test('with errors is wrong where any 2xx would do', () => {
    const spec = journey([step({ graphql: true })]);
    expect(play(spec, [{ json: { errors: [{}] } }]).end).toMatchObject({ kind: 'wrong-answer' });
  });
});

describe('a stream of events', () => {
  const chat = (parts: Partial<HttpStep>) => journey([step({ answer: 'sse', ...parts })]);
  const orders = { confirmed: { status: null, has: 'order.id', where: { type: 'order' } } };

  test.each<[string, Reply, object]>([
    [
      'that holds the order',
      sse({ type: 'delta', text: 'a' }, { type: 'order', order: { id: 1 } }, { type: 'done' }),
      { outcome: 'good' },
    ],
    [
      'in which no event meets all conditions',
      sse({ type: 'order' }, { type: 'done', order: { id: 1 } }),
      { kind: 'wrong-answer' },
    ],
    ['of prose', { body: 'data: sorry, no\n\ndata: order today\n\n' }, { kind: 'wrong-answer' }],
    [
      'of an event in several lines',
      { body: 'event: x\r\ndata: {"type":"order",\r\ndata: "order":{"id":1}}\r\n\r\n' },
      { outcome: 'good' },
    ],
    [
      'that was cut before its last blank line',
      { body: 'data:{"type":"order","order":{"id":1}}' },
      { outcome: 'good' },
    ],
  ])('%s', (_, reply, expected) => {
    expect(play(chat(orders), [reply]).end).toMatchObject(expected);
  });

  test('is asked for, and the last event with the path is captured', () => {
    const spec = journey([
      step({ answer: 'sse', capture: { it: 'text' } }),
      step({ json: { it: '{{it}}' } }),
    ]);
    const { requests } = play(spec, [sse({ text: 'a' }, { text: 'b' }, { done: true }), {}]);
    expect(requests[0]?.headers).toMatchObject({ Accept: 'text/event-stream' });
    expect(requests[1]?.body).toBe('{"it":"b"}');
  });
});

describe('a step that is done several times', () => {
  const talk = (times: HttpStep['times']) =>
    journey([
      step({ name: 'talk', times, says: ['hello {{sku}}', 'how much?'], json: { text: '{{message}}' } }),
      step({ name: 'order', confirmed: { ...ANY_2XX, status: 200 } }),
    ]);
  const some = [
    { count: 0, shareRatio: 0.25 },
    { count: 3, shareRatio: 0.75 },
  ];

  test.each([
    [0.1, 0],
    [0.9, 3],
  ])('by the draw %d: %d times', (drawn, times) => {
    const { requests, end } = play(talk(some), [{}], { random: () => drawn, variables: { sku: 'tea' } });
    expect(requests.map(({ name }) => name)).toEqual([...Array<string>(times).fill('talk'), 'order']);
    expect(end).toMatchObject({ outcome: 'good', at: 1 });
  });

  test('says something of its own each time, in a turn of its own with think time', () => {
    const draws = [0.5, 0.5, 0.5, 0.5, 0.5, 0, 0.9, 0.2];
    const { requests, ends, beganWith } = play(talk([{ count: 2, shareRatio: 1 }]), [{}], {
      random: () => draws.pop() ?? 0.5,
      variables: { sku: 'tea' },
      client: { thinkTime: { shape: 'fixed', ms: 1_000 } },
    });
    for (const { body } of requests.slice(0, 2)) {
      expect(['{"text":"hello tea"}', '{"text":"how much?"}']).toContain(body);
    }
    expect(ends.map(({ at }) => at)).toEqual([0, 0, 1]);
    expect(beganWith).toEqual([null, 0, 1]);
  });
});

describe('a shopper who taps twice', () => {
  const spec = journey([
    step({ method: 'GET', path: '/menu' }),
    step({ path: '/orders', confirmed: { status: 201, has: null, where: {} } }),
    step({ path: '/survey' }),
  ]);
  const shopper = { variables: {}, random: () => 0.5, tapsTwice: true, traceId: TRACE_ID };

  test('sends the deciding request twice at once, and nothing else', () => {
    const { requests, repeats, end } = play(spec, [{}, { status: 201 }, {}], { shopper });
    expect(requests.map(({ twice }) => twice)).toEqual([false, true, false]);
    expect(repeats).toEqual(['double-tap']);
    expect(end).toMatchObject({ outcome: 'good', first: 'good' });
  });

  test('is served when either answer is right', () => {
    const busy: Reply = { status: 409, twin: { status: 201 } };
    expect(play(spec, [{}, busy, {}], { shopper }).end).toMatchObject({ outcome: 'good' });
    const neither: Reply = { status: 409, twin: { status: 409 } };
    expect(play(spec, [{}, neither, {}], { shopper }).end).toMatchObject({ kind: '4xx', at: 1 });
  });
});

test.each<[string, Reply[], string[]]>([
  ['retries', [{ status: 500 }, { status: 500 }, {}], ['retry', 'retry']],
  ['waits by Retry-After', [{ status: 503, headers: { 'retry-after': '1' } }, {}], ['retry-after']],
  ['polls of a ticket', [{ status: 202 }, { status: 202 }, { status: 200 }], ['ticket', 'ticket']],
])('requests that are no first tries are told: %s', (_, replies, expected) => {
  const queued = { status: 202, has: null, where: {}, poll: null, everyMs: 500 };
  const spec = journey([step({ queued, confirmed: { status: 200, has: null, where: {} } })]);
  const retries = {
    max: 3,
    retryOn: ['5xx'] as const,
    backoff: { baseMs: 10, factor: 1, jitter: 'none' as const },
  };
  expect(play(spec, replies, { client: { retries } }).repeats).toEqual(expected);
});

test('the two halves of an order are timed, and its voucher looked up at the end', () => {
  const spec = {
    ...journey([step({ path: '/a' }), step({ path: '/b' })]),
    halves: { at: 1, second: 'web' },
    redeems: { variable: 'code', partner: 'promo' },
  };
  const asked = (redemptions: number) =>
    play(spec, [{ afterMs: 30 }, { afterMs: 50 }, { json: { redemptions } }], { variables: { code: 'A/B' } });
  const { parts, requests, end } = asked(1);
  expect(parts).toEqual([
    ['half:checkout', 30],
    ['half:web', 50],
  ]);
  expect(requests[2]?.url).toBe('http://promo.example/peakproof/vouchers/A%2FB');
  expect(end).toMatchObject({ outcome: 'good' });
  for (const redemptions of [0, 2]) {
    expect(asked(redemptions).end).toMatchObject({ outcome: 'bad', kind: 'wrong-answer', at: 1 });
  }
});

test('the messages of a chat are timed to their first byte and their end', () => {
  const spec = { ...journey([step()]), kind: 'chat-bot' as const };
  expect(play(spec, [{ afterMs: 100 }]).parts).toEqual([
    ['first-byte', 96],
    ['answer-end', 100],
  ]);
});
