import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CliRun } from '../../support/rehearsals/cli-run.ts';
import { rehearsals } from '../../support/rehearsals/rehearsals.ts';
import { loadedStep } from '../../support/stories/loaded-step.ts';
import { longTest } from '../../support/verifying.ts';

// The demo's launch: the naive shop goes down with its payment partner, the resilient one does not.

/** The demo's plan up to the end of its first fault and the recovery from it. */
function shortDemo(): string {
  const text = readFileSync(new URL('../../../examples/demo.yaml', import.meta.url), 'utf8');
  const short = text
    .replace('length: 45s', 'length: 25s')
    .replace('settle: 30s', 'settle: 5s')
    .replace(/^ {2}- .*stock-out.*\n/m, '');
  expect(short).not.toContain('45s');
  expect(short).not.toContain('stock-out');
  return short;
}

const rehearse = rehearsals();

longTest('the naive shop FAILs while payment is slow', async () => {
  const { run, report, exitCode, stdout, stderr } = await rehearse(() => new CliRun('run', shortDemo()));
  const { verdict, steps } = report;
  expect(verdict, stderr).toMatchObject({ status: 'FAIL', exitCode: 1, failsAt: 3, holdsAt: null });
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^FAIL {2}demo-naive/);
  expect(steps[0]?.faults.map(({ fired }) => fired)).toEqual([true]);
  expect(steps[0]?.incidents[0]?.faults).toContain('pay-latency-1');
  expect(await run.leftOver()).toEqual([]);
});

test('`peakproof demo --target resilient` PASSes and says what a gate would have done', async () => {
  const { run, report, exitCode, stdout, stderr } = await rehearse(
    () => new CliRun('demo', null, { args: ['--target', 'resilient'] }),
  );
  const { verdict, steps } = report;
  expect(verdict, stdout + stderr).toMatchObject({ status: 'PASS', exitCode: 0, holdsAt: 3, failsAt: null });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('would have exited with 0');
  const { downtime, orders } = loadedStep(steps[0]);
  expect(downtime.chargedMs).toBe(0);
  expect(orders.soldOut).toBeGreaterThan(0);
  expect(orders.falseSoldOut).toBe(0);
  expect(await run.leftOver()).toEqual([]);
});
