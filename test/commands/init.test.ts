import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { compileJourney } from '../../k6/journeys/compile.ts';
import { main } from '../../scripts/cli.ts';
import { SHOP_KINDS } from '../../scripts/init/wishes.ts';
import { folderForEachTest } from '../support/folder-for-each-test.ts';
import { oneOrderEach, planOf } from '../support/one-order-each.ts';
import { DemoShop } from '../support/targets/demo-shop.ts';

const folder = folderForEachTest();
const shop = DemoShop.forEachTest();

/** A stream that says it is a terminal. */
const terminal = () =>
  Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24, setRawMode: () => {} });

async function run(...argv: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const exitCode = await main(argv, { stdout, stderr, env: {}, cwd: folder.path });
  return { exitCode, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

/** Types each answer when its question is on the screen. */
async function runOnTerminal(argv: string[], answers: readonly { to: string; type: string }[]) {
  const [stdin, stdout, stderr] = [terminal(), terminal(), terminal()];
  let screen = '';
  const waiting = [...answers];
  stderr.on('data', (chunk) => {
    screen += chunk;
    const [next] = waiting;
    if (!next || !screen.includes(next.to)) return;
    waiting.shift();
    screen = '';
    // After the question has been drawn whole.
    setImmediate(() => stdin.write(next.type));
  });
  const exitCode = await main(argv, { stdin, stdout, stderr, env: {}, cwd: folder.path });
  return { exitCode, stdout: String(stdout.read() ?? ''), screen, unasked: waiting };
}

const written = (...path: string[]) => readFileSync(join(folder.path, ...path, 'launch.yaml'), 'utf8');

describe.each(SHOP_KINDS)('--shop %s', (kind) => {
  test('writes a plan that `peakproof plan` accepts, with the built-in shop and with a target', async () => {
    const builtIn = await run('init', '--shop', kind);
    expect(builtIn).toMatchObject({ exitCode: 0, stderr: '' });
    expect(builtIn.stdout).toContain(`${kind} at the built-in demo shop, 60k orders in 9h`);
    expect(builtIn.stdout).toContain('peakproof check launch.yaml');
    expect(await run('plan', 'launch.yaml')).toMatchObject({ exitCode: 0, stderr: '' });
    const own = await run('init', 'own', '--shop', kind, '--target', 'http://127.0.0.1:3000');
    expect(own.stdout).toContain(`${kind} at http://127.0.0.1:3000`);
    expect(await run('plan', 'own/launch.yaml')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(written('own')).not.toContain('PEAKPROOF_DEMO_SHOP');
  });

  test('what confirms its orders names them', async () => {
    await run('init', '--shop', kind);
    const { journeys, partners } = planOf(written());
    const partnerUrls = Object.fromEntries(partners.map(({ name }) => [name, 'http://127.0.0.1:1']));
    const steps = journeys.flatMap(
      (one) => compileJourney(one, { runId: 'run-1', baseUrl: 'http://127.0.0.1:1', partnerUrls }).steps,
    );
    const naming = steps.filter((one) =>
      one.kind === 'telegram' ? one.names : one.proof !== null && one.confirmed.has !== null,
    );
    expect(naming).toHaveLength(1);
  });

  test.each(['naive', 'resilient'])('an order of it goes through at the %s demo shop', async (mode) => {
    await run('init', '--shop', kind);
    const orders = await oneOrderEach(planOf(written()), shop, mode);
    expect(orders).toMatchObject([{ outcome: 'good', detail: null }]);
  });
});

test('never overwrites: exit 2 names the file, which stays as it is', async () => {
  writeFileSync(join(folder.path, 'launch.yaml'), 'mine');
  const { exitCode, stderr } = await run('init', '--shop', 'chat');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('launch.yaml exists and is left as it is [plan-exists]');
  expect(written()).toBe('mine');
});

test.each([
  [['--orders', 'many'], '--orders "many"'],
  [['--orders', '0'], '--orders 0'],
  [['--window', '9'], '--window 9'],
  [['--window', '10s'], '--window 10s is too short'],
  [['--target', 'shop.example'], '--target "shop.example"'],
  [['--target', 'http://a"b: {c'], '--target'],
  [['--orders', '1'], '--orders 1 brings not one order'],
  [['--orders', '1e30'], '--orders 1e30 is beyond any load'],
  [
    ['--target', `http://127.0.0.1:3000/\${HOME}`],
    `--target http://127.0.0.1:3000/\${HOME} would be filled in`,
  ],
  [['--shop', 'pizza'], 'pizza'],
  [['--orders', '5', '--orders', '6'], '--orders is given more than once'],
])('%j is one message, exit 2, and no file', async (options, named) => {
  const { exitCode, stdout, stderr } = await run('init', ...options);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain(named);
  expect(stderr).toContain('next: ');
  expect(() => written()).toThrow('ENOENT');
});

test('a folder that is not there is made, one below it is not: exit 4', async () => {
  expect((await run('init', 'spring')).exitCode).toBe(0);
  const { exitCode, stderr } = await run('init', 'summer/sale');
  expect(exitCode).toBe(4);
  expect(stderr).toContain('[plan-not-writable]');
  mkdirSync(join(folder.path, 'file'));
  writeFileSync(join(folder.path, 'file', 'launch.yaml'), '');
  expect((await run('init', 'file')).exitCode).toBe(2);
});

test('a target outside this machine is allowed by its name', async () => {
  await run('init', '--target', 'https://staging.example.com/shop');
  expect(planOf(written()).target).toMatchObject({
    baseUrl: 'https://staging.example.com/shop',
    allowHosts: ['staging.example.com'],
  });
});

test('many orders get the rate that they need, few a slice that can be judged', async () => {
  await run('init', '--orders', '15M');
  expect(planOf(written()).target.maxRatePerSec).toBe(20_000);
  await run('init', 'few', '--orders', '60k');
  expect(planOf(written('few')).slo.timeSliceMs).toBe(10_000);
  await run('init', 'fewer', '--orders', '2k');
  expect(planOf(written('fewer')).slo.timeSliceMs).toBeNull();
});

test.each(['1m', '10m', '601s', '3h', '6d'])('a window of %s makes a plan', async (window) => {
  expect((await run('init', '--window', window)).exitCode).toBe(0);
  const { exitCode, stderr } = await run('plan', 'launch.yaml');
  expect([exitCode, stderr]).toEqual([0, '']);
});

describe('on a terminal', () => {
  const ENTER = '\r';
  const DOWN = '\x1b[B';

  test('asks three questions and takes the answers', async () => {
    const { exitCode, stdout, unasked } = await runOnTerminal(
      ['init'],
      [
        { to: 'How do shoppers order?', type: DOWN },
        { to: '● Telegram', type: ENTER },
        { to: 'Where is the target?', type: `nowhere${ENTER}` },
        { to: 'is not an address to load', type: `${'\x7f'.repeat(7)}http://127.0.0.1:3000${ENTER}` },
        { to: 'How many orders', type: `15k${ENTER}` },
      ],
    );
    expect([exitCode, unasked]).toEqual([0, []]);
    expect(stdout).toContain('telegram at http://127.0.0.1:3000, 15k orders in 9h');
    expect(planOf(written()).journeys[0]?.kind).toBe('telegram-bot');
  });

  test('an empty answer is the default', async () => {
    const { exitCode, stdout } = await runOnTerminal(
      ['init'],
      ['How do shoppers order?', 'Where is the target?', 'How many orders'].map((to) => ({
        to,
        type: ENTER,
      })),
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain('checkout at the built-in demo shop, 60k orders in 9h');
  });

  test('asks nothing when an option says what is wanted', async () => {
    const { exitCode, screen } = await runOnTerminal(['init', '--orders', '15k'], []);
    expect([exitCode, screen]).toEqual([0, '']);
  });

  test.each([
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ])('%s writes nothing: exit 3', async (_key, type) => {
    const { exitCode } = await runOnTerminal(
      ['init'],
      [
        { to: 'How do shoppers order?', type: ENTER },
        { to: 'Where is the target?', type },
      ],
    );
    expect(exitCode).toBe(3);
    expect(() => written()).toThrow('ENOENT');
  });
});
