import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeServer, listen } from '../../../mock-services/http/http-limits.ts';
import { CliRun } from '../../support/rehearsals/cli-run.ts';
import { type FaultyServer, startFaultyServer } from '../../support/targets/faulty-server.ts';

// `peakproof bundle`: its script in plain k6, about 20 s of light load.

const execute = promisify(execFile);
const K6 = process.env['PEAKPROOF_K6'] ?? 'k6';
/** Half of 20/s: a second of warm-up, two seconds at 2x, a second to settle. */
const ORDERS = 10 + 2 * 20 + 10;

const plan = (url: string): string => `
version: 1
name: spring
forecast: { curve: [{ at: 0s, rate: 20/s }, { at: 60s, rate: 20/s }] }
slo: { allowedDowntime: 20s, timeSlice: 1s }
rehearsal: { replay: { from: 0s, length: 2s }, multiples: [1, 2], mustHold: 1, arrivals: even, warmUp: 1s, settle: 1s, scale: 0.5 }
target: { baseUrl: '${url}', allowHosts: [staging.example.com] }
client: { timeout: 5s, patience: 5s }
journeys:
  order:
    steps:
      - post: /orders
        headers: { Authorization: "Bearer \${secret:API_TOKEN}", Idempotency-Key: "{{orderKey}}" }
        json: { of: "{{firstName}}", token: "\${secret:API_TOKEN}" }
        confirmed: { status: 201, has: order.id }
`;

let server: FaultyServer;
let made: CliRun;
let script: string;

beforeAll(async () => {
  server = await startFaultyServer();
  // The address of the plan is nobody's: the script must go where it is told.
  made = new CliRun('bundle', plan('http://127.0.0.1:9'), { args: ['--multiple', '2x'] });
  script = join(made.folder, 'load.js');
  const { exitCode, stdout, stderr } = await made.result;
  expect([exitCode, stdout], stderr).toEqual([0, 'load.js\n']);
});
beforeEach(() => {
  server.requests.length = 0;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  made.remove();
});

interface Ended {
  code: number;
  log: string;
}

async function k6(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const given = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const all = ['run', '--quiet', '--no-usage-report', ...args, ...given, script];
  try {
    const { stdout, stderr } = await execute(K6, all, { cwd: made.folder });
    return { code: 0, log: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, log: stdout + stderr };
  }
}

const keys = () => server.requests.map(({ headers }) => String(headers['idempotency-key']));
const runIds = () => new Set(server.requests.map(({ headers }) => headers['x-load-test']));

describe('the script', () => {
  test('says what it is and how it is run, and holds no secret and no path of this machine', () => {
    const text = readFileSync(script, 'utf8');
    expect(text).toMatch(/^\/\/ peakproof bundle: spring at 2x, by peakproof [\d.]+ for k6 v2\./);
    expect(text).toMatch(/SHA-256 [0-9a-f]{64}/);
    expect(text).toContain(`Starts ${ORDERS} orders in 4 s`);
    expect(text).toContain('-e API_TOKEN=...   required');
    expect(text).toContain('allowed: this machine, staging.example.com');
    expect(text).not.toContain(made.folder);
  });

  test('can be read by k6 without its secrets, with the scenarios of the step', async () => {
    const { stdout } = await execute(K6, ['inspect', script]);
    const { scenarios } = JSON.parse(stdout);
    expect(Object.keys(scenarios)).toEqual(['order']);
    expect(scenarios.order).toMatchObject({ executor: 'ramping-arrival-rate', exec: 'order' });
  });

  test.each([
    ['without a secret', {}, 'API_TOKEN is not set'],
    [
      'towards a host that the plan does not allow',
      { API_TOKEN: 'secret-1', TARGET_URL: 'http://shop.example.com' },
      'allowed: this machine, staging.example.com',
    ],
    [
      'towards what is no address',
      { API_TOKEN: 'secret-1', TARGET_URL: 'staging.example.com' },
      'an http or https address',
    ],
  ])('sends nothing %s', async (_what, env, says) => {
    const { code, log } = await k6([], env);
    expect(code).toBe(108);
    expect(log).toContain(says);
    expect(server.requests).toEqual([]);
  });
});

test('sends exactly the orders of the step to the target that it is told, with the secret of its environment', async () => {
  const { code, log } = await k6([], { API_TOKEN: 'se"cret-1', TARGET_URL: `${server.baseUrl}/` });
  expect(code, log).toBe(0);
  expect(server.requests).toHaveLength(ORDERS);
  expect(new Set(keys()).size).toBe(ORDERS);
  expect(runIds().size).toBe(1);
  for (const { headers, body } of server.requests) {
    expect(headers.authorization).toBe('Bearer se"cret-1');
    expect(JSON.parse(body).token).toBe('se"cret-1');
    expect(headers['x-load-test']).toMatch(/^spring-/);
  }
});

test('what the target sends back of a secret stands in no line of the log', async () => {
  const echo = createServer((request, response) => {
    request.resume();
    response.end(JSON.stringify({ echo: request.headers.authorization }));
  });
  const url = await listen(echo, '127.0.0.1', 0);
  const { code, log } = await k6([], { API_TOKEN: 'se"cret-1', TARGET_URL: url });
  await closeServer(echo);
  expect(code, log).toBe(0);
  expect(log).toContain('failed-turn');
  expect(log).toContain('Bearer [secret]');
  expect(log).not.toContain('cret-1');
});

test('two halves by execution segment send the orders of one, under one name and without a key twice', async () => {
  const env = { API_TOKEN: 'secret-1', TARGET_URL: server.baseUrl, RUN_ID: 'spring-pods' };
  const half = (segment: string) =>
    k6(['--execution-segment', segment, '--execution-segment-sequence', '0,1/2,1', '--address', ''], env);
  const [first, second] = await Promise.all([half('0:1/2'), half('1/2:1')]);
  expect([first.code, second.code], first.log + second.log).toEqual([0, 0]);
  expect(server.requests).toHaveLength(ORDERS);
  expect(new Set(keys()).size).toBe(ORDERS);
  expect([...runIds()]).toEqual(['spring-pods']);
});

describe('what is refused', () => {
  const bundle = async (args: string[]) => {
    const run = new CliRun('bundle', plan('http://127.0.0.1:9'), { args });
    const ended = await run.result;
    run.remove();
    return ended;
  };

  test('a multiple that the plan does not rehearse: exit 2, and the listed ones', async () => {
    const { exitCode, stderr } = await bundle(['--multiple', '7']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--multiple is 7; the plan rehearses 1, 2 [multiple-unlisted]');
  });

  test('a place where no file can be: exit 4', async () => {
    const { exitCode, stderr } = await bundle(['--out', '/dev/null/load.js']);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('[script-not-writable]');
  });

  test("somebody's own file is not overwritten, an older bundle is", async () => {
    const own = join(made.folder, 'own.js');
    writeFileSync(own, 'export default () => {}');
    const { exitCode, stderr } = await bundle(['--out', own]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('[script-exists]')]);
    expect(readFileSync(own, 'utf8')).toBe('export default () => {}');
    const again = join(made.folder, 'again.js');
    expect((await bundle(['--out', again])).exitCode).toBe(0);
    expect((await bundle(['--out', again])).exitCode).toBe(0);
    expect(existsSync(again)).toBe(true);
  });
});
