import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { main } from '../../scripts/cli.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));

async function run(...argv: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const exitCode = await main(argv, { stdout, stderr, env: process.env, cwd: tmpdir() });
  return { exitCode, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

describe('usage errors are one message, exit 2', () => {
  test.each([
    [['rnu', 'launch.yaml'], 'rnu is no command; there are init, run, analyze, plan, check, bundle, mocks'],
    [['run'], 'Not enough non-option arguments'],
    [['run', 'launch.yaml', '--otu', 'x'], 'otu'],
    [['demo', '--target', 'brave'], 'brave'],
    [['demo', '--target', 'naive', '--target', 'resilient'], '--target is given more than once'],
    [['run', 'launch.yaml', '--out', 'a', '--out', 'b'], '--out is given more than once: a, b'],
    [['run', 'launch.yaml', '--out'], '--out needs a value'],
    [['analyze', 'run', '--out', ''], '--out needs a value'],
    [['analyze', ''], '<dir> needs a value'],
    [['analyze', 'run', '--budget', '-5s'], '--budget is -5s; nothing below 0 is allowed'],
    [[], 'Name a command'],
    [['plan', 'no-such-file.yaml'], 'plan-not-readable'],
    [['plan', tmpdir()], 'plan-not-readable'],
  ])('%j', async (argv, named) => {
    const { exitCode, stdout, stderr } = await run(...argv);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(named);
    expect(stderr).toContain('next: ');
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

test.each(['init', 'run', 'analyze', 'plan', 'check', 'bundle', 'mocks', 'demo', 'schema', 'doctor'])(
  '%s --help shows an example',
  async (command) => {
    const { exitCode, stdout } = await run(command, '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain(`peakproof ${command}`);
  },
);

test('schema prints the JSON Schema of the plan', async () => {
  const { exitCode, stdout } = await run('schema');
  expect(exitCode).toBe(0);
  const schema = JSON.parse(stdout);
  expect(schema.$schema).toContain('2020-12');
  expect(Object.keys(schema.properties)).toEqual(
    expect.arrayContaining(['forecast', 'slo', 'target', 'journeys']),
  );
});

describe('plan', () => {
  test('shows defaults with their units, steps, VUs, faults and when the run would end', async () => {
    const { exitCode, stdout } = await run('plan', join(EXAMPLES, 'checkout.yaml'));
    expect(exitCode).toBe(0);
    expect(stdout).toContain('  slowAfter: 3s\n');
    expect(stdout).toContain('  downAbove: 5%\n');
    expect(stdout).toContain('  maxRate: 2000/s\n');
    expect(stdout).toMatch(/3 steps of 11 m 30 s, ends \d\d:\d\d/);
    expect(stdout).toMatch(/step +length +peak orders +orders +may be down +VUs/);
    expect(stdout).toMatch(/ {2}5x +11 m 30 s +\d+\.\d\/s/);
    expect(stdout).toMatch(/pay-latency-1 +pay +latency +1 m +1 m 30 s/);
  });

  test('--json prints the resolved plan and steps', async () => {
    const { stdout } = await run('plan', join(EXAMPLES, 'checkout.yaml'), '--json');
    const { plan, steps } = JSON.parse(stdout);
    expect(plan.slo.slowAfterMs).toBe(3_000);
    expect(steps.map(({ multiple }: { multiple: number }) => multiple)).toEqual([3, 4, 5]);
  });

  test('a load above maxRate is refused', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'peakproof-plan-')), 'launch.yaml');
    writeFileSync(
      file,
      readFileSync(join(EXAMPLES, 'checkout.yaml'), 'utf8').replace(/orders: \d+k/, 'orders: 60M'),
    );
    const { exitCode, stderr } = await run('plan', file);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('[rate-too-high]');
  });
});
