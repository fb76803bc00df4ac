import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOG_PREFIX, METRIC, type ScriptEvent } from '../../../k6/contract.ts';
import { bundleLoadScript } from '../../../scripts/engine/bundle/bundle.ts';
import { inventPeople } from '../../../scripts/engine/bundle/people.ts';
import { CLIENT, journey, LOAD_SPEC, step } from '../../support/journeys.ts';
import { type FaultyServer, startFaultyServer } from '../../support/targets/faulty-server.ts';

// The bundled script in a real k6 (PEAKPROOF_K6, else k6 of PATH), about 8 s.

const run = promisify(execFile);
const K6 = process.env['PEAKPROOF_K6'] ?? 'k6';
const RATE_PER_SEC = 5;
const SECONDS = 2;
const NO_TAGS = {
  outcome: undefined,
  kind: undefined,
  item: undefined,
  cafe: undefined,
  first: undefined,
};
/** Tags beside slot and step; a good turn has none. */
const EXPECTED: Record<string, { outcome?: string; kind?: string }> = {
  checkout: {},
  reset: { outcome: 'bad', kind: 'reset' },
  close: { outcome: 'bad', kind: 'reset' },
  truncated: { outcome: 'bad', kind: 'reset' },
  garbage: { outcome: 'bad', kind: 'network' },
  hang: { outcome: 'bad', kind: 'timeout' },
  'hang-in-body': { outcome: 'bad', kind: 'timeout' },
  redirect: { outcome: 'bad', kind: 'unexpected' },
  throttled: { outcome: 'bad', kind: '503' },
  moving: {},
};

interface Sample {
  metric: string;
  data: { value: number; tags: Record<string, string> };
}

let folder: string;
let script: string;
let server: FaultyServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peakproof-script-'));
  script = join(folder, 'load.js');
  server = await startFaultyServer();
  const checkout = journey([
    step({ name: 'GET /menu', method: 'GET', path: '/menu' }),
    step({
      name: 'POST /cart',
      path: '/cart',
      json: { who: '{{firstName}}', sku: '{{sku}}' },
      capture: { cart: 'id' },
    }),
    step({
      headers: { 'Idempotency-Key': '{{orderKey}}' },
      json: { cart: '{{cart}}' },
      confirmed: { status: 201, has: 'order.id', where: {} },
    }),
  ]);
  const broken = Object.keys(EXPECTED)
    .filter((name) => name !== 'checkout' && name !== 'moving')
    .map((name) => ({ ...journey([step({ path: `/${name}` })]), name }));
  const toCafe = step({
    path: '/at/{{cafe}}',
    headers: { 'Idempotency-Key': '{{orderKey}}' },
    closed: { status: 409, has: null, where: { code: 'CLOSED' } },
  });
  const moving = { ...journey([toCafe]), name: 'moving' };
  await bundleLoadScript({
    spec: {
      ...LOAD_SPEC,
      baseUrl: server.baseUrl,
      journeys: [checkout, moving, ...broken],
      client: { ...CLIENT, timeoutMs: 500, patienceMs: 3_000 },
      cafes: [
        { name: 'corner', shareRatio: 1 - 1e-9, menu: ['tea'], movesRatio: 1 },
        { name: 'roastery', shareRatio: 1e-9, menu: ['tea'], movesRatio: 1 },
      ],
    },
    people: inventPeople(20, 7),
    outFile: script,
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test('k6 accepts the script', async () => {
  await expect(run(K6, ['inspect', script])).resolves.toBeDefined();
});

test('the script holds nothing that k6 cannot run or that slows every request down', async () => {
  const source = await readFile(script, 'utf8');
  expect(source).not.toMatch(/for await|async function\s*\*|__yieldStar|import\(/);
});

describe('orders in k6', () => {
  const samples: Sample[] = [];
  let log = '';

  beforeAll(async () => {
    const config = join(folder, 'config.json');
    const out = join(folder, 'out.json');
    const scenarioOf = (name: string) => [
      name,
      { ...arrival(name === 'checkout' ? RATE_PER_SEC : 1), exec: 'order' },
    ];
    await writeFile(
      config,
      JSON.stringify({
        userAgent: 'peakproof/test',
        scenarios: Object.fromEntries(Object.keys(EXPECTED).map(scenarioOf)),
      }),
    );
    const args = ['run', '--quiet', '--no-usage-report', '--summary-mode=disabled', '--out', `json=${out}`];
    const { stderr, stdout } = await run(K6, [...args, '--config', config, script]);
    log = stderr + stdout;
    for (const line of (await readFile(out, 'utf8')).split('\n')) {
      if (line.includes('"Point"') && line.includes('peakproof_')) samples.push(JSON.parse(line));
    }
  });

  const of = (metric: string, name: string) =>
    samples.filter((sample) => sample.metric === metric && sample.data.tags['scenario'] === name);

  test.each(Object.entries(EXPECTED))(
    'of %s end as they should, each one counted thrice',
    (name, expected) => {
      const ended = of(METRIC.turnsEnded, name);
      const count = (name === 'checkout' ? RATE_PER_SEC : 1) * SECONDS;
      expect(ended.length).toBeGreaterThanOrEqual(count);
      expect(ended.length).toBeLessThanOrEqual(count + 1);
      for (const { data } of ended) {
        const { outcome, kind, item, cafe, first } = data.tags;
        expect({ outcome, kind, item, cafe, first }).toEqual({ ...NO_TAGS, ...expected });
      }
      expect(of(METRIC.turnsStarted, name)).toHaveLength(ended.length);
      expect(of(METRIC.turnDuration, name)).toHaveLength(ended.length);
    },
  );

  test('have the slot of their second at start and end', () => {
    const slots = (metric: string) =>
      of(metric, 'checkout')
        .map(({ data }) => data.tags['slot'])
        .toSorted();
    expect(slots(METRIC.turnsEnded)).toEqual(slots(METRIC.turnsStarted));
    expect(slots(METRIC.turnsStarted).every((slot) => /^\d{1,3}$/.test(slot ?? ''))).toBe(true);
  });

  test('say who they are, each with a key of its own', () => {
    const orders = server.requests.filter(({ url }) => url === '/orders');
    const keys = orders.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(orders.length);
    expect(orders[0]?.headers).toMatchObject({ 'user-agent': 'peakproof/test', 'x-load-test': 'run-1' });
    expect(orders[0]?.headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(orders[0]?.body).toBe('{"cart":"cart-1"}');
  });

  test('go on to the next café when one is closed, under the same key', () => {
    const keysAt = (cafe: string) =>
      server.requests
        .filter(({ url }) => url === `/at/${cafe}`)
        .map(({ headers }) => headers['idempotency-key'])
        .toSorted();
    expect(keysAt('corner').length).toBeGreaterThanOrEqual(SECONDS);
    expect(keysAt('roastery')).toEqual(keysAt('corner'));
  });

  test('are announced: the load once, each journey at its first order', () => {
    const events = [...log.matchAll(/peakproof (\{.*?\})"/g)].map(([, json]): ScriptEvent => {
      return JSON.parse((json ?? '').replaceAll('\\"', '"'));
    });
    expect(log).toContain(LOG_PREFIX);
    expect(events.filter(({ event }) => event === 'load-start')).toHaveLength(1);
    const first = events.flatMap((event) => (event.event === 'first-start' ? [event.journey] : []));
    expect(first.toSorted()).toEqual(Object.keys(EXPECTED).toSorted());
  });
});

describe('orders of shoppers who think', () => {
  const THINK_MS = 200;
  const LOGGED_EVERY = 2;
  const samples: Sample[] = [];
  const events: ScriptEvent[] = [];

  beforeAll(async () => {
    const chat = journey([
      step({ name: 'GET /menu', method: 'GET', path: '/menu' }),
      step({ path: '/cart' }),
      step({
        name: 'POST /apology',
        path: '/apology',
        confirmed: { status: null, has: 'order.id', where: {} },
      }),
    ]);
    const soldOut = step({
      json: { at: '{{cafe}}' },
      confirmed: { status: 202, has: null, where: {} },
      soldOut: { status: 201, has: null, where: {}, item: 'order.id' },
    });
    const names = ['chat', 'empty'];
    const thinking = join(folder, 'thinking.js');
    await bundleLoadScript({
      spec: {
        ...LOAD_SPEC,
        runId: 'run-2',
        baseUrl: server.baseUrl,
        journeys: [
          { ...chat, name: 'chat' },
          { ...journey([soldOut]), name: 'empty' },
        ],
        client: { ...CLIENT, thinkTime: { shape: 'fixed', ms: THINK_MS } },
        cafes: [{ name: 'beanhouse', shareRatio: 1, menu: ['tea'], movesRatio: 0 }],
        loggedEvery: { chat: LOGGED_EVERY, empty: 1 },
      },
      people: inventPeople(20, 7),
      outFile: thinking,
    });
    const config = join(folder, 'thinking.json');
    const out = join(folder, 'thinking-out.json');
    const scenarios = Object.fromEntries(names.map((name) => [name, { ...arrival(4), exec: 'order' }]));
    await writeFile(config, JSON.stringify({ scenarios }));
    const args = ['run', '--quiet', '--no-usage-report', '--summary-mode=disabled', '--log-format=json'];
    const { stderr } = await run(K6, [...args, '--out', `json=${out}`, '--config', config, thinking]);
    for (const line of stderr.split('\n').filter((text) => text.includes(LOG_PREFIX))) {
      const { msg }: { msg: string } = JSON.parse(line);
      events.push(JSON.parse(msg.slice(LOG_PREFIX.length)));
    }
    for (const line of (await readFile(out, 'utf8')).split('\n')) {
      if (line.includes('"Point"') && line.includes('peakproof_')) samples.push(JSON.parse(line));
    }
  });

  const tagsOf = (metric: string, name: string) =>
    samples
      .filter((sample) => sample.metric === metric && sample.data.tags['scenario'] === name)
      .map(({ data }) => data.tags);
  const failed = (name: string) =>
    events.flatMap((event) => (event.event === 'failed-turn' && event.journey === name ? [event] : []));

  test('begin a turn with each step, and only the first begins an order', () => {
    const count = (metric: string, tags: Record<string, string | undefined>) =>
      tagsOf(metric, 'chat').filter((one) => Object.entries(tags).every(([tag, value]) => one[tag] === value))
        .length;
    const orders = count(METRIC.turnsStarted, { at: undefined });
    expect(orders).toBeGreaterThanOrEqual(4 * SECONDS);
    expect(['1', '2'].map((at) => count(METRIC.turnsStarted, { at }))).toEqual([orders, orders]);
    const good = { outcome: undefined };
    expect(['0', '1'].map((at) => count(METRIC.turnsEnded, { at, ...good }))).toEqual([orders, orders]);
    expect(count(METRIC.turnsEnded, { at: '2', outcome: 'bad', kind: 'wrong-answer' })).toBe(orders);
    expect(tagsOf(METRIC.turnDuration, 'chat')).toHaveLength(3 * orders);
  });

  test('have each turn in the second that it was meant to start in', () => {
    const slots = (metric: string) =>
      tagsOf(metric, 'chat')
        .map(({ slot, at }) => `${slot} ${at ?? '0'}`)
        .toSorted();
    expect(slots(METRIC.turnsEnded)).toEqual(slots(METRIC.turnsStarted));
    const startedAt = events.find((event) => event.event === 'first-start' && event.journey === 'chat')?.at;
    for (const { intendedAt } of failed('chat')) {
      expect(intendedAt).toBeGreaterThanOrEqual((startedAt ?? Number.NaN) + 2 * THINK_MS);
    }
  });

  test('log the last answer of every second order that failed, on one plain line', () => {
    const orders = tagsOf(METRIC.turnsStarted, 'chat').filter(({ at }) => at === undefined).length;
    expect(failed('chat')).toHaveLength(Math.ceil(orders / LOGGED_EVERY));
    expect(failed('chat')[0]).toMatchObject({
      kind: 'wrong-answer',
      at: 2,
      item: null,
      cafe: null,
      name: 'POST /apology',
      detail: '200 Sorry, [31mno "чай"  {today}',
    });
  });

  test('that are sold out say at which café, and log the answer too', () => {
    const ended = tagsOf(METRIC.turnsEnded, 'empty');
    expect(ended.length).toBeGreaterThanOrEqual(4 * SECONDS);
    for (const tags of ended) {
      expect(tags).toMatchObject({ outcome: 'sold-out', item: 'o-1', cafe: 'beanhouse' });
    }
    expect(failed('empty')).toHaveLength(ended.length);
    expect(failed('empty')[0]).toMatchObject({
      kind: null,
      item: 'o-1',
      cafe: 'beanhouse',
      detail: '201 {"order":{"id":"o-1"}}',
    });
  });
});

function arrival(ratePerSec: number) {
  return {
    executor: 'constant-arrival-rate',
    rate: ratePerSec,
    timeUnit: '1s',
    duration: `${SECONDS}s`,
    preAllocatedVUs: 5,
  };
}
