import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { CliRun } from '../../support/rehearsals/cli-run.ts';
import { loadedStep } from '../../support/stories/loaded-step.ts';
import { TestTarget } from '../../support/targets/test-target.ts';
import { longTest } from '../../support/verifying.ts';

// target.start, and what happens when a target is not there, dies, or holds one multiple and not the next.

const TARGET = fileURLToPath(new URL('../../support/targets/target.mjs', import.meta.url));
const START = `'"${process.execPath}" "${TARGET}"'`;

interface PlanParts {
  port: number;
  start?: string;
  multiples?: string;
  ratePerSec?: number;
  length?: string;
}

const planFor = ({ port, start, multiples = '[1]', ratePerSec = 30, length = '4s' }: PlanParts): string => `
version: 1
name: target
forecast: { curve: [{ at: 0s, rate: ${ratePerSec}/s }, { at: 60s, rate: ${ratePerSec}/s }] }
slo: { allowedDowntime: 20s, downtimeBudget: 2s, timeSlice: 1s, slowAfter: 500ms }
rehearsal: { replay: { from: 0s, length: ${length} }, multiples: ${multiples}, warmUp: 1s, settle: 3s }
target:
  baseUrl: http://127.0.0.1:${port}
${start ? `  start: { command: ${start}, ready: /health, readyWithin: 5s }` : ''}
client: { timeout: 2s, patience: 2s }
journeys:
  order:
    steps:
      - { post: /orders, json: { key: '{{orderKey}}' }, confirmed: { status: 201, has: order.id } }
`;

let run: CliRun | null = null;
afterEach(async () => {
  expect(await run?.leftOver()).toEqual([]);
  run?.remove();
  run = null;
});

test('two steps run one after another against a target that the harness starts, each judged by itself', async () => {
  run = new CliRun('run', planFor({ port: await freePort(), start: START, multiples: '[1, 2]' }));
  const { stderr } = await run.result;
  const { steps, verdict } = run.report();
  const [first, second] = steps.map(loadedStep);
  expect(first?.generator.started, stderr).toBeGreaterThan(100);
  expect(second?.generator.started).toBeGreaterThan(1.3 * (first?.generator.started ?? Number.NaN));
  expect(steps.map(({ downtime }) => downtime?.chargedMs)).toEqual([0, 0]);
  // Seven seconds prove nothing, and say so.
  expect(verdict.status).toBe('INCONCLUSIVE');
  expect(verdict.reasons.map(({ code }) => code)).toContain('too-short');
});

test('a target that dies under load is reported with its exit and FAILs, for nothing answers any more', async () => {
  run = new CliRun('run', planFor({ port: await freePort(), start: START, length: '20s' }));
  await run.observed('first-start');
  process.kill(run.pidOf('target.mjs'), 'SIGKILL');
  const { exitCode } = await run.result;
  const { verdict, steps } = run.report();
  expect(exitCode).toBe(1);
  expect(verdict.status).toBe('FAIL');
  expect(verdict.reasons.map(({ code }) => code)).toContain('target-died');
  expect(loadedStep(steps[0]).downtime.chargedMs).toBeGreaterThan(2_000);
});

test.each([
  ['ends at once', `'echo no database >&2; exit 7'`, 'target-died', 'exit code 7'],
  ['never gets ready', `'sleep 60'`, 'target-not-ready', '/health'],
])('a target that %s: exit 4, before any load', async (_what, start, code, detail) => {
  run = new CliRun('run', planFor({ port: await freePort(), start }));
  const { exitCode, stderr } = await run.result;
  expect(exitCode).toBe(4);
  expect(stderr).toContain(`[${code}]`);
  expect(stderr).toContain(detail);
  if (code === 'target-died') expect(stderr).toContain('no database');
  expect(run.observations().some(({ type }) => type === 'load-started')).toBe(false);
});

test('a port that is taken already: exit 4, the target is not started beside it', async () => {
  const other = await TestTarget.start();
  run = new CliRun('run', planFor({ port: Number(new URL(other.url).port), start: START }));
  const { exitCode, stderr } = await run.result;
  await other.stop();
  expect(exitCode).toBe(4);
  expect(stderr).toContain('[target-port-taken]');
});

longTest('a target without a good canary within 30 s: exit 4 and no load', async () => {
  run = new CliRun('run', planFor({ port: 9 }));
  const { exitCode, stderr } = await run.result;
  expect(exitCode).toBe(4);
  expect(stderr).toContain('[target-not-reachable]');
  expect(stderr).toContain('refused');
  expect(run.observations().some(({ type }) => type === 'load-started')).toBe(false);
});
