import { Agent, request } from 'undici';
import { afterEach, describe, expect, test } from 'vitest';
import type { MockEvent } from '../../../mock-services/contract.ts';
import { FAULT_KINDS, type FaultSpec, type PartnerSpec } from '../../../mock-services/registry.ts';
import { cafe, call, faultOf, httpPartner, runMocks } from '../../support/mocks/mock-config.ts';

// Every kind of fault as a real client meets it on the socket.

type Running = Awaited<ReturnType<typeof runMocks>>;
let mocks: Running;
let agent: Agent;
afterEach(async () => {
  await agent.destroy();
  await mocks.close();
});

const ITEM = { id: 'item-1', words: 'x'.repeat(200) };
const partner = (): PartnerSpec =>
  httpPartner('any', {
    routes: {
      'GET /item': { body: ITEM },
      'GET /other': { body: ITEM },
      'GET /empty': { status: 204 },
      'POST /orders': { status: 201, body: { id: '{{key}}' } },
    },
  });

async function befall(...faults: readonly FaultSpec[]): Promise<void> {
  agent = new Agent({ headersTimeout: 400, bodyTimeout: 400 });
  mocks = await runMocks({
    partners: [partner(), cafe('bean', { stock: { tea: 100 } })],
    faults: [...faults],
  });
  mocks.startTimeline(Date.now());
  for (const { id } of faults) await mocks.event((event) => event.type === 'fault-on' && event.fault === id);
}

const get = (path = '/item', headers: Record<string, string> = {}) =>
  request(mocks.url('any') + path, { dispatcher: agent, headers });
const order = (key: string) =>
  request(`${mocks.url('bean')}/orders`, {
    dispatcher: agent,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sku: 'tea', orderKey: key }),
  });
const tea = () => mocks.stock()['bean']?.['tea'];

/** What a client is told that wants the whole answer: `ok`, or the code or name of its error. */
async function met(asked: ReturnType<typeof get>): Promise<string> {
  try {
    const { body } = await asked;
    await body.json();
    return 'ok';
  } catch (error) {
    if (!(error instanceof Error)) return String(error);
    return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  }
}

type Tally = Extract<MockEvent, { type: 'fault-tally' }>;
async function tally(id: string): Promise<Tally | undefined> {
  mocks.stopTimeline();
  return mocks.events.findLast((event): event is Tally => event.type === 'fault-tally' && event.fault === id);
}

test.each<[FaultSpec['kind'], Record<string, unknown>, string]>([
  ['hang', {}, 'UND_ERR_HEADERS_TIMEOUT'],
  ['hang', { when: 'after' }, 'UND_ERR_HEADERS_TIMEOUT'],
  ['reset', {}, 'ECONNRESET'],
  ['reset', { when: 'after' }, 'ECONNRESET'],
  ['truncate', {}, 'UND_ERR_SOCKET'],
  ['truncate', { keep: '0%' }, 'UND_ERR_SOCKET'],
  ['malformed', {}, 'SyntaxError'],
  ['malformed', { what: 'http' }, 'HTTPParserError'],
  ['malformed', { what: 'chunk' }, 'HTTPParserError'],
  ['slow-body', { over: '1m' }, 'UND_ERR_BODY_TIMEOUT'],
  ['slow-body', { over: '100ms' }, 'ok'],
])('%s %j is met as %s', async (kind, keys, error) => {
  await befall(faultOf(kind, { partner: 'any', route: '/item', ...keys }));
  expect(await met(get())).toBe(error);
  expect(await met(get('/other'))).toBe('ok');
  expect(await tally(`${kind}-1`)).toMatchObject({ seen: 1, hit: 1 });
  expect(await met(get())).toBe('ok');
});

test('an answer without a body cannot be cut: it goes out whole, and nothing was hit', async () => {
  await befall(faultOf('truncate', { partner: 'any', route: '/empty' }));
  expect((await get('/empty')).statusCode).toBe(204);
  expect(await tally('truncate-1')).toMatchObject({ seen: 1, hit: 0 });
});

test('a whole answer is what it would have been while its body drips', async () => {
  await befall(faultOf('slow-body', { partner: 'any', over: '120ms' }));
  const startedMs = performance.now();
  expect(await (await get()).body.json()).toEqual(ITEM);
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(119);
});

test('hung requests are let go without an answer when the fault ends', async () => {
  await befall(faultOf('hang', { partner: 'any' }));
  const patient = new Agent();
  const hung = met(request(`${mocks.url('any')}/item`, { dispatcher: patient }));
  await expect.poll(() => mocks.events.some((one) => one.type === 'fault-tally' && one.hit === 1)).toBe(true);
  mocks.stopTimeline();
  expect(await hung).toBe('UND_ERR_SOCKET');
  await patient.destroy();
});

describe('when the answer is lost', () => {
  test('before the partner acts, nothing is done', async () => {
    await befall(faultOf('reset', { partner: 'bean' }));
    expect(await met(order('k1'))).toBe('ECONNRESET');
    expect(tea()).toBe(100);
  });

  test('after it has acted, the order stands, and a repeat of it is the same order', async () => {
    await befall(faultOf('reset', { partner: 'bean', when: 'after', for: '1h' }));
    expect(await met(order('k1'))).toBe('ECONNRESET');
    expect(tea()).toBe(99);
    mocks.stopTimeline();
    expect((await order('k1')).statusCode).toBe(200);
    expect(tea()).toBe(99);
  });
});

describe('answers in the place of the partner', () => {
  test('error: status, body and Retry-After; nothing is done', async () => {
    await befall(
      faultOf('error', { partner: 'bean', status: 503, body: { code: 'DOWN' }, retryAfter: '3s' }),
    );
    const reply = await order('k1');
    expect([reply.statusCode, reply.headers['retry-after'], await reply.body.json()]).toEqual([
      503,
      '3',
      { code: 'DOWN' },
    ]);
    expect(tea()).toBe(100);
  });

  test('wrong-answer: 200 and an apology; nothing is done', async () => {
    await befall(faultOf('wrong-answer', { partner: 'bean' }));
    const reply = await order('k1');
    expect([reply.statusCode, await reply.body.json()]).toEqual([
      200,
      { message: expect.stringMatching(/sorry/) },
    ]);
    expect(tea()).toBe(100);
  });

  test('rate-limit: a burst passes, the others get 429 and when to come again', async () => {
    await befall(faultOf('rate-limit', { partner: 'any', limit: '1/min', burst: 3 }));
    const replies = await Promise.all(Array.from({ length: 8 }, () => get()));
    const statuses = replies.map(({ statusCode }) => statusCode).sort();
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429, 429, 429]);
    const refused = replies.find(({ statusCode }) => statusCode === 429);
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(30);
    expect(await tally('rate-limit-1')).toMatchObject({ seen: 8, hit: 5 });
  });

  test('capacity: requests wait in turn, and beyond the queue they are turned away at once', async () => {
    await befall(faultOf('capacity', { partner: 'any', limit: '20/s', queue: 3 }));
    const startedMs = performance.now();
    const done = await Promise.all(
      Array.from({ length: 7 }, async () => {
        const { statusCode, headers } = await get();
        return { statusCode, afterMs: performance.now() - startedMs, retry: headers['retry-after'] };
      }),
    );
    const served = done.filter(({ statusCode }) => statusCode === 200).map(({ afterMs }) => afterMs);
    const turned = done.filter(({ statusCode }) => statusCode === 503);
    expect(served.length).toBeGreaterThanOrEqual(4);
    expect(turned.length).toBeGreaterThanOrEqual(1);
    for (const { retry } of turned) expect(retry).toBe('1');
    // The n-th waits for n − 1 of 50 ms.
    for (const [index, afterMs] of served.toSorted((a, b) => a - b).entries()) {
      expect(afterMs).toBeGreaterThanOrEqual(index * 50 - 5);
    }
  });
});

test('a latency that ramps grows from nothing', async () => {
  await befall(faultOf('latency', { partner: 'any', add: '1h', ramp: '10000h' }));
  expect(await met(get())).toBe('ok');
  expect((await tally('latency-1'))?.requestedMedianMs).toBeLessThan(100);
});

describe('overlaps', () => {
  test('the earlier fault of the plan answers, and only it has hit', async () => {
    await befall(
      faultOf('error', { partner: 'any', status: 500 }, 'first'),
      faultOf('error', { partner: 'any', status: 503 }, 'second'),
    );
    expect((await get()).statusCode).toBe(500);
    expect([await tally('first'), await tally('second')]).toMatchObject([{ hit: 1 }, { seen: 1, hit: 0 }]);
  });

  test('an answer in its place takes the delay of a latency, and its delivery is spoilt', async () => {
    await befall(
      faultOf('error', { partner: 'any', status: 500 }),
      faultOf('latency', { partner: 'any', add: '60ms' }),
      faultOf('malformed', { partner: 'any' }),
    );
    const startedMs = performance.now();
    const reply = await get();
    expect(reply.statusCode).toBe(500);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(59);
    await expect(reply.body.json()).rejects.toThrow(SyntaxError);
    for (const kind of ['error', 'latency', 'malformed']) {
      expect(await tally(`${kind}-1`)).toMatchObject({ seen: 1, hit: 1 });
    }
  });

  test('what is lost on its way meets nothing else', async () => {
    await befall(faultOf('error', { partner: 'any' }), faultOf('reset', { partner: 'any' }));
    expect(await met(get())).toBe('ECONNRESET');
    expect([await tally('error-1'), await tally('reset-1')]).toMatchObject([{ hit: 0 }, { hit: 1 }]);
  });
});

test('a share of the requests is hit, the same ones again, and a retry is drawn anew', async () => {
  await befall(faultOf('error', { partner: 'any', share: '30%' }));
  const statuses = async (): Promise<number[]> => {
    const replies: number[] = [];
    for (let number = 0; number < 400; number++) {
      replies.push((await get('/item', { 'idempotency-key': `k${number}` })).statusCode);
    }
    return replies;
  };
  const first = await statuses();
  const hit = first.filter((status) => status === 500).length;
  expect(hit).toBeGreaterThan(85);
  expect(hit).toBeLessThan(155);
  expect(await statuses()).not.toEqual(first);
  mocks.reset({});
  mocks.startTimeline(Date.now());
  await expect.poll(() => mocks.state().faults[0]?.active).toBe(true);
  expect(await statuses()).toEqual(first);
});

test('a fault that repeats comes each time at its planned instant, with a tally of its own', async () => {
  const repeat = { every: '200ms', for: '500ms' };
  await befall(faultOf('error', { partner: 'any', for: '50ms', repeat }));
  await mocks.event(() => mocks.events.filter(({ type }) => type === 'fault-off').length === 3);
  const startAt = mocks.state().timelineStartedAt ?? Number.NaN;
  const planned = (type: 'fault-on' | 'fault-off'): number[] =>
    mocks.events.flatMap((event) => (event.type === type ? [event.plannedAt - startAt] : []));
  expect(planned('fault-on')).toEqual([0, 200, 400]);
  expect(planned('fault-off')).toEqual([50, 250, 450]);
  const tallied = mocks.events.flatMap((event) =>
    event.type === 'fault-tally' ? [event.plannedOnAt - startAt] : [],
  );
  expect(new Set(tallied)).toEqual(new Set([0, 200, 400]));
});

describe('the admin API', () => {
  const admin = (path: string, body?: unknown) => call(`${mocks.adminUrl}/__admin/${path}`, body);

  test('injects a fault of any kind and clears it', async () => {
    await befall();
    const added = await admin('inject', { kind: 'error', partner: 'any', for: '1h', status: 418 });
    expect([added.status, added.body]).toEqual([201, { id: 'injected-1' }]);
    await expect.poll(async () => (await get()).statusCode).toBe(418);
    expect((await admin('clear', { id: 'injected-1' })).status).toBe(200);
    expect((await get()).statusCode).toBe(200);
    expect((await admin('clear', { id: 'injected-1' })).status).toBe(404);
    expect(mocks.ledger().map(({ type }) => type)).toContain('fault-off');
  });

  test.each([
    [{ kind: 'errror', partner: 'any', for: '1s' }],
    [{ kind: 'error', partner: 'nobody', for: '1s' }],
    [{ kind: 'error', partner: 'any' }],
    [{ kind: 'closure', partner: 'any', for: '1s' }],
    [{ kind: 'error', partner: 'any', for: '1s', colour: 'red' }],
  ])('refuses to inject %j', async (fault) => {
    await befall();
    expect((await admin('inject', fault)).status).toBe(400);
    expect(mocks.state().faults).toEqual([]);
  });

  test('shows the stock and sets it', async () => {
    await befall();
    expect((await admin('stock', { bean: { tea: 0 } })).body).toEqual({ any: {}, bean: { tea: 0 } });
    expect((await order('k1')).statusCode).toBe(409);
    expect((await admin('stock', { bean: { coal: 1 } })).status).toBe(400);
    expect((await admin('stock')).body).toEqual({ any: {}, bean: { tea: 0 } });
  });
});

test.each(Object.keys(FAULT_KINDS))('a %s takes the keys that every fault has', (kind) => {
  const { schema } = FAULT_KINDS[kind as FaultSpec['kind']];
  const own = {
    latency: { add: '1s' },
    'rate-limit': { limit: '1/s' },
    capacity: { limit: '1/s' },
    'slow-body': { over: '1s' },
  };
  const common = { at: '1s', for: '1s', partner: 'x', expect: 'queued', recoverWithin: '1m', enforce: true };
  const parsed = schema.parse({
    kind,
    ...common,
    ...(Object.hasOwn(own, kind) ? own[kind as keyof typeof own] : {}),
  });
  expect(parsed).toMatchObject({
    at: 1_000,
    for: 1_000,
    expect: 'queued',
    recoverWithin: 60_000,
    enforce: true,
    repeat: null,
  });
});
