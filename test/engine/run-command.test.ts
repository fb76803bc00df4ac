import { spawnSync } from 'node:child_process';
import { expect, it, vi } from 'vitest';
import { runCommand } from '../../scripts/engine/run-command.ts';

const env = { PATH: process.env.PATH };
const sh = (script: string, options: Partial<Parameters<typeof runCommand>[2]> = {}) =>
  runCommand('/bin/sh', ['-c', script], { env, ...options });

it('gives the output and no problem for exit code 0', async () => {
  expect(await sh('echo out; echo err >&2; printf open')).toEqual({
    stdout: 'out\nopen',
    stderr: 'err\n',
    problem: null,
  });
});

it.each([
  ['exit 3', 'ended with exit code 3'],
  ['kill -9 $$', 'ended with SIGKILL'],
])('tells how "%s" ended', async (script, problem) => {
  expect(await sh(script)).toMatchObject({ problem });
});

it('tells why a command could not be started', async () => {
  expect(await runCommand('/nowhere/k6', [], { env })).toMatchObject({
    problem: 'could not be started (ENOENT)',
  });
});

it('ends a command that takes too long', async () => {
  expect(await sh('exec sleep 600', { timeoutMs: 50 })).toMatchObject({
    problem: 'did not end within 0.05 s',
  });
});

it('ends a command that prints nothing, although a child of it keeps its output open', async () => {
  const result = await sh('echo first; sleep 600 & echo $!; wait', { silenceMs: 100 });
  process.kill(Number(result.stdout.split('\n')[1]));
  expect(result.problem).toBe('printed nothing for 0.1 s');
});

it('ends a command that ignores SIGTERM', async () => {
  expect(await sh(`trap '' TERM; while :; do sleep 1; done`, { timeoutMs: 50 })).toMatchObject({
    problem: 'did not end within 0.05 s',
  });
});

it('ends a command when it is stopped, and rejects with the reason', async () => {
  const stop = new AbortController();
  const onLine = (): void => stop.abort(new Error('interrupted'));
  await expect(sh('echo ready; exec sleep 600', { onLine, signal: stop.signal })).rejects.toThrow(
    'interrupted',
  );
});

it('ends what a stopped command had started', async () => {
  const stop = new AbortController();
  let pid = '';
  const onLine = (line: string): void => {
    pid = line;
    stop.abort(new Error('interrupted'));
  };
  await expect(sh('sleep 600 & echo $!; wait', { onLine, signal: stop.signal })).rejects.toThrow(
    'interrupted',
  );
  await vi.waitFor(() => {
    // Z: dead, and not yet collected by its new parent.
    const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' });
    expect(stdout.trim()).toMatch(/^(Z.*)?$/);
  });
});
