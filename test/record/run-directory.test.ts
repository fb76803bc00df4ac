import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PeakproofError } from '../../scripts/core/errors.ts';
import type { Observation } from '../../scripts/observe/observation.ts';
import { forEachObservation, logOn, readObservations } from '../../scripts/record/observation-log.ts';
import { openRunDirectory, type RunDirectoryOptions } from '../../scripts/record/run-directory.ts';

const STARTED_AT = Date.UTC(2026, 10, 22, 12, 1, 30, 250);
const clockStep = (byMs: number): Observation => ({ type: 'clock-step', at: STARTED_AT, byMs });

let cwd = '';
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'peakproof-run-'));
});
afterEach(() => rm(cwd, { recursive: true }));

function openRun(options: Partial<RunDirectoryOptions> = {}) {
  const failed = (error: PeakproofError): never => {
    throw error;
  };
  return openRunDirectory({
    outDir: null,
    cwd,
    name: 'spring',
    startedAt: STARTED_AT,
    onError: failed,
    ...options,
  });
}

describe('the folder', () => {
  test.each([
    ['spring-voucher', 'spring-voucher-20261122T120130Z'],
    ['../../etc/passwd', 'etc-passwd-20261122T120130Z'],
    ['весна', 'run-20261122T120130Z'],
    ['a b\n$(c)', 'a-b-c-20261122T120130Z'],
  ])('of a plan named %j is runs/%s', async (name, folder) => {
    const run = await openRun({ name });
    await run.close();
    expect(run.path).toBe(join(cwd, 'runs', folder));
  });

  test('gets a number when another run began in the same second', async () => {
    const [first, second, third] = [await openRun(), await openRun(), await openRun()];
    await Promise.all([first, second, third].map((run) => run.close()));
    expect([second.path, third.path]).toEqual([`${first.path}-2`, `${first.path}-3`]);
  });

  test('is the one that --out names', async () => {
    const run = await openRun({ outDir: 'out/here' });
    await run.close();
    expect(run.path).toBe(join(cwd, 'out', 'here'));
  });

  test('is refused when it holds a run already, which stays as it was', async () => {
    const run = await openRun({ outDir: 'out' });
    run.append(clockStep(1));
    await run.close();
    await expect(openRun({ outDir: 'out' })).rejects.toMatchObject({
      code: 'run-directory-in-use',
      exitCode: 2,
    });
    expect((await readObservations(run.observationsPath)).observations).toEqual([clockStep(1)]);
  });

  test('is an environment error when it cannot be made', async () => {
    await writeFile(join(cwd, 'runs'), 'a file is in the way');
    await expect(openRun()).rejects.toMatchObject({ code: 'run-directory-not-writable', exitCode: 4 });
  });
});

test('manifest, plan and texts are replaced as a whole', async () => {
  const run = await openRun();
  await run.writeManifest({ how: null });
  await run.writeManifest({ how: 'completed' });
  await run.writePlan({ name: 'spring' });
  await run.writeText('summary.md', '# spring\n');
  await run.close();
  expect(await readFile(join(run.path, 'manifest.json'), 'utf8')).toBe('{\n  "how": "completed"\n}\n');
  expect((await readdir(run.path)).sort()).toEqual([
    'manifest.json',
    'observations.ndjson',
    'plan.json',
    'summary.md',
  ]);
});

describe('observations', () => {
  test('come back as they were appended, whatever they contain', async () => {
    const run = await openRun();
    const message = 'line\nbreak \u2028 "quote" кофе ☕ \u0000';
    const appended: Observation[] = [
      clockStep(1),
      { type: 'k6-log', at: STARTED_AT, instance: 'step0-0', level: 'error', message },
    ];
    for (const observation of appended) run.append(observation);
    await run.close();
    expect(await readObservations(run.observationsPath)).toEqual({
      observations: appended,
      torn: false,
      damage: null,
    });
  });

  test('keep their order over many batches', async () => {
    const run = await openRun();
    const log = await open(join(cwd, 'second.ndjson'), 'ax');
    const other = logOn(log, { path: 'second.ndjson', onError: () => {} });
    const flushes: Promise<void>[] = [];
    for (let number = 0; number < 5_000; number++) {
      other.append(clockStep(number));
      if (number % 7 === 0) flushes.push(other.flush());
    }
    await Promise.all([...flushes, other.close(), run.close()]);
    const seen: number[] = [];
    await forEachObservation(join(cwd, 'second.ndjson'), (observation) => {
      if (observation.type === 'clock-step') seen.push(observation.byMs);
    });
    expect(seen).toEqual(Array.from({ length: 5_000 }, (_, number) => number));
  });

  test('are not taken after the log was closed', async () => {
    const run = await openRun();
    await run.close();
    run.append(clockStep(1));
    await run.close();
    expect((await readObservations(run.observationsPath)).observations).toEqual([]);
  });

  test('of a file that is not there are one readable error', async () => {
    await expect(readObservations(join(cwd, 'none'))).rejects.toMatchObject({
      code: 'observations-missing',
      exitCode: 4,
    });
  });

  test('damaged in a file are told with their line', async () => {
    const run = await openRun();
    for (let number = 0; number < 3; number++) run.append(clockStep(number));
    await run.close();
    const text = await readFile(run.observationsPath, 'utf8');
    await writeFile(run.observationsPath, text.replace('"byMs":1', '"byMs":9'));
    expect(await readObservations(run.observationsPath)).toMatchObject({
      observations: [clockStep(0)],
      damage: { line: 2 },
    });
  });

  test.skipIf(process.platform !== 'linux')('on a full disk end with disk-full, told once', async () => {
    const errors: PeakproofError[] = [];
    const full = logOn(await open('/dev/full', 'a'), {
      path: 'run.ndjson',
      onError: (error) => errors.push(error),
    });
    full.append(clockStep(1));
    await full.flush();
    full.append(clockStep(2));
    await full.flush();
    await full.close();
    expect(errors.map(({ code, exitCode }) => [code, exitCode])).toEqual([['disk-full', 4]]);
  });
});
