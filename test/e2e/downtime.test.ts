import { afterEach, expect, test } from 'vitest';
import { CliRun, until } from '../support/cli-run.ts';
import { type LoadedStep, loadedStep } from '../support/loaded-step.ts';
import { TestTarget } from '../support/test-target.ts';

// Real k6 at 100 orders/s against a target that the test itself stops or closes.

const planFor = (url: string, slowAfter: string, lengthSec: number): string => `
version: 1
name: downtime
forecast: { curve: [{ at: 0s, rate: 100/s }, { at: ${lengthSec}s, rate: 100/s }] }
slo: { allowedDowntime: 7s, slowAfter: ${slowAfter}, timeSlice: 1s }
rehearsal: { replay: whole, multiples: [1], arrivals: even, warmUp: 2s, settle: 0s }
target: { baseUrl: '${url}' }
client: { timeout: 8s, patience: 8s, retries: { max: 0 } }
journeys:
  order:
    steps:
      - { post: /orders, json: { key: '{{orderKey}}' }, confirmed: { status: 201, has: order.id } }
`;

const TRIES = 3;
const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** Runs the load, lets `trouble` act from 3 s into the replayed part, and gives the step's report. */
async function rehearse(
  slowAfter: string,
  trouble: (target: TestTarget, at: number) => Promise<void>,
  lengthSec = 12,
): Promise<LoadedStep> {
  for (let attempt = 1; ; attempt++) {
    const target = await TestTarget.start();
    const run = new CliRun('run', planFor(target.url, slowAfter, lengthSec));
    cleanups.push(() => run.remove());
    const { startedAt } = await run.observed('load-started');
    await trouble(target, startedAt + 2_000 + 3_000);
    await run.result;
    await target.stop();
    const step = loadedStep(run.report().steps[0]);
    if (step.status !== 'INVALID') return step;
    // Only a generator that was starved on this shared machine may be tried again; any other verdict is final.
    console.log(`attempt ${attempt} was INVALID: ${JSON.stringify(step.reasons)}`);
    const starved = step.reasons.every(({ code }) => code === 'generator-unhealthy');
    if (!starved || attempt === TRIES) throw new Error(`INVALID: ${JSON.stringify(step.reasons)}`);
  }
}

const freezeFor =
  (ms: number) =>
  async (target: TestTarget, at: number): Promise<{ from: number; to: number }> => {
    await until(at);
    target.freeze();
    const from = Date.now();
    await until(from + ms);
    target.thaw();
    return { from, to: Date.now() };
  };

test('a 4 s freeze with slowAfter 500 ms is one incident of 4 to 5 s with edges within 1 s', async () => {
  let outage = { from: 0, to: 0 };
  const step = await rehearse('500ms', async (target, at) => {
    outage = await freezeFor(4_000)(target, at);
  });
  expect(step.downtime.chargedMs).toBeGreaterThanOrEqual(4_000);
  expect(step.downtime.chargedMs).toBeLessThanOrEqual(5_000);
  expect(step.incidents).toHaveLength(1);
  const [incident] = step.incidents;
  expect(Math.abs(Date.parse(incident?.startedAt ?? '') - outage.from)).toBeLessThanOrEqual(1_000);
  expect(Math.abs(Date.parse(incident?.endedAt ?? '') - outage.to)).toBeLessThanOrEqual(1_000);
});

test('a 4 s freeze with slowAfter 3 s costs 1 to 2 s', async () => {
  const step = await rehearse('3s', async (target, at) => void (await freezeFor(4_000)(target, at)));
  expect(step.downtime.chargedMs).toBeGreaterThanOrEqual(1_000);
  expect(step.downtime.chargedMs).toBeLessThanOrEqual(2_000);
});

test('a 2 s freeze with slowAfter 3 s is no downtime', async () => {
  const step = await rehearse('3s', async (target, at) => void (await freezeFor(2_000)(target, at)));
  expect(step.downtime.chargedMs).toBe(0);
  expect(step.orders.bad).toBe(0);
});

test('without trouble nothing is charged and every order is counted once', async () => {
  const step = await rehearse('500ms', async () => {}, 8);
  expect(step.downtime).toMatchObject({ chargedMs: 0, possibleMs: 0, strictMs: 0, requestWeightedMs: 0 });
  expect(step.incidents).toEqual([]);
  expect(step.generator.started).toBe(step.generator.planned);
  expect(step.orders.good).toBe(step.generator.started);
});

test('connections refused for 5 s cost 5 to 7 s', async () => {
  const step = await rehearse('3s', async (target, at) => {
    await until(at);
    target.tell('refuse');
    await until(at + 5_000);
    target.tell('accept');
  });
  expect(step.downtime.chargedMs).toBeGreaterThanOrEqual(5_000);
  expect(step.downtime.chargedMs).toBeLessThanOrEqual(7_000);
  expect(step.incidents[0]?.kinds[0]?.kind).toBe('refused');
});
