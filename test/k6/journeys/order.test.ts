import { describe, expect, test } from 'vitest';
import type { HttpStep } from '../../../k6/journey-spec.ts';
import {
  ANY_2XX,
  INTENDED_AT,
  journey,
  play,
  type Reply,
  type ShortStep,
  step,
} from '../../support/journeys.ts';

const order = (parts: ShortStep = {}): HttpStep =>
  step({
    confirmed: { status: 201, has: 'order.id', where: {} },
    soldOut: { status: 409, has: null, where: { code: 'SOLD_OUT' }, item: 'item' },
    queued: { status: 202, has: 'ticket', where: {}, poll: '/tickets/{{ticket}}', everyMs: 2_000 },
    ...parts,
  });
const CONFIRMED: Reply = { status: 201, json: { order: { id: 'o-1' } } };
const SOLD_OUT: Reply = { status: 409, json: { code: 'SOLD_OUT', item: 'tea' } };
const TICKET: Reply = { status: 202, json: { ticket: 't/1' } };

test.each<[string, Reply, object]>([
  ['confirmed', CONFIRMED, { outcome: 'good', kind: null, first: 'good', item: null }],
  ['confirmed late', { ...CONFIRMED, afterMs: 3_001 }, { outcome: 'bad', kind: 'slow', first: 'bad' }],
  ['confirmed at the last moment', { ...CONFIRMED, afterMs: 3_000 }, { outcome: 'good', first: 'good' }],
  ['sold out', SOLD_OUT, { outcome: 'sold-out', kind: null, first: 'good', item: 'tea' }],
  ['sold out late', { ...SOLD_OUT, afterMs: 4_000 }, { outcome: 'bad', kind: 'slow', item: null }],
  ['another conflict', { status: 409, json: { code: 'DUPLICATE' } }, { outcome: 'bad', kind: '4xx' }],
  ['prose', { status: 201, body: 'Sorry, I cannot order.' }, { outcome: 'bad', kind: 'wrong-answer' }],
  ['an empty id', { status: 201, json: { order: { id: null } } }, { outcome: 'bad', kind: 'wrong-answer' }],
  [
    '200 instead of 201',
    { status: 200, json: { order: { id: 1 } } },
    { outcome: 'bad', kind: 'wrong-answer' },
  ],
  ['no body', { status: 201 }, { outcome: 'bad', kind: 'wrong-answer' }],
  ['a redirect', { status: 302, headers: { location: '/' } }, { outcome: 'bad', kind: 'unexpected' }],
  ['not found', { status: 404 }, { outcome: 'bad', kind: 'client-error' }],
  ['throttled', { status: 429 }, { outcome: 'bad', kind: '429' }],
  ['unavailable', { status: 503 }, { outcome: 'bad', kind: '503' }],
  ['broken', { status: 500 }, { outcome: 'bad', kind: '5xx' }],
  [
    'silent',
    { error: 'timeout', afterMs: 10_000 },
    { outcome: 'bad', kind: 'timeout', endedAt: INTENDED_AT + 10_000 },
  ],
  ['refused', { error: 'refused' }, { outcome: 'bad', kind: 'refused', first: 'bad' }],
  ['reset', { error: 'reset' }, { outcome: 'bad', kind: 'reset' }],
  ['unreachable', { error: 'network' }, { outcome: 'bad', kind: 'network' }],
  ['out of open files here', { error: 'local' }, { outcome: 'generator', kind: 'local' }],
])('an order that is answered with %s', (_, reply, expected) => {
  expect(play(journey([order()]), [reply]).end).toMatchObject(expected);
});

test.each([null, false, '', '  ', [], {}])('an order whose id is %j is not confirmed', (id) => {
  expect(play(journey([order()]), [{ status: 201, json: { order: { id } } }]).end).toMatchObject({
    outcome: 'bad',
    kind: 'wrong-answer',
  });
});

const located = { capture: { place: { from: 'header', name: 'location', find: 'orders/(.+)' } } } as const;
test.each<[string, HttpStep, Reply, boolean]>([
  ['an id', order(), CONFIRMED, true],
  ['a number, 0 too', order(), { status: 201, json: { order: { id: 0 } } }, true],
  ['only true', order(), { status: 201, json: { order: { id: true } } }, false],
  ['an object', order({ confirmed: { status: null, has: 'order', where: {} } }), CONFIRMED, false],
  [
    'an error in its place',
    order({ confirmed: { ...ANY_2XX, has: 'order' } }),
    { json: { order: { error: 'no' } } },
    false,
  ],
  ['a status', order({ confirmed: { ...ANY_2XX, status: 201 } }), CONFIRMED, false],
  [
    'what a header says of it',
    order({ confirmed: { ...ANY_2XX, status: 303 }, ...located }),
    { status: 303, headers: { location: '/orders/77' } },
    true,
  ],
])('an order that is confirmed by %s', (_name, placed, reply, proven) => {
  expect(play(journey([placed]), [reply]).end).toMatchObject({ outcome: 'good', placed: true, proven });
});

test('the last step that says "confirmed" names the order, whatever comes after it', () => {
  const steps = [step({ name: 'cart' }), order(), step({ name: 'thanks', method: 'GET' })];
  expect(play(journey(steps), [{}, CONFIRMED, {}]).end).toMatchObject({ proven: true });
  expect(play(journey([step(), step()]), [{ json: { id: 7 } }, {}]).end).toMatchObject({ proven: false });
});

test('an order is one turn, placed by its intended start', () => {
  const { startedAt, end } = play(journey([step(), step(), order()]), [{}, {}, CONFIRMED]);
  expect(startedAt).toEqual([INTENDED_AT]);
  expect(end).toMatchObject({
    intendedAt: INTENDED_AT,
    endedAt: INTENDED_AT + 30,
    at: 2,
    journey: 'checkout',
  });
});

test('the first step that fails ends the turn and names itself', () => {
  const { requests, end } = play(journey([step(), step(), order()]), [{}, { status: 500 }]);
  expect(requests).toHaveLength(2);
  expect(end).toMatchObject({ outcome: 'bad', kind: '5xx', at: 1 });
});

describe('captures', () => {
  const cart = (path: string) => step({ capture: { cart: path } });
  const use = step({ json: { cart: '{{cart}}' } });

  test.each<[string, unknown, string]>([
    ['id', { id: 'c-1' }, '{"cart":"c-1"}'],
    ['cart.id', { cart: { id: 17 } }, '{"cart":17}'],
    ['lines.1.sku', { lines: [{ sku: 'a' }, { sku: 'b"' }] }, '{"cart":"b\\""}'],
  ])('by %s go on with their own type', (path, json, body) => {
    expect(play(journey([cart(path), use]), [{ json }, {}]).requests[1]?.body).toBe(body);
  });

  test.each<[string, unknown]>([
    ['nope', { id: 1 }],
    ['id', { id: { deep: 1 } }],
    ['id', { id: 'x'.repeat(3_000) }],
    ['constructor', { id: 1 }],
    ['__proto__.x', { id: 1 }],
    ['id.length', { id: 'abc' }],
  ])('that cannot be had from %s make a wrong answer', (path, json) => {
    expect(play(journey([cart(path), use]), [{ json }]).end).toMatchObject({ kind: 'wrong-answer', at: 0 });
  });
});

describe('requests', () => {
  test('say who they are and carry only what the plan says', () => {
    const spec = step({
      headers: { 'Idempotency-Key': '{{orderKey}}' },
      json: { to: 'Mx {{lastName}}', n: [1, null] },
    });
    const { requests } = play(journey([spec]), [{}], {
      variables: { orderKey: 'k\r\nX: 1', lastName: 'O"Neil' },
    });
    expect(requests[0]).toMatchObject({
      name: 'POST /orders',
      method: 'POST',
      url: 'http://shop.example/v1/orders',
      body: '{"to":"Mx O\\"Neil","n":[1,null]}',
      timeoutMs: 10_000,
      headers: {
        'X-Load-Test': 'run-1',
        'Content-Type': 'application/json',
        'Idempotency-Key': 'k??X: 1',
      },
    });
  });

  test('go out as browsers write them, whatever the plan or an answer holds', () => {
    const spec = journey([
      step({ path: '/promo/50%' }),
      step({ path: "/menu/чай/{{name}}?q=it's", headers: { 'X-Tea': 'чай', 'X-Name': '{{name}}' } }),
      step({ path: '/menu/{{sku}}/price' }),
    ]);
    const { requests } = play(spec, [{}], { variables: { name: 'чай\ud800/1', sku: '..' } });
    expect(requests.map(({ url }) => url.replace('http://shop.example/v1', ''))).toEqual([
      '/promo/50%25',
      '/menu/%D1%87%D0%B0%D0%B9/%D1%87%D0%B0%D0%B9%EF%BF%BD%2F1?q=it%27s',
      '/price',
    ]);
    expect(requests[1]?.headers).toMatchObject({ 'X-Tea': 'чай', 'X-Name': 'чай?/1' });
  });

  test('ask for the body only where the step looks at it', () => {
    expect(play(journey([step()]), [{}]).requests[0]?.needsBody).toBe(false);
    expect(play(journey([order()]), [CONFIRMED]).requests[0]?.needsBody).toBe(true);
    expect(play(journey([step({ capture: { a: 'a' } })]), [{ json: { a: 1 } }]).requests[0]?.needsBody).toBe(
      true,
    );
  });

  test('encode what goes into a path', () => {
    const { requests } = play(journey([step({ path: '/items/{{sku}}' })]), [{}], {
      variables: { sku: '../a?b' },
    });
    expect(requests[0]?.url).toBe('http://shop.example/v1/items/..%2Fa%3Fb');
  });
});

describe('a queue ticket', () => {
  test('is polled until the order is confirmed', () => {
    const { requests, sleeps, end } = play(journey([order()]), [TICKET, TICKET, { status: 202 }, CONFIRMED]);
    expect(sleeps).toEqual([2_000, 2_000, 2_000]);
    expect(requests[1]).toMatchObject({
      method: 'GET',
      url: 'http://shop.example/v1/tickets/t%2F1',
      body: null,
    });
    expect(end).toMatchObject({ outcome: 'by-ticket', kind: null, at: 0 });
  });

  test('that is redeemed within slowAfter is good', () => {
    expect(play(journey([order()]), [TICKET, CONFIRMED]).end).toMatchObject({
      outcome: 'good',
      first: 'good',
    });
  });

  test('is asked for as Retry-After says', () => {
    const replies = [{ ...TICKET, headers: { 'retry-after': '7' } }, CONFIRMED];
    expect(play(journey([order()]), replies).sleeps).toEqual([7_000]);
  });

  test('may end sold out', () => {
    expect(play(journey([order()]), [TICKET, TICKET, SOLD_OUT]).end).toMatchObject({
      outcome: 'sold-out',
      item: 'tea',
    });
  });

  test('that is never served ends as gave-up when patience is out', () => {
    const { end } = play(journey([order()]), [TICKET]);
    expect(end).toMatchObject({ outcome: 'bad', kind: 'gave-up' });
    expect(end?.endedAt).toBeLessThanOrEqual(INTENDED_AT + 30_000);
  });

  test.each<[Reply, string]>([
    [{ status: 500 }, '5xx'],
    [{ status: 404 }, 'client-error'],
    [{ status: 200, body: 'please wait' }, 'wrong-answer'],
    [{ error: 'reset' }, 'reset'],
  ])('whose poll is answered with %j fails as %s', (reply, kind) => {
    expect(play(journey([order()]), [TICKET, reply]).end).toMatchObject({ outcome: 'bad', kind });
  });

  describe('without a poll path', () => {
    const spec = journey([
      order({ queued: { ...ANY_2XX, status: 202, poll: null, everyMs: 500 }, json: { a: 1 } }),
    ]);
    const at = (location: string): Reply => ({ status: 202, headers: { location } });

    test('follows the Location', () => {
      expect(play(spec, [at('/q/1'), CONFIRMED]).requests[1]).toMatchObject({
        method: 'GET',
        url: 'http://shop.example/q/1',
      });
    });

    test.each([
      ['/a b', '/a%20b'],
      ['/чай?50%', '/%D1%87%D0%B0%D0%B9?50%25'],
      ['http://shop.example?q=1', '/?q=1'],
    ])('writes it as browsers do: %s', (location, path) => {
      expect(play(spec, [at(location), CONFIRMED]).requests[1]?.url).toBe(`http://shop.example${path}`);
    });

    test('sends the same request again when there is none', () => {
      expect(play(spec, [{ status: 202 }, CONFIRMED]).requests[1]).toMatchObject({
        method: 'POST',
        body: '{"a":1}',
      });
    });

    test.each([
      'http://other.example/q/1',
      '//other.example/q',
      'http://shop.example.evil.example/',
      'http://shop.example@evil.example/',
      '/\\evil.example',
      'file:///etc/passwd',
      '/\t/evil.example',
    ])('never follows it away from the target: %s', (location) => {
      const { requests, end } = play(spec, [at(location), CONFIRMED]);
      expect(requests).toHaveLength(1);
      expect(end).toMatchObject({ outcome: 'bad', kind: 'wrong-answer' });
    });
  });
});

test('a ticket is no confirmation where any 2xx confirms', () => {
  const spec = journey([order({ confirmed: ANY_2XX })]);
  expect(play(spec, [TICKET, { status: 200 }]).requests).toHaveLength(2);
});

test.each([
  ['x'.repeat(100), 'x'.repeat(64)],
  ['te\u0000a\r\n', 'tea'],
  ['\u202eaet', 'aet'],
  ['чай', 'чай'],
  [12, '12'],
  [{ name: 'tea' }, null],
  ['  ', null],
])('the item of a sold-out answer is bounded and plain: %j', (item, expected) => {
  expect(play(journey([order()]), [{ status: 409, json: { code: 'SOLD_OUT', item } }]).end?.item).toBe(
    expected,
  );
});
