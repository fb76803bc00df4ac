import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readWaits, waitedSinceNs } from '../../../scripts/run/processes/waited.ts';

const PID = 4_711;
let proc: string;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'peakproof-proc-'));
});
afterEach(() => rmSync(proc, { recursive: true }));

function thread(id: number, schedstat: string): void {
  const folder = join(proc, String(PID), 'task', String(id));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'schedstat'), `${schedstat}\n`);
}

test('every thread of a process is read, not the main one alone', async () => {
  thread(PID, '45228215 17287105 139');
  thread(PID + 1, '900 20000000000 7');
  expect(await readWaits(PID, proc)).toEqual(
    new Map([
      [String(PID), { waitedNs: 17_287_105, times: 139 }],
      [String(PID + 1), { waitedNs: 20_000_000_000, times: 7 }],
    ]),
  );
});

test.each([
  ['a kernel that does not count', '0 0 0'],
  ['a file of another form', 'n/a'],
])('%s gives no reading instead of 0', async (_name, schedstat) => {
  thread(PID, schedstat);
  expect(await readWaits(PID, proc)).toBeNull();
});

test('no process or no /proc, as on macOS, gives no reading', async () => {
  expect(await readWaits(PID, proc)).toBeNull();
  expect(await readWaits(PID, join(proc, 'nowhere'))).toBeNull();
});

const ms = (waitedMs: number, times: number) => ({ waitedNs: waitedMs * 1e6, times });

test('a new thread counts from 0, one that ended takes its count with it', () => {
  const before = new Map([
    ['1', ms(100, 1)],
    ['2', ms(5_000, 1)],
  ]);
  const now = new Map([
    ['1', ms(161, 2)],
    ['3', ms(41, 1)],
  ]);
  expect(waitedSinceNs(before, now)).toBe(100e6);
});

test('a number that was given to another thread counts from 0', () => {
  expect(waitedSinceNs(new Map([['1', ms(5_000, 9)]]), new Map([['1', ms(71, 1)]]))).toBe(70e6);
});

test('many short waits, as every waking up has, are no waiting; long ones of one thread do not hide in them', () => {
  const before = new Map([
    ['1', ms(0, 0)],
    ['2', ms(0, 0)],
  ]);
  const now = new Map([
    ['1', ms(900, 5_000)],
    ['2', ms(404, 4)],
  ]);
  expect(waitedSinceNs(before, now)).toBe(400e6);
});
