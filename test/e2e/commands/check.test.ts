import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { closeServer, listen } from '../../../mock-services/http/http-limits.ts';
import { freePort } from '../../support/free-port.ts';
import { CLI, CliRun } from '../../support/rehearsals/cli-run.ts';

// `peakproof check` as a command: one order of each journey against the demo shop, which it starts. No load.

const DEMO_SHOP = fileURLToPath(new URL('../../../dist/demo-shop.js', import.meta.url));
const DEMO = readFileSync(new URL('../../../examples/demo.yaml', import.meta.url), 'utf8');

let run: CliRun | null = null;
afterEach(async () => {
  expect(await run?.leftOver()).toEqual([]);
  run?.remove();
  run = null;
});

async function check(plan: string, options: { args?: string[]; env?: NodeJS.ProcessEnv } = {}) {
  const { args = [], env } = options;
  run = new CliRun('check', plan, {
    args,
    env: { DEMO_SHOP, DEMO_PORT: String(await freePort()), ...env },
  });
  return await run.result;
}

/** A plan for a target that runs already, or does not. */
const planFor = (url: string, more = ''): string => `
version: 1
forecast: { orders: 60k, window: 9h }
slo: { allowedDowntime: 5m }
target: { baseUrl: '${url}'${more} }
journeys:
  a: { share: 50%, steps: [{ post: /a, confirmed: { status: 201 } }] }
  b: { share: 50%, steps: [{ post: /b, headers: { X-Key: "\${secret:KEY}" }, confirmed: { status: 200 } }] }
`;

test('shows every request and answer of the demo shop, and exits 0 when the order is confirmed', async () => {
  const { exitCode, stdout, stderr } = await check(DEMO);
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('canary')]);
  expect(stdout).toMatch(/^checkout\n {2}1 GET http:\/\/127\.0\.0\.1:\d+\/menu\n {4}< 200 in \d+ ms\n/);
  expect(stdout).toMatch(/ {4}cart = c\d+\n {2}3 POST/);
  expect(stdout).toMatch(/ {4}> Idempotency-Key: canary-/);
  expect(stdout).toMatch(/ {2}confirmed in \d+ ms\n\n1 of 1 journey confirmed\n$/);
});

test('says what did not match and what would, and exits 1', async () => {
  const { exitCode, stdout } = await check(DEMO.replace('has: order.id', 'has: id'));
  expect(exitCode).toBe(1);
  expect(stdout).toContain(
    'NOT CONFIRMED: step 3 POST /orders: answered 201, confirmed wants id; the body has: order.id, payment (did you mean order.id?)',
  );
  expect(stdout).toContain('would match: confirmed: { status: 201, has: order.id }');
});

test('--json gives the same to machines, and nothing else on stdout', async () => {
  const { exitCode, stdout } = await check(DEMO, { args: ['--json'] });
  expect(exitCode).toBe(0);
  const { schemaVersion, ok, target, journeys } = JSON.parse(stdout);
  expect({ schemaVersion, ok }).toEqual({ schemaVersion: 1, ok: true });
  expect(target).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(journeys).toMatchObject([
    { journey: 'checkout', result: 'confirmed', kind: null, says: null, would: null, step: 3 },
  ]);
  expect(journeys[0].exchanges).toHaveLength(3);
});

test.each(['checkout', 'telegram', 'chat'])('what init writes for %s is confirmed as it is', async (shop) => {
  const folder = mkdtempSync(join(tmpdir(), 'peakproof-init-'));
  await promisify(execFile)(process.execPath, [CLI, 'init', folder, '--shop', shop]);
  const text = readFileSync(join(folder, 'launch.yaml'), 'utf8');
  rmSync(folder, { recursive: true });
  const { exitCode, stdout } = await check(text, { env: { PORT: String(await freePort()) } });
  expect(exitCode, stdout).toBe(0);
});

test('follows a code and a link from a chat to the web checkout, and sees the code redeemed', async () => {
  const text = readFileSync(new URL('../../../examples/bot.yaml', import.meta.url), 'utf8');
  const { exitCode, stdout } = await check(text, { env: { PORT: String(await freePort()) } });
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toMatch(/< bot: .*\[Checkout -> http:.*\?code=\w+\]\n {4}code = \w+\n {4}link = http/);
  expect(stdout).toContain('{"redemptions":1}');
});

describe('against a target that runs already', () => {
  const withTarget = async (use: (url: string, asked: string[]) => Promise<void>) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers['x-key'] ?? ''}`.trim());
      if (request.url === '/hang') return;
      response.writeHead(201).end(JSON.stringify({ key: request.headers['x-key'] }));
    });
    const url = await listen(server, '127.0.0.1', 0);
    await use(url, asked).finally(() => closeServer(server));
  };

  test('checks every journey, shows no secret, and one that fails does not hide the others', () =>
    withTarget(async (url, asked) => {
      const { exitCode, stdout } = await check(planFor(url), { env: { KEY: 'only-we-know' } });
      expect(asked).toEqual(['/a', '/b only-we-know']);
      expect(exitCode).toBe(1);
      expect(stdout).toContain('1 of 2 journeys confirmed');
      expect(stdout).toContain('would match: confirmed: { status: 201 }');
      expect(stdout).toContain('{"key":"[secret]"}');
      expect(stdout).not.toContain('only-we-know');
    }));

  test('--journey checks one; a name that is none is refused with exit 2 and the nearest', () =>
    withTarget(async (url, asked) => {
      const env = { KEY: 'only-we-know' };
      expect((await check(planFor(url), { args: ['--journey', 'a'], env })).exitCode).toBe(0);
      expect(asked).toEqual(['/a']);
      run?.remove();
      const { exitCode, stderr } = await check(planFor(url), { args: ['--journey', 'c'], env });
      expect(exitCode).toBe(2);
      expect(stderr).toContain('the plan has no journey c; it has a, b [unknown-journey]');
    }));

  test('Ctrl-C ends it at once, exit 3', () =>
    withTarget(async (url, asked) => {
      const plan = planFor(url).replace('/a,', '/hang,');
      run = new CliRun('check', plan, { env: { KEY: 'only-we-know' } });
      await expect.poll(() => asked, { timeout: 10_000 }).toEqual(['/hang']);
      run.process.kill('SIGINT');
      const { exitCode, stderr } = await run.result;
      expect(exitCode).toBe(3);
      expect(stderr).toContain('[interrupted]');
    }));
});

describe('the environment, exit 4', () => {
  test('a target that is not there', async () => {
    const { exitCode, stderr } = await check(planFor('http://127.0.0.1:9'), { env: { KEY: 'only-we-know' } });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('http://127.0.0.1:9 gave no answer to any request [target-not-reachable]');
    expect(stderr).toContain('a: step 1 POST /a: the connection was refused');
  });

  test('a port that is taken', async () => {
    const server = createServer();
    const url = await listen(server, '127.0.0.1', 0);
    const plan = planFor(url, ', start: { command: "true", ready: / }');
    const { exitCode, stderr } = await check(plan, { env: { KEY: 'only-we-know' } });
    await closeServer(server);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('[target-port-taken]');
  });

  test('a target that dies of the order', async () => {
    const mortal = `require('node:http').createServer((request, response) => {
      if (request.method === 'POST') throw new Error('no luck with ' + process.env.KEY);
      response.end();
    }).listen(process.env.PORT, '127.0.0.1')`;
    const plan = planFor(
      `http://127.0.0.1:${await freePort()}`,
      `, start: { command: 'node -e "$MORTAL"', ready: / }`,
    );
    const { exitCode, stderr } = await check(plan, { env: { KEY: 'only-we-know', MORTAL: mortal } });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('the target ended during the check: exit code 1 [target-died]');
    expect(stderr).toContain('no luck with [secret]');
  });
});

test('a host that the plan does not allow is refused before anything is sent, exit 2', async () => {
  const { exitCode, stderr } = await check(planFor('http://shop.example.com'), {
    env: { KEY: 'only-we-know' },
  });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('host-not-allowed');
});
