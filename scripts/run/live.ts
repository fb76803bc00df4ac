import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import { canRedraw, type Io } from '../core/io.ts';
import { formatDurationMs } from '../core/quantities.ts';
import type { Phase } from '../observe/observation.ts';

/** What the live line shows of the newest full second. */
export interface LiveStatus {
  multiple: number;
  /** draining: the schedule is over, the last turns are still running. */
  phase: Phase | 'draining';
  /** Since the start of the warm-up, and the length of the whole step. */
  elapsedMs: number;
  stepMs: number;
  offeredPerSec: number | null;
  servedPerSec: number | null;
  /** Bad ÷ ended turns of that second; null when none ended. */
  errorRatio: number | null;
  /** Of the newest slice that is over; null before the first one. */
  state: 'UP' | 'DEGRADED' | 'DOWN' | 'UNKNOWN' | null;
  chargedMs: number;
  budgetMs: number;
  /** Labels of the faults in force. */
  faults: readonly string[];
}

export interface LiveView {
  update(status: LiveStatus): void;
  /** A line that stays, above the live line. */
  note(line: string): void;
  close(): void;
}

const PLAIN_EVERY_MS = 10_000;

/** One line redrawn each second on a terminal; elsewhere a plain line every 10 s and whenever phase, state or faults change. */
export function createLiveView(io: Io): LiveView {
  return canRedraw(io) ? terminalView(io) : plainView(io);
}

function terminalView(io: Io): LiveView {
  const redraw = createLogUpdate(io.stderr, { showCursor: true });
  const color = !io.env['NO_COLOR'];
  let shown = '';
  return {
    update(status) {
      shown = formatLive(status, color);
      redraw(shown);
    },
    note(line) {
      redraw.clear();
      io.stderr.write(`${line}\n`);
      if (shown !== '') redraw(shown);
    },
    close() {
      redraw.clear();
      redraw.done();
      shown = '';
    },
  };
}

function plainView(io: Io): LiveView {
  let key = '';
  let printedAtMs = Number.NEGATIVE_INFINITY;
  return {
    update(status) {
      const newKey = [status.multiple, status.phase, status.state, ...status.faults].join();
      if (newKey === key && status.elapsedMs - printedAtMs < PLAIN_EVERY_MS) return;
      key = newKey;
      printedAtMs = status.elapsedMs;
      io.stderr.write(`${formatLive(status, false)}\n`);
    },
    note(line) {
      io.stderr.write(`${line}\n`);
    },
    close() {},
  };
}

/** `3x replayed 0:23/1:15  offered 150/s  served 149/s  errors 0.0 %  UP  down 0 s of 5 s  fault: pay latency +2s` */
export function formatLive(status: LiveStatus, color: boolean): string {
  const paint = { UP: 'green', DEGRADED: 'yellow', DOWN: 'red', UNKNOWN: 'magenta' } as const;
  const state =
    color && status.state !== null
      ? styleText(paint[status.state], status.state, { validateStream: false })
      : (status.state ?? '-');
  const rate = (perSec: number | null): string => (perSec === null ? '-' : `${Math.round(perSec)}/s`);
  return [
    `${status.multiple}x ${status.phase} ${clock(status.elapsedMs)}/${clock(status.stepMs)}`,
    `offered ${rate(status.offeredPerSec)}`,
    `served ${rate(status.servedPerSec)}`,
    `errors ${status.errorRatio === null ? '-' : `${(status.errorRatio * 100).toFixed(1)} %`}`,
    state,
    `down ${formatDurationMs(status.chargedMs)} of ${formatDurationMs(status.budgetMs)}`,
    ...(status.faults.length > 0 ? [`fault: ${status.faults.join(', ')}`] : []),
  ].join('  ');
}

function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
