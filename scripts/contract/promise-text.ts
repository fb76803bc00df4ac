import { formatDurationMs } from '../core/quantities.ts';
import type { Grade } from './figures.ts';

type Promised = Pick<Grade, 'expected' | 'recoverWithinMs'>;

/** A promise in words, e.g. `promised degraded within 60 s`; empty for none. */
export function promiseText({ expected, recoverWithinMs }: Promised): string {
  if (recoverWithinMs === null) return expected === null ? '' : `promised ${expected}`;
  return `promised ${expected ?? 'to recover'} within ${formatDurationMs(recoverWithinMs)}`;
}

/** What came of it, e.g. `was down, recovered after 2.3 s`. */
export function gradeText({
  observed,
  recoverWithinMs,
  timeToRecoverMs,
}: Promised & Pick<Grade, 'observed'> & { timeToRecoverMs: number | null }): string {
  const was = observed === null ? 'not enough evidence' : `was ${observed}`;
  // Who stayed up has nothing to recover from, unless it was asked for.
  const asked = recoverWithinMs !== null || observed === 'down';
  if (timeToRecoverMs === null) return asked ? `${was}, not seen to recover` : was;
  return asked || timeToRecoverMs > 0 ? `${was}, recovered after ${formatDurationMs(timeToRecoverMs)}` : was;
}

/** What came of the promise, for a line of its own; empty where nothing was promised. */
export function keptText({ kept, enforced, expected, recoverWithinMs }: Grade): string {
  if (expected === null && recoverWithinMs === null) return '';
  if (kept === null) return 'not proven';
  if (kept) return 'kept';
  return enforced ? 'BROKEN (enforced)' : 'BROKEN';
}
