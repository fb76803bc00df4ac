import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliRun } from '../../support/rehearsals/cli-run.ts';
import { TestTarget } from '../../support/targets/test-target.ts';

// Whatever ends a run, the load stops, no process is left, and the run directory can be read.

const planFor = (url: string): string => `
version: 1
name: stops
forecast: { curve: [{ at: 0s, rate: 20/s }, { at: 60s, rate: 20/s }] }
slo: { allowedDowntime: 20s, timeSlice: 1s }
rehearsal: { replay: { from: 0s, length: 4s }, multiples: [1], arrivals: even, warmUp: 3s, settle: 30s }
target: { baseUrl: '${url}' }
client: { timeout: 5s, patience: 5s }
journeys:
  order:
    steps:
      - { post: /orders, json: { key: '{{orderKey}}' }, confirmed: { status: 201, has: order.id } }
partners:
  pay: { kind: payment }
faults:
  - { at: 1s, for: 2s, partner: pay, kind: latency, add: 1s }
`;

let target: TestTarget;
let run: CliRun | null = null;
beforeEach(async () => {
  target = await TestTarget.start();
});
afterEach(async () => {
  await target.stop();
  run?.remove();
  run = null;
});

const start = (url = target.url): CliRun => {
  run = new CliRun('run', planFor(url));
  return run;
};

const reasonsOf = (ended: CliRun): string[] => ended.report().verdict.reasons.map(({ code }) => code);

describe('Ctrl-C', () => {
  test.each([
    ['in warm-up', async (running: CliRun) => void (await running.observed('first-start'))],
    ['in the replayed part', async (running: CliRun) => void (await running.observed('fault-on'))],
    ['in settle', async (running: CliRun) => void (await running.observed('fault-off'))],
  ])('%s stops the load within 2 s and ends INCONCLUSIVE', async (_phase, reached) => {
    const running = start();
    await reached(running);
    const pressedAt = Date.now();
    running.process.kill('SIGINT');
    const { exitCode, stdout } = await running.result;
    expect(exitCode).toBe(3);
    expect(running.report().verdict.status).toBe('INCONCLUSIVE');
    expect(reasonsOf(running)).toContain('interrupted');
    expect(stdout).toContain('INCONCLUSIVE');
    const ended = await running.observed('step-ended');
    expect(ended.at - pressedAt).toBeLessThan(2_000);
    expect(await running.leftOver()).toEqual([]);
  });

  test('before the load ends INCONCLUSIVE without a request of load', async () => {
    await target.stop();
    const running = start('http://127.0.0.1:9');
    await running.observed('probe');
    running.process.kill('SIGINT');
    const { exitCode } = await running.result;
    expect(exitCode).toBe(3);
    expect(reasonsOf(running)).toContain('interrupted');
    expect(running.observations().some(({ type }) => type === 'load-started')).toBe(false);
    expect(await running.leftOver()).toEqual([]);
  });
});

describe('a process killed under load', () => {
  test.each([
    ['mocks', 'mocks.js', 'INVALID', 'mocks-died'],
    ['k6', 'experimental-prometheus-rw', 'INVALID', 'k6-died'],
    ['prober', 'prober.js', 'INCONCLUSIVE', 'prober-dead'],
  ])('%s: the run ends, says so and leaves nothing behind', async (_who, commandLine, status, reason) => {
    const running = start();
    await running.observed('fault-on');
    process.kill(running.pidOf(commandLine), 'SIGKILL');
    const { exitCode } = await running.result;
    expect(exitCode).toBe(3);
    expect(running.report().verdict.status).toBe(status);
    expect(reasonsOf(running)).toContain(reason);
    expect(await running.leftOver()).toEqual([]);
  });

  test('the CLI itself: no process is left and the observations can be read up to the last second', async () => {
    const running = start();
    const fired = await running.observed('fault-on');
    running.process.kill('SIGKILL');
    await running.result;
    expect(await running.leftOver()).toEqual([]);
    expect(running.observations()).toContainEqual(fired);
  });
});

describe('refused before anything starts', () => {
  test('a host that is not on this machine and not allowed: exit 2', async () => {
    const running = start('http://shop.example.com');
    const { exitCode, stderr } = await running.result;
    expect(exitCode).toBe(2);
    expect(stderr).toContain('host-not-allowed');
    expect(existsSync(running.outDir)).toBe(false);
  });

  test('k6 nowhere to be had: exit 4 and one message that names every way', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'peakproof-empty-'));
    run = new CliRun('run', planFor(target.url), {
      env: { PATH: empty, HOME: empty, PEAKPROOF_K6: '', PEAKPROOF_CACHE_DIR: join(empty, 'cache') },
    });
    const { exitCode, stderr } = await run.result;
    expect(exitCode).toBe(4);
    expect(stderr.match(/\[k6-not-found\]/g)).toHaveLength(1);
    expect(existsSync(run.outDir)).toBe(false);
  });
});
