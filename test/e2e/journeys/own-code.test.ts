import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { Observation } from '../../../scripts/observe/observation.ts';
import { freePort } from '../../support/free-port.ts';
import { CliRun } from '../../support/rehearsals/cli-run.ts';
import { rehearsals } from '../../support/rehearsals/rehearsals.ts';
import { loadedStep } from '../../support/stories/loaded-step.ts';
import { longTests } from '../../support/verifying.ts';

// Orders in own code against the demo shop: the example made with the kit, and a k6 script as it is.

const DEMO_SHOP = fileURLToPath(new URL('../../../dist/demo-shop.js', import.meta.url));
const EXAMPLES = fileURLToPath(new URL('../../../examples', import.meta.url));
const EXISTING = fileURLToPath(new URL('../../support/scripts/existing.js', import.meta.url));

const planFor = (port: number, journeys: string, client = ''): string => `
version: 1
name: own-code
forecast: { curve: [{ at: 0s, rate: 20/s }, { at: 60s, rate: 20/s }] }
slo: { allowedDowntime: 20s, downtimeBudget: 3s, timeSlice: 1s }
rehearsal: { replay: { from: 0s, length: 6s }, multiples: [1], warmUp: 2s, settle: 2s }
target:
  baseUrl: http://127.0.0.1:${port}
  start: { command: '"${process.execPath}" "${DEMO_SHOP}"', ready: /health }
client: { timeout: 5s, patience: 10s${client} }
journeys:
${journeys}
partners:
  beanhouse: { kind: cafe, menu: [tea, latte], stock: { tea: 3k, latte: 3k } }
  pay: { kind: payment }
`;

const runs: CliRun[] = [];
afterEach(() => {
  for (const run of runs.splice(0)) run.remove();
});

const rehearse = rehearsals();

const ofType = <Type extends Observation['type']>(run: CliRun, type: Type) =>
  run.observations().filter((one): one is Extract<Observation, { type: Type }> => one.type === type);

test('the example and a k6 script are load, each with canaries of its own', async () => {
  const port = await freePort();
  const text = planFor(
    port,
    `  mine: { script: ${EXAMPLES}/my-shop.ts, requests: 3, share: 60% }
  plain: { script: ${EXISTING}, share: 40% }`,
    ', thinkTime: 200ms, doubleTap: 20%',
  );
  const { run, report, stderr, stdout } = await rehearse(() => new CliRun('run', text));
  const step = loadedStep(report.steps[0]);
  expect(step.orders, stderr).toMatchObject({ bad: 0, harness: 0, generator: 0 });
  expect(step.orders.confirmed).toBe(step.orders.started);
  const funnel = Object.fromEntries(step.funnels.map((one) => [one.journey, one]));
  expect(funnel['mine']?.confirmed).toBeGreaterThan(50);
  expect(funnel['plain']?.confirmed).toBeGreaterThan(30);
  // With think time each of the three requests is a turn.
  expect(step.orders.turns).toBe((funnel['mine']?.started ?? 0) * 3 + (funnel['plain']?.started ?? 0));
  expect(step.traffic?.repeats).toMatchObject([{ why: 'double-tap' }]);
  expect(step.thresholds).toContainEqual({ metric: 'checks', threshold: 'rate>0.999', passed: true });
  expect(stdout).not.toContain('thresholds of the script');
  const probed = new Set(ofType(run, 'probe').map(({ journey }) => journey));
  expect(probed).toEqual(new Set(['mine', 'plain']));
  expect(step.prober.failed).toBe(0);
  expect(step.invariants.filter(({ broken }) => broken > 0)).toEqual([]);
  expect(await run.leftOver()).toEqual([]);
});

test('orders whose code throws or whose checks fail are told apart, and a missed threshold decides nothing', async () => {
  const port = await freePort();
  const run = new CliRun(
    'run',
    planFor(
      port,
      `  typed: { script: ./moody.ts, share: 50% }
  plain: { script: ./moody.js, share: 50% }`,
    ),
    {
      files: {
        // Good for canaries, whose keys begin so, and until the load has proven it.
        'moody.ts': `import { order } from 'peakproof/k6';
          export default order(function* (shop) {
            const menu = yield* shop.get('/menu');
            if (shop.orderKey.startsWith('canary-') || shop.random() < 0.5) return shop.confirmed(menu.status === 200);
            throw new Error('moody');
          });`,
        'moody.js': `import http from 'k6/http'; import { check } from 'k6';
          export const options = { thresholds: { checks: ['rate>0.999'] } };
          export default () => check(http.get(__ENV.BASE_URL + '/menu'), {
            calm: () => __ENV.PEAKPROOF_CANARY !== undefined || Math.random() < 0.5,
          });`,
      },
    },
  );
  runs.push(run);
  const { stdout, stderr } = await run.result;
  const step = loadedStep(run.report().steps[0]);
  const kinds = new Map(step.orders.kinds.map(({ kind, count }) => [kind, count]));
  expect(kinds.get('script-error'), stderr).toBeGreaterThan(0);
  expect(kinds.get('wrong-answer')).toBeGreaterThan(0);
  // Before the code has proven itself its errors are nobody's but its own.
  expect(step.orders.harness).toBeGreaterThan(0);
  const failed = ofType(run, 'failed-turn');
  expect(failed.find(({ journey }) => journey === 'typed')).toMatchObject({ detail: 'Error: moody' });
  expect(failed.find(({ journey }) => journey === 'plain')).toMatchObject({ name: 'check calm' });
  expect(stdout.replace(/\s+/g, ' ')).toContain(
    'thresholds of the script: 1 of 1 not met (checks rate>0.999)',
  );
  expect(ofType(run, 'child-died')).toEqual([]);
  expect(ofType(run, 'step-ended')).toMatchObject([{ how: 'completed' }]);
});

describe('before anything starts', () => {
  test.each(['run', 'plan'] as const)('`peakproof %s` refuses code with mistakes', async (command) => {
    const run = new CliRun(command, planFor(1, '  mine: { script: ./bad.ts }'), {
      files: {
        'bad.ts': `import { order } from 'peakproof/k6';\nexport default order(function* (shop) {\n  return shop.ok();\n});`,
      },
    });
    runs.push(run);
    const { exitCode, stderr } = await run.result;
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /\[script-invalid\]\n {2}bad\.ts:3:15 Property 'ok' does not exist on type 'Shop'/,
    );
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('the example’s plan is shown', async () => {
    const text = readFileSync(`${EXAMPLES}/own-code.yaml`, 'utf8').replace(
      './my-shop.ts',
      `${EXAMPLES}/my-shop.ts`,
    );
    const run = new CliRun('plan', text);
    runs.push(run);
    const { exitCode, stdout, stderr } = await run.result;
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('requestsPerOrder: 3');
  });
});

describe('`peakproof check`', () => {
  const checked = async (journeys: string, files: Record<string, string> = {}) => {
    const run = new CliRun('check', planFor(await freePort(), journeys), { files });
    runs.push(run);
    return await run.result;
  };

  test('shows an order in own code request by request', async () => {
    const { exitCode, stdout, stderr } = await checked(
      `  mine: { script: ${EXAMPLES}/my-shop.ts, requests: 4 }`,
    );
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/1 GET http:\S+\/menu\n[\s\S]*3 POST http:\S+\/orders\n/);
    expect(stdout).not.toContain('keep-alive');
    expect(stderr).toContain('mine: this order made 3 requests, the plan says requests: 4');
  });

  test('says which answer the code did not confirm, and what it threw', async () => {
    const own = (text: string): string =>
      `import { order } from 'peakproof/k6';\nexport default order(function* (shop) {\n${text}\n});`;
    const { exitCode, stdout } = await checked(
      `  lost: { script: ./lost.ts, share: 50% }
  broken: { script: ./broken.ts, share: 50% }`,
      {
        'lost.ts': own(
          `const menu = yield* shop.get('/nowhere');\n return shop.confirmed(menu.status === 200);`,
        ),
        'broken.ts': own(`yield* shop.get('/menu');\n throw new Error('no tea');`),
      },
    );
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/request 1 GET \/nowhere: answered 404/);
    expect(stdout).toContain('broken.ts: Error: no tea');
  });

  test('and `bundle` say what they can’t do', async () => {
    const script = await checked('  plain: { script: ./existing.js }', {
      'existing.js': 'export default () => {};',
    });
    expect(script.stderr).toContain('[nothing-to-check]');
    const run = new CliRun('bundle', planFor(1, `  mine: { script: ${EXAMPLES}/my-shop.ts, requests: 3 }`));
    runs.push(run);
    expect((await run.result).stderr).toContain('[bundle-own-code]');
  });
});

longTests('no load is sent', () => {
  test('when canaries of a k6 script would leave the hosts that the plan allows', async () => {
    const run = new CliRun('run', planFor(await freePort(), '  plain: { script: ./away.js }'), {
      files: {
        'away.js': `import http from 'k6/http'; export default () => http.get('http://elsewhere.example/');`,
      },
    });
    runs.push(run);
    const { exitCode, stderr } = await run.result;
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/target-not-reachable|host-not-allowed/);
    expect(ofType(run, 'load-started')).toEqual([]);
    expect(await run.leftOver()).toEqual([]);
  });
});
