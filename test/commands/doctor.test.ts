import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { doctor, readAll } from '../../scripts/commands/doctor.ts';
import { type DoctorReadings, judgeReadings } from '../../scripts/commands/doctor-checks.ts';
import { fakeMachine, k6Script } from '../engine/k6/fake-machine.ts';

const HEALTHY: DoctorReadings = {
  nodeVersion: 'v20.19.0',
  platform: 'linux',
  k6: {
    found: { path: '/bin/k6', version: 'v2.2.0', from: 'path' },
    problems: [],
    isRefused: false,
    archive: 'k6-v2.2.0-linux-amd64.tar.gz',
  },
  go: { path: '/bin/go', version: 'go1.26.8', toolchain: 'auto', proxies: 'off', moduleCache: '/go' },
  goNeeded: '1.25.0',
  machine: {
    cores: 4,
    totalMemoryBytes: 8e9,
    freeMemoryBytes: 4e9,
    openFileLimit: { soft: 20_000, hard: Number.POSITIVE_INFINITY },
    localPorts: 28_232,
  },
  loopbackProblem: null,
  clock: { driftMs: 0, overMs: 500, isSynchronised: true },
};

const NO_K6 = { found: null, problems: ['PATH: no k6 on PATH'], isRefused: false };
const NO_GO = { problem: 'no go on PATH' };
const ARCHIVE = HEALTHY.k6.archive;
const machine = (changes: Partial<DoctorReadings['machine']>) => ({
  machine: { ...HEALTHY.machine, ...changes },
});
const clock = (changes: Partial<DoctorReadings['clock']>) => ({ clock: { ...HEALTHY.clock, ...changes } });

async function run(readings: Partial<DoctorReadings>, json = false) {
  let stdout = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      stdout += String(chunk);
      done();
    },
  });
  const io = { stdout: stream, stderr: stream, env: {}, cwd: '/' };
  const exitCode = await doctor(io, { json }, async () => ({ ...HEALTHY, ...readings }));
  return { stdout, exitCode };
}

it('marks nothing on a healthy machine', () => {
  expect(judgeReadings(HEALTHY).map((check) => [check.id, check.mark, check.next])).toEqual(
    ['node', 'k6', 'go', 'cores', 'memory', 'open-files', 'local-ports', 'loopback', 'clock'].map((id) => [
      id,
      'ok',
      null,
    ]),
  );
});

describe('marks', () => {
  it.each<[string, Partial<DoctorReadings>, string, RegExp]>([
    ['Node 20.18', { nodeVersion: 'v20.18.9' }, 'FAIL', /install Node 20\.19 or later/],
    ['Node 18', { nodeVersion: 'v18.20.0' }, 'FAIL', /install Node/],
    ['Windows', { platform: 'win32' }, 'FAIL', /WSL/],
    [
      'k6 still to be fetched',
      { k6: { ...NO_K6, archive: ARCHIVE } },
      'warn',
      /will download k6-v2\.2\.0-linux-amd64\.tar\.gz, else build it with go1\.26\.8$/,
    ],
    [
      'k6 for which only Go is left',
      { k6: { ...NO_K6, archive: null } },
      'warn',
      /run will build it with go1\.26\.8$/,
    ],
    [
      'k6 nowhere',
      { k6: { ...NO_K6, archive: null }, go: NO_GO },
      'FAIL',
      /install k6 v2\.2\.0, or Go 1\.25\.0/,
    ],
    [
      'a refused PEAKPROOF_K6',
      { k6: { ...NO_K6, isRefused: true, archive: ARCHIVE } },
      'FAIL',
      /set PEAKPROOF_K6 to a working k6, or unset it/,
    ],
    ['one core', machine({ cores: 1 }), 'warn', /expect INVALID runs/],
    ['half a core of a container', machine({ cores: 0.5 }), 'warn', /expect INVALID runs/],
    ['little memory', machine({ freeMemoryBytes: 999e6 }), 'warn', /VUs will be capped/],
    ['no memory', machine({ freeMemoryBytes: 299e6 }), 'FAIL', /free 0\.3 GB or more/],
    [
      'few files, more allowed',
      machine({ openFileLimit: { soft: 1_024, hard: 524_288 } }),
      'warn',
      /capped at 819; raise it: ulimit -n 65536$/,
    ],
    [
      'few files, no more allowed',
      machine({ openFileLimit: { soft: 4_096, hard: 4_096 } }),
      'warn',
      /have the hard limit raised/,
    ],
    ['hardly any files', machine({ openFileLimit: { soft: 64, hard: 4_096 } }), 'FAIL', /ulimit -n 4096$/],
    ['few local ports', machine({ localPorts: 5_000 }), 'warn', /capped at 4000/],
    ['no local server', { loopbackProblem: 'EACCES' }, 'FAIL', /allow local servers/],
    ['a clock that is being set', clock({ driftMs: -400 }), 'warn', /being set just now/],
    ['a clock without NTP', clock({ isSynchronised: false }), 'warn', /switch NTP on/],
  ])('%s', async (_what, readings, mark, next) => {
    const marked = judgeReadings({ ...HEALTHY, ...readings }).filter((check) => check.mark !== 'ok');
    expect(marked.map((check) => check.mark)).toContain(mark);
    expect(marked.map((check) => check.next ?? '').join('\n')).toMatch(next);
    expect((await run(readings)).exitCode).toBe(mark === 'FAIL' ? 4 : 0);
  });

  it('what could not be measured as that, and never as a number', () => {
    const checks = judgeReadings({
      ...HEALTHY,
      ...machine({ openFileLimit: null, localPorts: null }),
      ...clock({ isSynchronised: null }),
    });
    const found = new Map(checks.map((check) => [check.id, check.found]));
    expect(found.get('open-files')).toBe('not measured on this platform');
    expect(found.get('local-ports')).toBe('not measured on this platform');
    expect(found.get('clock')).toContain('NTP not measured');
  });

  it.each<[string, Partial<DoctorReadings>, string, string]>([
    ['no Go, with k6 here', { go: NO_GO }, 'ok', 'no go on PATH; not needed: k6 is here'],
    [
      'no Go, before the download',
      { go: NO_GO, k6: { ...NO_K6, archive: ARCHIVE } },
      'warn',
      'no go on PATH; needed only if the download fails',
    ],
    [
      'an old Go that may update itself',
      { go: { ...HEALTHY.go, version: 'go1.22.1' } },
      'ok',
      'go1.22.1 at /bin/go is older than 1.25.0; it would fetch a newer one',
    ],
  ])('%s', (_what, readings, mark, found) => {
    const go = judgeReadings({ ...HEALTHY, ...readings }).find((check) => check.id === 'go');
    expect(go).toMatchObject({ mark, found });
  });
});

it('prints a line for each check, what to do below it, and the sum', async () => {
  const { stdout, exitCode } = await run({ nodeVersion: 'v18.20.0', ...machine({ cores: 1 }) });
  expect(exitCode).toBe(4);
  expect(stdout).toBe(
    [
      'FAIL  node         v18.20.0 on linux, 20.19 or later needed',
      '                   -> install Node 20.19 or later',
      'ok    k6           v2.2.0 from PATH: /bin/k6',
      'ok    go           go1.26.8 at /bin/go',
      'warn  cores        1 usable',
      '                   -> expect INVALID runs: give it 2 cores or keep the rates low',
      'ok    memory       4.0 GB available of 8.0 GB',
      'ok    open-files   20000 allowed, at most unlimited',
      'ok    local-ports  28232 for connections to one target address',
      'ok    loopback     ports of 127.0.0.1 can be bound',
      'ok    clock        wall clock 0 ms from the monotonic one in 500 ms; kept by NTP',
      '',
      'not ready: mend what is marked FAIL',
      '',
    ].join('\n'),
  );
});

it('prints the same as JSON, in which null is "not measured" and no limit is "unlimited"', async () => {
  const { stdout, exitCode } = await run(machine({ localPorts: null }), true);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    schemaVersion: 1,
    ready: true,
    exitCode: 0,
    k6: { path: '/bin/k6', version: 'v2.2.0', from: 'path' },
    machine: { openFileLimit: { soft: 20_000, hard: 'unlimited' }, localPorts: null },
  });
});

describe('reading this machine', () => {
  it('finds the k6 on PATH', async () => {
    const fake = fakeMachine();
    fake.addTool('k6', k6Script('v2.2.0'));
    const readings = await readAll(fake.options.env);
    expect(readings.k6.found).toMatchObject({ version: 'v2.2.0', from: 'path' });
    expect(readings.go).toEqual(NO_GO);
    expect(readings.loopbackProblem).toBeNull();
    expect(readings.clock.overMs).toBeGreaterThanOrEqual(490);
  });

  it('reports a PEAKPROOF_K6 that does not work', async () => {
    const fake = fakeMachine();
    const readings = await readAll({ ...fake.options.env, PEAKPROOF_K6: '/nowhere/k6' });
    expect(readings.k6).toMatchObject({ found: null, isRefused: true });
    expect(readings.k6.problems[0]).toContain('/nowhere/k6 version could not be started (ENOENT)');
  });
});
