import { afterEach, expect, test } from 'vitest';
import { call } from '../../support/mocks/mock-config.ts';
import { CliRun } from '../../support/rehearsals/cli-run.ts';

// `peakproof mocks`: the partners of a plan for a developer's own environment.

const plan = (faults: string): string => `
version: 1
forecast: { orders: 60k, window: 9h }
slo: { allowedDowntime: 5m }
target: { baseUrl: http://127.0.0.1:8080 }
journeys: { a: { steps: [{ post: /orders, confirmed: { status: 201 } }] } }
partners:
  bean-house: { kind: cafe, stock: { tea: 2 } }
  pay: { kind: payment }
faults: [${faults}]
`;

let run: CliRun | null = null;
afterEach(async () => {
  expect(await run?.leftOver()).toEqual([]);
  run?.remove();
  run = null;
});

/** The addresses on stdout, by variable, once they are there. */
async function addresses(mocks: CliRun): Promise<Record<string, string>> {
  await expect.poll(() => mocks.stderr, { timeout: 10_000 }).toContain('partners are running');
  return Object.fromEntries(
    [...mocks.stdout.matchAll(/^([A-Z_]+)=(\S+)$/gm)].map(([, name, url]) => [name, url]),
  );
}

test('prints addresses as environment variables, serves, and ends with exit 0 on Ctrl-C', async () => {
  run = new CliRun('mocks', plan(''));
  const urls = await addresses(run);
  expect(Object.keys(urls)).toEqual(['PEAKPROOF_BEAN_HOUSE_URL', 'PEAKPROOF_PAY_URL', 'PEAKPROOF_ADMIN_URL']);
  const order = (orderKey: string) =>
    call(`${urls['PEAKPROOF_BEAN_HOUSE_URL']}/orders`, { sku: 'tea', orderKey });
  expect([(await order('a')).status, (await order('b')).status, (await order('c')).status]).toEqual([
    201, 201, 409,
  ]);
  expect((await call(`${urls['PEAKPROOF_ADMIN_URL']}/__admin/stock`)).body).toEqual({
    'bean-house': { tea: 0 },
    pay: {},
  });
  await expect.poll(() => run?.stderr).toContain('bean-house: tea is sold out');
  run.process.kill('SIGINT');
  expect((await run.result).exitCode).toBe(0);
});

test('--faults starts the fault timeline', async () => {
  run = new CliRun('mocks', plan('{ kind: error, partner: pay, at: 0s, for: 5m, status: 500 }'), {
    args: ['--faults'],
  });
  const urls = await addresses(run);
  await expect.poll(() => run?.stderr).toContain('pay-error-1 comes into force');
  const answer = await call(`${urls['PEAKPROOF_PAY_URL']}/authorizations`, { orderKey: 'a', amount: 1 });
  expect(answer.status).toBe(500);
  run.process.kill('SIGTERM');
  expect((await run.result).exitCode).toBe(0);
});

test('a plan without partners is refused with exit 2', async () => {
  run = new CliRun('mocks', plan('').replace(/partners:[\s\S]*/, ''));
  const { exitCode, stdout, stderr } = await run.result;
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain('[no-partners]');
});

test('mocks that die are no success', async () => {
  run = new CliRun('mocks', plan(''));
  await addresses(run);
  process.kill(run.pidOf('mocks.js'), 'SIGKILL');
  const { exitCode, stderr } = await run.result;
  expect(exitCode).toBe(4);
  expect(stderr).toContain('[mocks-failed]');
});
