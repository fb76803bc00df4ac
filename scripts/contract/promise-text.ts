import { RECOVERED_SLICES } from '../core/limits.ts';
import { formatDurationMs } from '../core/quantities.ts';
import type { Grade, RecoveryFigures } from './figures.ts';

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
  ...recovery
}: Promised & Pick<Grade, 'observed'> & RecoveryFigures): string {
  const was = observed === null ? 'not enough evidence' : `was ${observed}`;
  // Who stayed up has nothing to recover from, unless it was asked for.
  const asked = recoverWithinMs !== null || observed === 'down';
  const isSeen = recovery.recovery === 'recovered' && (asked || (recovery.timeToRecoverMs ?? 0) > 0);
  return asked || isSeen ? [was, recoveryText(recovery)].filter((part) => part !== '').join(', ') : was;
}

/** How soon the target had recovered, e.g. `served again after 2 s, 2 of 3 slices seen`; empty without anything to recover from. */
export function recoveryText({ timeToRecoverMs, recovery, goodSlices }: RecoveryFigures): string {
  if (timeToRecoverMs === null || recovery === null) return '';
  const after = formatDurationMs(timeToRecoverMs);
  switch (recovery) {
    case 'recovered':
      return `recovered after ${after}`;
    case 'served-again':
      return `served again after ${after}, ${goodSlices} of ${RECOVERED_SLICES} slices seen`;
    case 'more-than':
      return `took more than ${after} to recover`;
    case 'unknown':
      return 'recovery not seen';
  }
}

/** What came of the promise, for a line of its own; empty where nothing was promised. */
export function keptText({ kept, enforced, expected, recoverWithinMs }: Grade): string {
  if (expected === null && recoverWithinMs === null) return '';
  if (kept === null) return 'not proven';
  if (kept) return 'kept';
  return enforced ? 'BROKEN (enforced)' : 'BROKEN';
}
