import { afterEach, expect, test } from 'vitest';
import { CliRun, until } from '../../support/rehearsals/cli-run.ts';
import { untilJudged } from '../../support/rehearsals/until-judged.ts';
import { type LoadedStep, loadedStep } from '../../support/stories/loaded-step.ts';
import { TestTarget } from '../../support/targets/test-target.ts';
import { longTest } from '../../support/verifying.ts';

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
  const { report } = await untilJudged(async () => {
    const target = await TestTarget.start();
    const run = new CliRun('run', planFor(target.url, slowAfter, lengthSec));
    cleanups.push(() => run.remove());
    const { startedAt } = await run.observed('load-started');
    await trouble(target, startedAt + 2_000 + 3_000);
    await run.result;
    await target.stop();
    return { report: run.report() };
  });
  expect(report.verdict.status, JSON.stringify(report.verdict.reasons)).not.toBe('INVALID');
  return loadedStep(report.steps[0]);
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

function expectEdges({ incidents }: LoadedStep, outage: { from: number; to: number }): void {
  expect(Math.abs((incidents[0]?.startedAt ?? 0) - outage.from)).toBeLessThanOrEqual(1_000);
  expect(Math.abs((incidents[0]?.endedAt ?? 0) - outage.to)).toBeLessThanOrEqual(1_000);
}

longTest('a 4 s freeze with slowAfter 500 ms is one incident of 4 to 5 s with edges within 1 s', async () => {
  let outage = { from: 0, to: 0 };
  const step = await rehearse('500ms', async (target, at) => {
    outage = await freezeFor(4_000)(target, at);
  });
  expect(step.downtime.chargedMs).toBeGreaterThanOrEqual(4_000);
  expect(step.downtime.chargedMs).toBeLessThanOrEqual(5_000);
  expect(step.incidents).toHaveLength(1);
  expectEdges(step, outage);
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
  let outage = { from: 0, to: 0 };
  const step = await rehearse('3s', async (target, at) => {
    outage = { from: at, to: at + 5_000 };
    await until(outage.from);
    target.tell('refuse');
    await until(outage.to);
    target.tell('accept');
  });
  expect(step.downtime.chargedMs).toBeGreaterThanOrEqual(5_000);
  expect(step.downtime.chargedMs).toBeLessThanOrEqual(7_000);
  expect(step.incidents[0]?.kinds[0]?.kind).toBe('refused');
  expect(step.incidents[0]?.exchanges).toHaveLength(5);
  for (const exchange of step.incidents[0]?.exchanges ?? []) {
    expect(exchange).toMatchObject({ source: 'load', request: 'POST /orders', detail: exchange.kind });
    // What was under way when the port closed was cut off.
    expect(['refused', 'reset']).toContain(exchange.kind);
  }
  expect(step.incidents[0]?.exchanges.some(({ kind }) => kind === 'refused')).toBe(true);
  expectEdges(step, outage);
});
