import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { CLI } from '../../support/rehearsals/cli-run.ts';

// What happens to the output must not look like a verdict: exit code 1 is FAIL and nothing else.

const shell = (command: string) =>
  spawnSync('bash', ['-o', 'pipefail', '-c', command], {
    encoding: 'utf8',
    env: { ...process.env, NODE: process.execPath, CLI },
  });

test.each([
  ['a reader that leaves early', '"$NODE" "$CLI" schema | head -1'],
  ['a full disk behind a redirect', '"$NODE" "$CLI" schema > /dev/full'],
])('%s is no crash', (_what, command) => {
  const { status, stderr } = shell(command);
  expect(status).toBe(0);
  expect(stderr).not.toMatch(/^\s+at /m);
});
