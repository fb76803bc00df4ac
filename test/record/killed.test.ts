import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { readObservations } from '../../scripts/record/observation-log.ts';

/** Writes without a pause and says after each batch up to which number the log must be readable. */
const WRITER = `
  import { createObservationLog } from './scripts/record/observation-log.ts';
  const log = await createObservationLog({ path: process.argv[2], onError: (error) => { throw error; } });
  for (let byMs = 0; ; byMs++) {
    log.append({ type: 'clock-step', at: byMs, byMs });
    if (byMs % 100 === 99) {
      await log.flush();
      process.stdout.write(byMs + '\\n');
    }
  }
`;

test('after kill -9 everything that was flushed is readable, in its order', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'peakproof-killed-'));
  const [script, path] = [join(folder, 'writer.mjs'), join(folder, 'observations.ndjson')];
  await build({
    stdin: { contents: WRITER, resolveDir: process.cwd() },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
  });
  const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let flushed = -1;
  for await (const text of child.stdout) {
    flushed = Number(String(text).trim().split('\n').at(-1));
    if (flushed > 2_000) break;
  }
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  const { observations, damage } = await readObservations(path);
  await rm(folder, { recursive: true });
  expect(damage).toBeNull();
  expect(observations.length).toBeGreaterThan(flushed);
  expect(observations.map(({ at }) => at)).toEqual(observations.map((_, index) => index));
});
