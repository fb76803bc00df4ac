import { describe, expect, test } from 'vitest';
import type { CafeChoice } from '../../../k6/contract.ts';
import type { WireRequest } from '../../../k6/effects.ts';
import { compileJourney } from '../../../k6/journeys/compile.ts';
import { type Shopper, shoppers } from '../../../k6/shopper.ts';
import {
  CLIENT,
  INTENDED_AT,
  journey,
  type Play,
  play,
  type Reply,
  type ShortStep,
  step,
} from '../../support/journeys.ts';

const CLOSED: Reply = { status: 409, json: { code: 'CLOSED' } };
const closed = { status: 409, has: null, where: { code: 'CLOSED' } };
const order = (parts: ShortStep = {}) =>
  step({
    headers: { 'Idempotency-Key': '{{orderKey}}' },
    json: { cafe: '{{cafe}}', sku: '{{sku}}' },
    closed,
    ...parts,
  });
/** Menu, cart, order; the cart may be closed as well as the order. */
const CHECKOUT = journey([
  step({ method: 'GET', path: '/menu/{{cafe}}' }),
  step({ path: '/cart/{{cafe}}', capture: { cart: 'id' }, closed }),
  order({ path: '/orders/{{cart}}' }),
]);
const SIMPLE = journey([order()]);

const cafe = (name: string, movesRatio: number, shareRatio = 0.5): CafeChoice => ({
  name,
  movesRatio,
  shareRatio,
  menu: [`${name}-tea`, `${name}-latte`],
});
const PAIR = [cafe('corner', 1), cafe('roastery', 1)];

/** The shopper with this order number, of a plan with these cafés. */
function shopperOf(number: number, cafes: readonly CafeChoice[], spec = SIMPLE, seed = 7): Shopper {
  const program = compileJourney(spec, {
    runId: 'run-1',
    baseUrl: 'http://shop',
    partnerUrls: {},
  });
  const given = { runId: 'run-1', seed, stepIndex: 0, journeys: [spec], cafes, client: CLIENT };
  const nobody = { firstName: '', lastName: '', street: '', city: '' };
  return shoppers(given, program, { count: 1, at: () => nobody })(number);
}

/** Plays an order at a shop where the named cafés are closed. */
function orderAt(shut: readonly string[], shopper: Shopper, spec = SIMPLE, options: Play = {}) {
  const reply = ({ url, body }: WireRequest): Reply =>
    shut.some((name) => `${url} ${body}`.includes(name) && !url.includes('/menu'))
      ? CLOSED
      : { json: { id: shopper.variables['cafe'] } };
  return play(spec, reply, { ...options, shopper });
}

const cafesAsked = (requests: readonly WireRequest[]) =>
  requests.map(({ body }) => /"cafe":"([\w-]+)"/.exec(body ?? '')?.[1]);

/** Of 2,000 orders that all are closed to at first: how each of them ended. */
const fates = (cafes: readonly CafeChoice[], shut: readonly string[], seed = 7) =>
  Array.from(
    { length: 2_000 },
    (_, number) => orderAt(shut, shopperOf(number, cafes, SIMPLE, seed)).end?.outcome,
  );

/** An order whose first café is this one. */
function firstAt(name: string, cafes: readonly CafeChoice[], spec = SIMPLE): Shopper {
  for (let number = 0; number < 1_000; number++) {
    const shopper = shopperOf(number, cafes, spec);
    if (shopper.variables['cafe'] === name) return shopper;
  }
  throw new RangeError(`nobody orders at ${name}`);
}

describe('"closed"', () => {
  test('is a refusal without item for those who do not move', () => {
    const { end, requests } = orderAt(
      ['corner'],
      firstAt('corner', [cafe('corner', 0), cafe('roastery', 1)]),
    );
    expect(requests).toHaveLength(1);
    expect(end).toMatchObject({ outcome: 'closed', kind: null, first: 'good', item: null, cafe: 'corner' });
  });

  test('that came too late is slow like any other answer', () => {
    const variables = { orderKey: 'k', cafe: 'corner', sku: 'tea' };
    expect(play(SIMPLE, [{ ...CLOSED, afterMs: 3_001 }], { variables }).end).toMatchObject({
      outcome: 'bad',
      kind: 'slow',
      cafe: null,
    });
  });

  test.each<[string, ShortStep, Reply, object]>([
    [
      'sold out',
      { soldOut: { ...closed, item: 'item' } },
      { status: 409, json: { code: 'CLOSED', item: 'tea' } },
      { item: 'tea' },
    ],
    [
      'confirmed',
      {
        confirmed: { status: 200, has: 'id', where: {} },
        closed: { status: 200, has: null, where: { open: false } },
      },
      { json: { id: 1, open: false } },
      { outcome: 'closed' },
    ],
    ['a queue ticket', { queued: { ...closed, poll: null, everyMs: 500 } }, CLOSED, { outcome: 'closed' }],
  ])('gives way to sold out only: %s', (_, parts, reply, expected) => {
    const variables = { orderKey: 'k', cafe: 'corner', sku: 'tea' };
    expect(play(journey([order(parts)]), [reply], { variables }).end).toMatchObject(expected);
  });

  test('is looked for in the body', () => {
    const variables = { cafe: 'corner' };
    const { requests } = play(journey([step({ path: '/{{cafe}}', closed })]), [{}], { variables });
    expect(requests[0]?.needsBody).toBe(true);
  });

  test('in the queue moves a shopper like any other', () => {
    const spec = journey([
      order({ queued: { status: 202, has: null, where: {}, poll: null, everyMs: 500 } }),
    ]);
    const shopper = firstAt('corner', PAIR, spec);
    const { end, requests } = play(spec, [{ status: 202 }, CLOSED, {}], { shopper });
    expect(cafesAsked(requests)).toEqual(['corner', 'corner', 'roastery']);
    expect(end).toMatchObject({ outcome: 'good' });
  });
});

describe('a shopper who moves on', () => {
  test('is served by the other café, under the same order key and in the same turn', () => {
    const { end, requests, startedAt, ends } = orderAt(['corner'], firstAt('corner', PAIR));
    expect(cafesAsked(requests)).toEqual(['corner', 'roastery']);
    expect(requests[1]?.body).toContain('"sku":"roastery-');
    expect(new Set(requests.map(({ headers }) => headers['Idempotency-Key'])).size).toBe(1);
    expect(startedAt).toEqual([INTENDED_AT]);
    expect(ends).toHaveLength(1);
    expect(end).toMatchObject({
      outcome: 'good',
      kind: null,
      first: 'good',
      intendedAt: INTENDED_AT,
      cafe: null,
    });
  });

  test('begins with the first step again', () => {
    const { end, requests } = orderAt(['corner'], firstAt('corner', PAIR, CHECKOUT), CHECKOUT);
    expect(requests.map(({ url }) => url.replace('http://shop.example/v1', ''))).toEqual([
      '/menu/corner',
      '/cart/corner',
      '/menu/roastery',
      '/cart/roastery',
      '/orders/roastery',
    ]);
    expect(end).toMatchObject({ outcome: 'good', at: 2 });
  });

  test('takes no capture along', () => {
    const replies = [{}, { json: { id: 'old' } }, CLOSED, {}, { json: {} }];
    const { end, requests } = play(CHECKOUT, replies, { shopper: firstAt('corner', PAIR, CHECKOUT) });
    expect(requests).toHaveLength(5);
    expect(end).toMatchObject({ outcome: 'bad', kind: 'wrong-answer', at: 1 });
  });

  test('has no more patience than before', () => {
    const replies = [{ ...CLOSED, afterMs: 2_000 }, { afterMs: 1_001 }];
    const { end } = play(SIMPLE, replies, { shopper: firstAt('corner', PAIR) });
    expect(end).toMatchObject({ outcome: 'bad', kind: 'slow', endedAt: INTENDED_AT + 3_001 });
    const late = play(SIMPLE, [{ ...CLOSED, afterMs: 9_000 }, {}], {
      shopper: firstAt('corner', PAIR),
      limitMs: 9_000,
    });
    expect(late.requests).toHaveLength(1);
    expect(late.end).toMatchObject({ outcome: 'bad', kind: 'timeout', at: 0 });
  });

  test('who stumbled before has stumbled still', () => {
    const retries = {
      max: 1,
      retryOn: ['5xx'] as const,
      backoff: { baseMs: 1, factor: 1, jitter: 'none' as const },
    };
    const replies = [{ status: 500 }, CLOSED, {}];
    const { end } = play(SIMPLE, replies, { shopper: firstAt('corner', PAIR), client: { retries } });
    expect(end).toMatchObject({ outcome: 'good', first: 'bad' });
  });

  test('thinks and begins turns as before, and begins no second order', () => {
    const thinkTime = { shape: 'fixed', ms: 5_000 } as const;
    const replies = [{}, { json: { id: 1 } }, CLOSED, {}, { json: { id: 2 } }, {}];
    const shopper = firstAt('corner', PAIR, CHECKOUT);
    const { ends, beganWith, startedAt, requests } = play(CHECKOUT, replies, {
      shopper,
      client: { thinkTime },
    });
    expect(requests).toHaveLength(6);
    expect(beganWith).toEqual([null, 1, 2, 1, 2]);
    expect(ends.map(({ at, outcome }) => [at, outcome])).toEqual([0, 1, 0, 1, 2].map((at) => [at, 'good']));
    expect(ends.map(({ intendedAt }) => intendedAt)).toEqual(startedAt);
  });

  test('is refused when all cafés are closed, having tried each of them once', () => {
    const three = [cafe('corner', 1, 0.2), cafe('roastery', 1, 0.3), cafe('airport', 1, 0.5)];
    const names = three.map(({ name }) => name);
    const orders = Array.from({ length: 50 }, (_, number) => orderAt(names, shopperOf(number, three)));
    for (const { end, requests } of orders) {
      const asked = cafesAsked(requests);
      expect([...asked].sort()).toEqual([...names].sort());
      expect(end).toMatchObject({ outcome: 'closed', item: null, cafe: asked[2] });
    }
    expect(new Set(orders.map(({ requests }) => cafesAsked(requests).join())).size).toBe(6);
  });

  test('goes no further than the next café if nobody moves on from there', () => {
    const pair = [cafe('corner', 1), cafe('roastery', 0), cafe('airport', 0)];
    const { end, requests } = orderAt(['corner', 'roastery', 'airport'], firstAt('corner', pair));
    expect(requests).toHaveLength(2);
    expect(end).toMatchObject({ outcome: 'closed', cafe: cafesAsked(requests)[1] });
  });

  test('chooses among the other cafés by their shares, and never one without a share', () => {
    const cafes = [
      cafe('corner', 1, 0.6),
      cafe('roastery', 0, 0.3),
      cafe('airport', 0, 0.1),
      cafe('ghost', 0, 0),
    ];
    const went = Array.from({ length: 2_000 }, (_, number) => shopperOf(number, cafes))
      .filter(({ variables }) => variables['cafe'] === 'corner')
      .map((shopper) => cafesAsked(orderAt(['corner'], shopper).requests)[1]);
    expect(went.length).toBeGreaterThan(1_000);
    const share = went.filter((name) => name === 'roastery').length / went.length;
    expect(share).toBeGreaterThan(0.71);
    expect(share).toBeLessThan(0.79);
    expect(new Set(went)).toEqual(new Set(['roastery', 'airport']));
  });
});

describe('who moves', () => {
  const cafes = [cafe('corner', 0.6, 1 - 1e-9), cafe('roastery', 0, 1e-9)];

  test('is the share of the plan, and the same shoppers again for the same seed', () => {
    const moved = fates(cafes, ['corner']);
    const share = moved.filter((outcome) => outcome === 'good').length / moved.length;
    expect(share).toBeGreaterThan(0.56);
    expect(share).toBeLessThan(0.64);
    expect(new Set(moved)).toEqual(new Set(['good', 'closed']));
    expect(fates(cafes, ['corner'])).toEqual(moved);
    expect(fates(cafes, ['corner'], 8)).not.toEqual(moved);
  });

  test('does not depend on what the order has been through', () => {
    const retries = {
      max: 1,
      retryOn: ['5xx'] as const,
      backoff: { baseMs: 9, factor: 1, jitter: 'full' as const },
    };
    for (let number = 0; number < 50; number++) {
      const smooth = orderAt(['corner'], shopperOf(number, cafes));
      const replies = [{ status: 500 }, CLOSED, {}];
      const rough = play(SIMPLE, replies, { shopper: shopperOf(number, cafes), client: { retries } });
      expect(rough.end?.outcome).toBe(smooth.end?.outcome);
    }
  });

  test.each([
    ['no café has moves', [cafe('corner', 0), cafe('roastery', 0)], SIMPLE],
    ['the journey has neither cafe nor sku of the cafés', PAIR, journey([step({ closed })])],
    ['both come from its own data', PAIR, journey([order()], { cafe: ['mine'], sku: ['cake'] })],
  ])('is nobody where %s', (_, given, spec) => {
    const shopper = shopperOf(3, given, spec);
    expect(Object.keys(shopper)).not.toContain('moveOn');
    expect(play(spec, [CLOSED], { shopper }).end).toMatchObject({ outcome: 'closed', item: null });
  });
});
