import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { Observation } from '../../../scripts/observe/observation.ts';
import { Vitals } from '../../../scripts/run/processes/vitals.ts';

type Cpu = Extract<Observation, { type: 'cpu' }>;

const BUSY = 'setInterval(() => { for (const end = Date.now() + 20; Date.now() < end; ); }, 40)';

/** The first readings of a process, as they come. */
async function readings(pid: number, count: number): Promise<Cpu[]> {
  const found: Cpu[] = [];
  let vitals: Vitals | undefined;
  await new Promise<void>((resolve) => {
    vitals = new Vitals(1, (observation) => {
      if (observation.type === 'cpu') found.push(observation);
      if (found.length === count) resolve();
    });
    vitals.watch(pid, 'k6', 'step0-0');
  });
  vitals?.stop();
  return found;
}

test('the first reading of a process has nothing to count from: null, not 0', async () => {
  const child = spawn(process.execPath, ['-e', BUSY]);
  const [first, second] = await readings(child.pid ?? Number.NaN, 2);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(first).toMatchObject({ instance: 'step0-0', cpuRatio: null, waitedRatio: null });
  expect(first?.rssBytes).toBeGreaterThan(0);
  expect(second?.cpuRatio).toBeGreaterThan(0);
  if (process.platform === 'linux') expect(second?.waitedRatio).toBeGreaterThanOrEqual(0);
  else expect(second?.waitedRatio).toBeNull();
});

test('a process that is gone is observed without figures', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  const [only] = await readings(child.pid ?? Number.NaN, 1);
  expect(only).toMatchObject({ cpuRatio: null, waitedRatio: null, rssBytes: null });
});
