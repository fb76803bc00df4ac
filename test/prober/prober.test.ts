import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { CANARY_PREFIX } from '../../scripts/core/canary.ts';
import type { ProbeObservation, ProberEvent } from '../../scripts/observe/observation.ts';
import type { ProberConfig } from '../../scripts/prober/prober-config.ts';
import { CLIENT, journey, LOAD_SPEC, step } from '../support/journeys.ts';
import { type FaultyServer, startFaultyServer } from '../support/targets/faulty-server.ts';

const ROOT = join(import.meta.dirname, '..', '..');
let folder: string;
let script: string;
let server: FaultyServer;
const children: ChildProcess[] = [];

beforeAll(async () => {
  // Inside the package, so that the bundle finds its packages.
  await mkdir(join(ROOT, 'dist'), { recursive: true });
  folder = await mkdtemp(join(ROOT, 'dist', 'prober-'));
  script = join(folder, 'prober.mjs');
  await build({
    entryPoints: [join(ROOT, 'scripts/prober/prober-main.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  server = await startFaultyServer();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function config(parts: Partial<ProberConfig> = {}): ProberConfig {
  const order = step({
    headers: { 'Idempotency-Key': '{{orderKey}}' },
    confirmed: { status: 201, has: 'order.id', where: {} },
  });
  return {
    ...LOAD_SPEC,
    baseUrl: server.baseUrl,
    journeys: [journey([step({ method: 'GET', path: '/menu' }), order])],
    ownCodeFile: null,
    people: [{ firstName: 'Ann', lastName: 'Lee', street: '1 Elm', city: 'Rome' }],
    everyMs: 50,
    ...parts,
  };
}

function startProber(given: ProberConfig, nodeArgs: readonly string[] = []) {
  const child = spawn(process.execPath, [...nodeArgs, script], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  child.stdin.write(`${JSON.stringify(given)}\n`);
  const lines = createInterface({ input: child.stdout });
  const iterator = lines[Symbol.asyncIterator]();
  const next = async (): Promise<ProberEvent> => {
    const { value, done } = await iterator.next();
    if (done) throw new Error('the prober said no more');
    return JSON.parse(value);
  };
  const probes = async (count: number): Promise<ProbeObservation[]> => {
    const found: ProbeObservation[] = [];
    while (found.length < count) {
      const event = await next();
      if (event.type === 'probe') found.push(event);
    }
    return found;
  };
  return { child, next, probes };
}

test('says that it is ready, then reports full canary turns on its grid', async () => {
  const { next, probes } = startProber(config());
  expect(await next()).toMatchObject({ type: 'prober-ready' });
  const found = await probes(5);
  expect(found[0]).toMatchObject({ journey: 'checkout', outcome: 'good', kind: null, detail: null });
  const scheduled = found.map(({ scheduledAt }) => scheduledAt).toSorted((a, b) => a - b);
  expect(
    scheduled.every((at, index) => (at - (scheduled[0] ?? 0)) % 50 === 0 && scheduled.indexOf(at) === index),
  ).toBe(true);
  for (const probe of found) expect(probe.startedAt).toBeGreaterThanOrEqual(probe.scheduledAt - 1);
});

test.each([-5_000, 300])('goes by the wall clock again after it jumped by %i ms', async (byMs) => {
  const jumping = `const now = Date.now; const at = performance.now() + 700;
    Date.now = () => now() + (performance.now() < at ? 0 : ${byMs});`;
  const preload = `data:text/javascript,${encodeURIComponent(jumping)}`;
  const found = await startProber(config(), ['--import', preload]).probes(30);
  const late = found.slice(-5).map(({ scheduledAt, startedAt }) => Math.abs(startedAt - scheduledAt));
  expect(Math.max(...late)).toBeLessThan(50);
});

test('canaries have keys of their own', async () => {
  const before = server.requests.length;
  await startProber(config()).probes(3);
  const keys = server.requests.slice(before).flatMap(({ headers }) => headers['idempotency-key'] ?? []);
  expect(new Set(keys).size).toBe(keys.length);
  for (const key of keys) expect(String(key).startsWith(CANARY_PREFIX)).toBe(true);
});

test('a target that hangs does not hold up the next canaries', async () => {
  const hanging = config({
    journeys: [journey([step({ path: '/hang' })])],
    client: { ...CLIENT, slowAfterMs: 400 },
  });
  const found = await startProber(hanging).probes(4);
  for (const probe of found)
    expect(probe).toMatchObject({ outcome: 'bad', kind: 'timeout', detail: 'timeout' });
  // Sent every 50 ms though each takes 400: several were under way at once.
  const [first, second] = found;
  expect(second?.startedAt).toBeLessThan(first?.at ?? 0);
});

test('each journey has its own stream', async () => {
  const two = config({
    journeys: [journey([step({ path: '/menu' })]), { ...journey([step()]), name: 'bot' }],
  });
  const found = await startProber(two).probes(6);
  expect(new Set(found.map((probe) => probe.journey))).toEqual(new Set(['checkout', 'bot']));
});

test('a failure comes with what the target said', async () => {
  const [probe] = await startProber(config({ journeys: [journey([step({ path: '/redirect' })])] })).probes(1);
  expect(probe).toMatchObject({ outcome: 'bad', kind: 'unexpected', name: 'POST /orders', detail: '302' });
});

test('a canary does not think, so it is one turn however long shoppers take', async () => {
  const client = { ...CLIENT, thinkTime: { shape: 'fixed', ms: 600_000 } as const };
  const [probe] = await startProber(config({ client })).probes(1);
  expect(probe).toMatchObject({ outcome: 'good', cafe: null, name: null });
});

test('a canary that is sold out says at which café', async () => {
  const sold = step({
    json: { at: '{{cafe}}' },
    confirmed: { status: 202, has: null, where: {} },
    soldOut: { status: 201, has: null, where: {}, item: 'order.id' },
  });
  const cafes = [{ name: 'corner', shareRatio: 1, menu: ['tea'], movesRatio: 0 }];
  const [probe] = await startProber(config({ journeys: [journey([sold])], cafes })).probes(1);
  expect(probe).toMatchObject({ outcome: 'sold-out', kind: null, item: 'o-1', cafe: 'corner' });
});

test('a canary that is told "closed" moves on as shoppers do', async () => {
  const atCafe = step({
    path: '/at/{{cafe}}',
    closed: { status: 409, has: null, where: { code: 'CLOSED' } },
  });
  const probesWith = (movesRatio: number) =>
    startProber(
      config({
        journeys: [journey([atCafe])],
        cafes: [
          { name: 'corner', shareRatio: 1 - 1e-9, menu: ['tea'], movesRatio },
          { name: 'roastery', shareRatio: 1e-9, menu: ['tea'], movesRatio },
        ],
      }),
    ).probes(1);
  expect(await probesWith(1)).toMatchObject([{ outcome: 'good', cafe: null }]);
  expect(await probesWith(0)).toMatchObject([{ outcome: 'closed', item: null, cafe: 'corner' }]);
});

test('a canary retries as shoppers do', async () => {
  const backoff = { baseMs: 1, factor: 1, jitter: 'none' } as const;
  const retrying = (max: number) =>
    config({
      journeys: [journey([step({ path: '/every-second' })])],
      client: { ...CLIENT, retries: { max, retryOn: ['5xx'], backoff } },
      everyMs: 2_000,
    });
  expect(await startProber(retrying(1)).probes(1)).toMatchObject([{ outcome: 'good' }]);
  expect(await startProber(retrying(0)).probes(1)).toMatchObject([{ outcome: 'bad', kind: '5xx' }]);
});

test('reports the health of its event loop', async () => {
  const { next } = startProber(config({ everyMs: 1_000 }));
  let event = await next();
  while (event.type !== 'prober-health') event = await next();
  expect(event.loopDelayP99Ms).toBeGreaterThanOrEqual(0);
});

test('ends when its stdin closes, with canaries under way', async () => {
  const { child, next } = startProber(config({ journeys: [journey([step({ path: '/hang' })])] }));
  await next();
  child.stdin.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('ends cleanly on SIGTERM', async () => {
  const { child, probes } = startProber(config());
  await probes(1);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
