import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { METRIC, ORDER_EXEC, type ScriptEvent } from '../../../k6/contract.ts';
import { bundleLoadScript } from '../../../scripts/engine/bundle/bundle.ts';
import { inventPeople } from '../../../scripts/engine/bundle/people.ts';
import type { ScriptRole } from '../../../scripts/engine/bundle/script-entry.ts';
import { readScripts } from '../../../scripts/engine/bundle/script-file.ts';
import { parseScriptEvent } from '../../../scripts/run/processes/script-events.ts';
import { CLIENT, LOAD_SPEC, ownJourney } from '../../support/journeys.ts';
import { type FaultyServer, startFaultyServer } from '../../support/targets/faulty-server.ts';

// A k6 script as its users write them, in a real k6, about 6 s: each of its exports is an order, done once.

const run = promisify(execFile);
const K6 = process.env['PEAKPROOF_K6'] ?? 'k6';
const FILE = fileURLToPath(new URL('../../support/scripts/existing.js', import.meta.url));

/** What each export comes to; null = good. */
const KINDS: Record<string, string | null> = {
  default: null,
  followed: null,
  notFollowed: null,
  batched: null,
  asynchronous: null,
  expected: null,
  byUrl: null,
  ledAway: 'script-error',
  elsewhere: 'script-error',
  checkFails: 'wrong-answer',
  failsItself: 'wrong-answer',
  requestFails: '5xx',
  batchFails: '5xx',
  hangs: 'timeout',
  throws: 'script-error',
  asyncFails: 'script-error',
};
const NAMES = Object.keys(KINDS);

let folder: string;
let server: FaultyServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peakproof-own-script-'));
  server = await startFaultyServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

interface Ran {
  events: ScriptEvent[];
  log: string;
  stdout: string;
  points: { metric: string; data: { tags: Record<string, string> } }[];
  code: number;
}

/** Every export once, in one k6. */
async function runAs(role: ScriptRole): Promise<Ran> {
  const journeys = NAMES.map((name) => ({
    ...ownJourney(2),
    name,
    script: { file: FILE, requestsPerOrder: 2, exec: name },
  }));
  const [scriptFile, configFile, out] = ['load.js', 'k6.json', 'out.json'].map((name) =>
    join(folder, `${role.as}-${name}`),
  ) as [string, string, string];
  await bundleLoadScript({
    spec: {
      ...LOAD_SPEC,
      baseUrl: server.baseUrl,
      journeys,
      client: { ...CLIENT, timeoutMs: 400, patienceMs: 3_000 },
    },
    people: inventPeople(20, 7),
    outFile: scriptFile,
    own: { scripts: await readScripts(journeys), role },
  });
  const once = { executor: 'shared-iterations', vus: 1, iterations: 1, exec: ORDER_EXEC };
  const systemTags = ['scenario', 'name', 'group', 'check', 'status'];
  const scenarios = Object.fromEntries(NAMES.map((name) => [name, once]));
  await writeFile(configFile, JSON.stringify({ systemTags, scenarios }));
  const args = ['run', '--quiet', '--no-usage-report', '--summary-mode=compact', '--log-format=json'];
  const { stdout, stderr, code } = await run(
    K6,
    [...args, '--out', `json=${out}`, '--config', configFile, scriptFile],
    { env: { ...process.env, TARGET_URL: server.baseUrl } },
  )
    .then((done) => ({ ...done, code: 0 }))
    .catch((error: { stdout: string; stderr: string; code: number }) => error);
  const messages = stderr.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line).msg] : []));
  const points = (await readFile(out, 'utf8'))
    .split('\n')
    .filter((line) => line.includes('"Point"'))
    .map((line) => JSON.parse(line));
  const events = messages.map(parseScriptEvent).filter((event) => event !== null);
  return { events, log: stderr, stdout, points, code };
}

describe('as the load', () => {
  let ran: Ran;
  beforeAll(async () => {
    ran = await runAs({ as: 'load', allowHosts: [], tags: { instance: 'step0-0' } });
  });

  const of = (metric: string, journey: string) =>
    ran.points.filter((one) => one.metric === metric && one.data.tags['scenario'] === journey);

  test.each(Object.entries(KINDS))('the order %s comes to %s', (name, kind) => {
    const good = kind === null;
    expect(of(METRIC.turnsStarted, name), ran.log).toHaveLength(1);
    const [{ data: { tags = {} } = {} } = {}, ...more] = of(METRIC.turnsEnded, name);
    expect(more).toEqual([]);
    expect({ outcome: tags['outcome'], kind: tags['kind'], placed: tags['at'] === undefined }).toEqual(
      good ? { placed: true } : { outcome: 'bad', kind, placed: false },
    );
    expect(of(METRIC.turnDuration, name)).toHaveLength(1);
  });

  test('orders that failed say why', () => {
    const told = Object.fromEntries(
      ran.events.flatMap((event) => (event.event === 'failed-turn' ? [[event.journey, event]] : [])),
    );
    expect(Object.keys(told).toSorted()).toEqual(NAMES.filter((name) => KINDS[name] !== null).toSorted());
    expect(told).toMatchObject({
      checkFails: { name: 'check is tea' },
      requestFails: { name: 'GET /broken', detail: '500 no' },
      failsItself: { detail: 'no tea' },
      ledAway: { detail: expect.stringMatching(/host-not-allowed.*elsewhere\.example/) },
      asyncFails: { detail: 'Error: iteration 0' },
    });
  });

  test('no request went to a host that the plan does not allow', () => {
    const asked = ran.points
      .filter(({ metric }) => metric === 'http_reqs')
      .map(({ data }) => data.tags['name']);
    expect(asked.length).toBeGreaterThan(NAMES.length);
    expect(ran.log).not.toMatch(/lookup elsewhere/);
  });

  test('the script’s tags are kept beside those of the run', () => {
    const tags = ran.points.find(({ metric }) => metric === 'visits')?.data.tags;
    expect(tags).toMatchObject({ team: 'shop', instance: 'step0-0', group: '::visit' });
  });

  test('thresholds are told, and its own summary is written', () => {
    expect(ran.code).toBe(99);
    expect(ran.events.filter(({ event }) => event === 'threshold')).toMatchObject([
      { metric: expect.any(String) },
      { metric: expect.any(String) },
    ]);
    expect(ran.events).toContainEqual(
      expect.objectContaining({ event: 'threshold', metric: 'checks', passed: false }),
    );
    expect(ran.stdout).toContain('visits 1');
  });
});

describe('as canaries', () => {
  test('each order is told once, and none is counted', async () => {
    const { events, points, code } = await runAs({ as: 'canaries', allowHosts: [], everyMs: 200 });
    const canaries = events.filter((event) => event.event === 'canary');
    expect(Object.fromEntries(canaries.map(({ journey, kind }) => [journey, kind]))).toEqual(KINDS);
    expect(canaries).toHaveLength(NAMES.length);
    expect(points.filter(({ metric }) => metric.startsWith('peakproof_'))).toEqual([]);
    expect(code).toBe(0);
  });
});
