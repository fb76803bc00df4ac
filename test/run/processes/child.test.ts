import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Children } from '../../../scripts/run/processes/child.ts';

const IDLE_GUARDIAN = 'process.stdin.resume();';

let children: Children;
beforeEach(() => {
  const guardian = join(mkdtempSync(join(tmpdir(), 'peakproof-guardian-')), 'guardian.mjs');
  writeFileSync(guardian, IDLE_GUARDIAN);
  children = new Children(guardian);
});
afterEach(() => children.stopAll());

function start(script: string, lines: string[] = []) {
  return children.start({
    command: 'sh',
    args: ['-c', script],
    cwd: '/',
    env: { PATH: process.env['PATH'] },
    onStdoutLine: (line) => lines.push(line),
    onStderrLine: () => {},
  });
}

/** A process that nobody has collected yet (Z) has ended. */
const isAlive = (pid: number): boolean => {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, 'utf8'));
};

test('a child that ends by itself tells its code and the newest lines of its stderr', async () => {
  const child = await start('for i in $(seq 30); do echo line $i >&2; done; exit 7');
  const exit = await child.exited;
  expect(exit).toMatchObject({ code: 7, signal: null });
  expect(exit.lastLines).toHaveLength(20);
  expect(exit.lastLines.at(-1)).toBe('line 30');
  expect(child.stopping).toBe(false);
});

test('the error that it died of is kept, however long its report is', async () => {
  const report = 'for i in $(seq 30); do echo "    at step $i" >&2; done';
  const child = await start(`echo 'TypeError: no tea' >&2; ${report}; exit 1`);
  const { lastLines } = await child.exited;
  expect(lastLines[0]).toBe('TypeError: no tea');
  expect(lastLines).toHaveLength(21);
});

test('an error of long before is not what it died of', async () => {
  const child = await start(
    `echo 'TypeError: no tea' >&2; sleep 1.2; for i in $(seq 30); do echo "line $i" >&2; done; exit 1`,
  );
  expect((await child.exited).lastLines).toHaveLength(20);
});

test('what a child leaves in its group ends with it', async () => {
  const lines: string[] = [];
  const child = await start('sleep 60 & echo $!; wait', lines);
  while (lines.length === 0) await new Promise((done) => setImmediate(done));
  const grandchild = Number(lines[0]);
  expect(isAlive(grandchild)).toBe(true);
  const exit = await child.stop();
  expect(exit.signal).toBe('SIGTERM');
  expect(child.stopping).toBe(true);
  await expect.poll(() => isAlive(grandchild)).toBe(false);
});

test('a child that ignores the signal is ended after the grace', async () => {
  const lines: string[] = [];
  const child = await start('trap "" TERM; echo ready; while :; do sleep 60 & wait; done', lines);
  while (lines.length === 0) await new Promise((done) => setImmediate(done));
  const exit = await child.stop('SIGTERM', 50);
  expect(exit.signal).toBe('SIGKILL');
});

test('a child whose output makes its reader throw ends, and says why', async () => {
  const child = await children.start({
    command: 'sh',
    args: ['-c', 'echo "{"; sleep 60'],
    cwd: '/',
    env: { PATH: process.env['PATH'] },
    onStdoutLine: (line) => JSON.parse(line),
    onStderrLine: () => {},
  });
  const exit = await child.exited;
  expect(exit.signal).toBe('SIGKILL');
  expect(exit.lastLines.join()).toContain('unreadable output');
  expect(child.stopping).toBe(false);
});

test('a command that does not exist is an error at the start', async () => {
  const missing = children.start({
    command: '/nowhere/k6',
    args: [],
    cwd: '/',
    env: {},
    onStdoutLine: () => {},
    onStderrLine: () => {},
  });
  await expect(missing).rejects.toThrow('ENOENT');
});

test('of a line without an end only the beginning is kept', async () => {
  const lines: string[] = [];
  const child = await start('head -c 3000000 /dev/zero | tr "\\0" x; echo; echo after', lines);
  await child.exited;
  expect(lines.map((line) => line.length)).toEqual([65_536, 5]);
});
