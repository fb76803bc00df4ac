import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Io } from '../../scripts/core/io.ts';
import { createLiveView, formatLive, type LiveStatus } from '../../scripts/run/live.ts';

const status = (changes: Partial<LiveStatus> = {}): LiveStatus => ({
  multiple: 3,
  phase: 'replayed',
  elapsedMs: 83_400,
  stepMs: 690_000,
  offeredPerSec: 150.4,
  servedPerSec: 148.6,
  errorRatio: 0.012,
  state: 'UP',
  chargedMs: 2_000,
  budgetMs: 20_000,
  faults: ['pay latency +2 s'],
  ...changes,
});

test('the live line names multiple, phase, rates, errors, state, downtime of budget and faults', () => {
  expect(formatLive(status(), false)).toBe(
    '3x replayed 1:23/11:30  offered 150/s  served 149/s  errors 1.2 %  UP  down 2 s of 20 s  fault: pay latency +2 s',
  );
});

test('what is not known yet is a dash, never 0', () => {
  const line = formatLive(
    status({ offeredPerSec: null, servedPerSec: null, errorRatio: null, state: null, faults: [] }),
    false,
  );
  expect(line).toBe('3x replayed 1:23/11:30  offered -  served -  errors -  -  down 2 s of 20 s');
});

test('colour only repeats what the words say', () => {
  const colored = formatLive(status({ state: 'DOWN' }), true);
  expect(colored).toContain('\u001b[31mDOWN');
});

test('off a terminal there is a plain line at every change and every 10 s', () => {
  const stderr = new PassThrough();
  const io: Io = { stdout: new PassThrough(), stderr, env: {}, cwd: '/' };
  const view = createLiveView(io);
  for (let second = 0; second <= 12; second++) {
    view.update(status({ elapsedMs: second * 1_000, state: second === 5 ? 'DOWN' : 'UP' }));
  }
  view.note('kept');
  const lines = String(stderr.read()).trimEnd().split('\n');
  expect(lines.map((line) => /\d:\d\d/.exec(line)?.[0] ?? line)).toEqual(['0:00', '0:05', '0:06', 'kept']);
  expect(lines.join()).not.toContain('\u001b');
});

test('on a terminal without a size there are plain lines too', () => {
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 0, rows: 0 });
  const view = createLiveView({ stdout: new PassThrough(), stderr, env: {}, cwd: '/' });
  view.update(status());
  view.update(status({ state: 'DOWN' }));
  view.close();
  expect(String(stderr.read()).trimEnd().split('\n')).toHaveLength(2);
});
