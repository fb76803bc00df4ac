import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { cacheFolder, distrust, installIntoCache } from '../../../scripts/engine/k6/k6-cache.ts';
import { fakeMachine, k6Script, writeScript } from './fake-machine.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'peakproof-cache-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it.each([{}, { HOME: '' }, { HOME: '', XDG_CACHE_HOME: '' }])(
  'is below the temporary folder without a home: %j',
  async (env) => {
    const { path, isBelowTemp } = await cacheFolder({ ...env, TMPDIR: '/my/tmp' });
    expect(path).toMatch(/^\/my\/tmp\/peakproof-\w+$/);
    expect(isBelowTemp).toBe(true);
  },
);

it('is the folder that PEAKPROOF_CACHE_DIR names', async () => {
  expect(await cacheFolder({ PEAKPROOF_CACHE_DIR: '/my/cache', HOME: '/home/me' })).toEqual({
    path: '/my/cache',
    isBelowTemp: false,
  });
});

it('is the user’s cache folder with a home', async () => {
  const { path, isBelowTemp } = await cacheFolder({ HOME: process.env.HOME || '/home/me' });
  expect(path).toMatch(/\/peakproof(-\w+)?$/);
  expect(isBelowTemp).toBe(!process.env.HOME && !process.env.XDG_CACHE_HOME);
});

it('trusts a folder below the temporary one only if nobody else may write to it', async () => {
  const path = join(temporaryFolder(), 'cache');
  expect(await distrust({ path, isBelowTemp: true })).toBeNull();
  mkdirSync(path, { mode: 0o700 });
  expect(await distrust({ path, isBelowTemp: true })).toBeNull();
  chmodSync(path, 0o777);
  expect(await distrust({ path, isBelowTemp: true })).toBe(`other users may write to ${path}`);
  expect(await distrust({ path, isBelowTemp: false })).toBeNull();
});

it('does not run a k6 that others could have put below the temporary folder', async () => {
  const machine = fakeMachine();
  const elsewhere = join(machine.folder, 'elsewhere');
  mkdirSync(elsewhere);
  writeScript(join(elsewhere, 'k6-v2.2.0-linux-x64'), k6Script('v2.2.0'));
  const { path } = await cacheFolder({ TMPDIR: machine.folder });
  symlinkSync(elsewhere, path);
  const env = { PATH: machine.bin, TMPDIR: machine.folder };
  await expect(machine.find({ env })).rejects.toMatchObject({
    details: expect.arrayContaining([`cache: other users may write to ${path}`]),
  });
});

it('removes what killed installs left, and not what runs now', async () => {
  const path = temporaryFolder();
  for (const name of ['.unfinished-old', '.unfinished-now']) mkdirSync(join(path, name));
  utimesSync(join(path, '.unfinished-old'), 0, 0);
  const target = join(path, 'k6');
  await installIntoCache(target, { path, isBelowTemp: false }, async (workFolder) => {
    const file = join(workFolder, 'made');
    writeFileSync(file, 'k6');
    return file;
  });
  expect(readdirSync(path).sort()).toEqual(['.unfinished-now', 'k6']);
});

it('removes its folder when the install throws', async () => {
  const path = temporaryFolder();
  const failing = installIntoCache(join(path, 'k6'), { path, isBelowTemp: false }, async () => {
    throw new Error('stopped');
  });
  await expect(failing).rejects.toThrow('stopped');
  expect(readdirSync(path)).toEqual([]);
});
