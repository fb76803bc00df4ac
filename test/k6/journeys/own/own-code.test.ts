import { describe, expect, test } from 'vitest';
import { compileJourney } from '../../../../k6/journeys/compile.ts';
import type { OrderCode, Shop } from '../../../../k6/kit.ts';
import { ownJourney, type Play, play, type Reply, TRACE_ID } from '../../../support/journeys.ts';

const ONE: OrderCode = function* (shop) {
  const placed = yield* shop.post('/orders', { json: { key: shop.orderKey } });
  if (placed.status === 409) return shop.soldOut(placed.at('item'));
  return shop.confirmed(placed.status === 201 && placed.at('order.id') !== undefined);
};
const PLACED: Reply = { status: 201, json: { order: { id: 7 } } };
const VARIABLES = { orderKey: 'key-1' };

const own = (code: OrderCode, replies: Parameters<typeof play>[1], options: Play = {}, requests = 1) =>
  play(ownJourney(requests), replies, { variables: VARIABLES, ...options, code });

describe('an order', () => {
  test('is good when its code says so', () => {
    const { ends, requests, beganWith } = own(ONE, [PLACED]);
    expect(ends).toMatchObject([{ outcome: 'good', kind: null, at: 0, first: 'good' }]);
    expect(beganWith).toEqual([null]);
    expect(requests).toMatchObject([
      { name: 'POST /orders', url: 'http://shop.example/v1/orders', body: '{"key":"key-1"}' },
    ]);
    expect(requests[0]?.headers).toMatchObject({
      'X-Load-Test': 'run-1',
      'Content-Type': 'application/json',
      traceparent: expect.stringMatching(/^00-/),
    });
  });

  test.each<[string, Reply, object]>([
    ['is bad by its last answer when it is not confirmed', { status: 200 }, { kind: 'wrong-answer' }],
    ['is a client error when the target refuses it', { status: 404 }, { kind: 'client-error' }],
    ['is sold out', { status: 409, json: { item: 'tea' } }, { outcome: 'sold-out', item: 'tea', kind: null }],
    ['is slow', { ...PLACED, afterMs: 4_000 }, { outcome: 'bad', kind: 'slow' }],
    ['times out', { ...PLACED, afterMs: 20_000 }, { outcome: 'bad', kind: 'timeout' }],
    ['is reset', { error: 'reset' }, { outcome: 'bad', kind: 'reset' }],
    ['is bad after a failure of the server', { status: 500 }, { outcome: 'bad', kind: '5xx' }],
    ['tells a local failure apart', { error: 'local' }, { outcome: 'generator', kind: 'local' }],
  ])('%s', (_name, reply, end) => {
    expect(own(ONE, [reply]).ends).toMatchObject([end]);
  });

  test('ends where the server failed: its code sees no such answer', () => {
    const { requests, thrown } = own(
      function* (shop) {
        yield* shop.get('/menu');
        throw new Error('not reached');
      },
      [{ status: 502 }],
    );
    expect(requests).toHaveLength(1);
    expect(thrown).toEqual([]);
  });

  test.each([
    ['soldOut', 503, '503'],
    ['confirmed', 500, '5xx'],
    ['closed', 429, '429'],
    ['confirmed', 403, 'client-error'],
  ] as const)(
    'that sees a failure which it expects is bad, even if it calls it %s: %i',
    (word, status, kind) => {
      const seen: number[] = [];
      const code: OrderCode = function* (shop) {
        seen.push((yield* shop.post('/orders', { expect: [429, 500, 503] })).status);
        return word === 'confirmed' ? shop.confirmed('o-1') : shop[word]();
      };
      expect(own(code, [{ status }]).end).toMatchObject({ outcome: 'bad', kind });
      expect(seen).toEqual([status]);
    },
  );

  test('that confirms with nothing is placed, and nothing proves it', () => {
    const code: OrderCode = function* (shop) {
      yield* shop.post('/orders');
      return shop.confirmed();
    };
    expect(own(code, [{ status: 201 }]).end).toMatchObject({ outcome: 'good', proven: false });
  });

  test.each([
    ['an id', 'o-1', { outcome: 'good', proven: true }],
    ['0', 0, { outcome: 'good', proven: true }],
    ['true', true, { outcome: 'good', proven: false }],
    ['an id that is not there', undefined, { outcome: 'bad', kind: 'wrong-answer' }],
    ['false', false, { outcome: 'bad', kind: 'wrong-answer' }],
    ['a blank', ' ', { outcome: 'bad', kind: 'wrong-answer' }],
    ['null', null, { outcome: 'bad', kind: 'wrong-answer' }],
    ['an empty list', [], { outcome: 'bad', kind: 'wrong-answer' }],
  ])('that confirms with %s', (_name, value, end) => {
    const code: OrderCode = function* (shop) {
      yield* shop.post('/orders');
      return shop.confirmed(value);
    };
    expect(own(code, [{ status: 201 }]).end).toMatchObject(end);
  });

  test('is told by the number of its last request, or of the one that failed', () => {
    const code: OrderCode = function* (shop) {
      yield* shop.get('/menu');
      const placed = yield* shop.post('/orders');
      return shop.confirmed(placed.status === 201);
    };
    expect(own(code, [{}, PLACED], {}, 4).end).toMatchObject({ outcome: 'good', at: 3 });
    expect(own(code, [{}, { status: 500 }], {}, 4).end).toMatchObject({ kind: '5xx', at: 1 });
    expect(own(code, [{ status: 500 }], {}, 4).end).toMatchObject({ kind: '5xx', at: 0 });
    expect(own(code, [{}, { status: 500 }], {}, 1).end).toMatchObject({ kind: '5xx', at: 0 });
  });

  test('asks for addresses as browsers write them', () => {
    const { requests } = own(
      function* (shop) {
        yield* shop.get('/чай?50%');
        return shop.confirmed();
      },
      [{}],
    );
    expect(requests[0]?.url).toMatch(/\/%D1%87%D0%B0%D0%B9\?50%25$/);
  });

  test('leaves to the client what is its own to say', () => {
    const { requests, end } = own(
      function* (shop) {
        yield* shop.get('/me', { headers: { Expect: '100-continue' } });
        return shop.confirmed();
      },
      [{}],
    );
    expect(requests).toEqual([]);
    expect(end).toMatchObject({ outcome: 'bad' });
  });

  test('lets parts of it be generators of their own', () => {
    function* login(shop: Shop) {
      return (yield* shop.post('/login', { form: { user: 'a b', pass: '&' } })).at('token');
    }
    const { requests } = own(
      function* (shop) {
        const token = yield* login(shop);
        yield* shop.get('/me', { headers: { Authorization: `Bearer ${token}` } });
        return shop.confirmed();
      },
      [{ json: { token: 't-1' } }],
    );
    expect(requests[0]).toMatchObject({ body: 'user=a%20b&pass=%26' });
    expect(requests[1]?.headers).toMatchObject({ Authorization: 'Bearer t-1' });
  });
});

describe('the client', () => {
  const retries = {
    max: 2,
    retryOn: ['5xx'] as const,
    backoff: { baseMs: 100, factor: 1, jitter: 'none' as const },
  };

  test('tries again as the plan says', () => {
    const { end, repeats } = own(ONE, [{ status: 500 }, PLACED], { client: { retries } });
    expect(end).toMatchObject({ outcome: 'good', first: 'bad' });
    expect(repeats).toEqual(['retry']);
  });

  test('comes again when it is told to', () => {
    const { end, sleeps } = own(ONE, [{ status: 503, headers: { 'retry-after': '5' } }, PLACED]);
    expect(end).toMatchObject({ outcome: 'by-retry-after' });
    expect(sleeps).toEqual([5_000]);
  });

  test('gives up when patience is over', () => {
    const { end } = own(ONE, [{ status: 503, headers: { 'retry-after': '20' } }]);
    expect(end).toMatchObject({ outcome: 'bad', kind: 'gave-up' });
  });

  test.each([
    ['the first answer', PLACED, { status: 500 }],
    ['the second', { status: 409 }, PLACED],
  ])('taps twice, and takes %s that shows the order', (_which, first, twin) => {
    const code: OrderCode = function* (shop) {
      yield* shop.get('/menu');
      const placed = yield* shop.post('/orders', { decides: true });
      return shop.confirmed(placed.status === 201);
    };
    const { end, requests, repeats } = own(code, [{}, { ...first, twin }], { tapsTwice: true });
    expect(end).toMatchObject({ outcome: 'good' });
    expect(requests.map(({ twice }) => twice)).toEqual([false, true]);
    expect(repeats).toEqual(['double-tap']);
  });
});

describe('a ticket', () => {
  const code: OrderCode = function* (shop) {
    const placed = yield* shop.post('/orders');
    const done = yield* shop.poll(`/tickets/${placed.at('ticket')}`, {
      until: (reply) => reply.status === 200,
      everyMs: 2_000,
    });
    return shop.confirmed(done.at('order') !== undefined);
  };
  const QUEUED: Reply = { status: 202, json: { ticket: 't-12' } };
  const DONE: Reply = { status: 200, json: { order: 1 } };

  test('is polled until it is there', () => {
    const { end, requests, sleeps, repeats } = own(code, [QUEUED, QUEUED, QUEUED, DONE]);
    expect(end).toMatchObject({ outcome: 'by-ticket', first: 'bad' });
    expect(requests.at(-1)).toMatchObject({ method: 'GET', name: 'GET /tickets/*' });
    expect(sleeps).toEqual([2_000, 2_000, 2_000]);
    expect(repeats).toEqual(['ticket', 'ticket', 'ticket']);
  });

  test('is waited for as long as its Retry-After says', () => {
    const told = { ...QUEUED, headers: { 'retry-after': '7' } };
    expect(own(code, [told, DONE]).sleeps).toEqual([7_000]);
  });

  test.each<[string, Reply, object]>([
    ['is given up when patience is over', QUEUED, { kind: 'gave-up' }],
    ['ends with an answer that is no ticket any more', { status: 404 }, { kind: 'client-error' }],
    ['ends with a failure of the server', { status: 500 }, { kind: '5xx' }],
  ])('%s', (_name, reply, end) => {
    expect(own(code, [QUEUED, reply]).end).toMatchObject({ outcome: 'bad', ...end });
  });
});

describe('think time', () => {
  const code: OrderCode = function* (shop) {
    yield* shop.get('/menu');
    yield* shop.think();
    const placed = yield* shop.post('/orders');
    return shop.confirmed(placed.status === 201);
  };
  const client = { thinkTime: { shape: 'fixed', ms: 8_000 } as const };

  test('makes each part a turn of its own', () => {
    const { ends, beganWith, sleeps } = own(code, [{}, PLACED], { client }, 2);
    expect(sleeps).toEqual([8_000]);
    expect(beganWith).toEqual([null, 1]);
    expect(ends).toMatchObject([
      { outcome: 'good', at: 0 },
      { outcome: 'good', at: 1 },
    ]);
  });

  test('ends the order when the part before it came too late', () => {
    const { ends, requests } = own(code, [{ afterMs: 4_000 }], { client }, 2);
    expect(ends).toMatchObject([{ outcome: 'bad', kind: 'slow', at: 0 }]);
    expect(requests).toHaveLength(1);
  });

  test('is nothing to canaries and plans without it', () => {
    expect(own(code, [{}, PLACED], {}, 2)).toMatchObject({ sleeps: [], ends: [{ outcome: 'good', at: 1 }] });
  });

  test('asks for the number of requests', () => {
    const { end, thrown } = own(code, [{}, PLACED]);
    expect(end).toMatchObject({ kind: 'script-error' });
    expect(thrown[0]).toContain('`requests`');
  });
});

describe('a mistake of the code', () => {
  // What typed code can't do, and JavaScript can.
  const untyped = (code: unknown): OrderCode => code as OrderCode;

  test.each<[string, OrderCode, RegExp]>([
    [
      'an error',
      function* (shop) {
        yield* shop.get('/menu');
        throw new RangeError('no such thing');
      },
      /^RangeError: no such thing$/,
    ],
    [
      'no end',
      untyped(function* (shop: Shop) {
        yield* shop.get('/menu');
      }),
      /must return shop.confirmed/,
    ],
    [
      'yield without star',
      untyped(function* (shop: Shop) {
        yield shop.get('/menu');
      }),
      /with the star/,
    ],
    ['no generator', untyped((shop: Shop) => shop.confirmed()), /TypeError/],
    [
      'no request',
      // biome-ignore lint/correctness/useYield: the mistake
      function* (shop) {
        return shop.confirmed();
      },
      /sent no request/,
    ],
    [
      'a loop without end',
      function* (shop) {
        for (;;) yield* shop.get('/menu');
      },
      /more than 10 requests/,
    ],
    [
      'a variable that the plan does not give',
      function* (shop) {
        yield* shop.get(`/menu/${shop.sku}`);
        return shop.confirmed();
      },
      /no sku.*partner of kind cafe/,
    ],
  ])('%s is no answer of the target', (_name, code, message) => {
    const { ends, thrown } = own(code, [{}]);
    expect(ends).toMatchObject([{ outcome: 'bad', kind: 'script-error' }]);
    expect(thrown).toEqual([expect.stringMatching(message)]);
  });

  test.each(['http://elsewhere.example/pay', '//elsewhere.example/pay', 'menu'])(
    'no answer leads the order to %s',
    (link) => {
      const { end, requests } = own(
        function* (shop) {
          yield* shop.get(link);
          return shop.confirmed();
        },
        [{}],
      );
      expect(requests).toEqual([]);
      expect(end).toMatchObject({ outcome: 'bad', kind: 'wrong-answer' });
    },
  );

  test('a whole address on the target is followed', () => {
    const { requests } = own(
      function* (shop) {
        yield* shop.get('http://shop.example/pay?x=1');
        return shop.confirmed();
      },
      [{}],
    );
    expect(requests[0]?.url).toBe('http://shop.example/pay?x=1');
  });
});

test('a shopper who is told "closed" begins anew elsewhere, in the same turn', () => {
  const code: OrderCode = function* (shop) {
    const placed = yield* shop.post(`/orders/${shop.cafe}`);
    return placed.status === 410 ? shop.closed() : shop.confirmed();
  };
  const variables: Record<string, string> = { cafe: 'corner' };
  const shopper = {
    variables,
    random: () => 0.5,
    tapsTwice: false,
    traceId: TRACE_ID,
    moveOn: () => {
      if (variables['cafe'] === 'roastery') return false;
      variables['cafe'] = 'roastery';
      return true;
    },
  };
  const moved = play(ownJourney(), [{ status: 410 }, {}], { shopper, code });
  expect(moved.requests.map(({ url }) => url.split('/').at(-1))).toEqual(['corner', 'roastery']);
  expect(moved.ends).toMatchObject([{ outcome: 'good' }]);
  variables['cafe'] = 'corner';
  const refused = play(ownJourney(), [{ status: 410 }], { shopper, code });
  expect(refused.ends).toMatchObject([{ outcome: 'closed', item: null, cafe: 'roastery' }]);
});

test('code of the kit gets no chat, which it could not use, but what its data brings', () => {
  const sender = { runId: 'run-1', userAgent: 'test', baseUrl: 'http://shop.example', partnerUrls: {} };
  const { variables } = compileJourney(ownJourney(1, { size: ['small'] }), sender);
  expect(variables).toContain('orderKey');
  expect(variables).toContain('size');
  expect(variables).not.toContain('chatId');
});
