import { PeakproofError } from '../core/errors.ts';
import { EXIT } from '../core/exit-codes.ts';
import { RECOVERED_SLICES } from '../core/limits.ts';
import { formatDurationMs } from '../core/quantities.ts';
import { plannedCount, plannedOccurrence } from '../plan/derived/step-times.ts';
import type { Fault } from '../plan/fault.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';

/**
 * Faults whose recovery can't be seen: between an end of theirs and the next fault of any partner lies less than
 * `recoverWithin` and three slices. One warning for each.
 * @throws PeakproofError (exit 2) `fault-gap` if one of them has `enforce`: its promise could never be proven
 */
export function faultGaps(plan: LaunchPlan, sliceMs: number): string[] {
  const starts = plan.faults
    .flatMap((fault) => occurrencesOf(fault).map(({ onMs }) => ({ onMs, fault })))
    .sort((a, b) => a.onMs - b.onMs);
  const tight = plan.faults.flatMap((fault) => {
    if (fault.recoverWithinMs === null) return [];
    const neededMs = fault.recoverWithinMs + RECOVERED_SLICES * sliceMs;
    const gaps = occurrencesOf(fault).flatMap(({ offMs }) => {
      const next = starts.find(({ onMs }) => onMs >= offMs);
      return next && next.onMs - offMs < neededMs ? [{ gapMs: next.onMs - offMs, next: next.fault }] : [];
    });
    const [first] = gaps.sort((a, b) => a.gapMs - b.gapMs);
    return first ? [{ fault, neededMs, ...first }] : [];
  });
  const enforced = tight.find(({ fault }) => fault.enforce);
  if (enforced) {
    throw new PeakproofError({
      code: 'fault-gap',
      message: `${gapText(enforced, sliceMs)}, so its promise can't be proven.`,
      hint: `Begin ${enforced.next.id} later, shorten \`recoverWithin\`, or take \`enforce\` from ${enforced.fault.id}.`,
      exitCode: EXIT.usage,
    });
  }
  return tight.map((one) => `${gapText(one, sliceMs)}: leave more time, or its recovery may not be seen`);
}

interface Tight {
  fault: Fault;
  neededMs: number;
  gapMs: number;
  next: Fault;
}

const gapText = ({ fault, neededMs, gapMs, next }: Tight, sliceMs: number): string =>
  `${next.id} comes ${formatDurationMs(gapMs)} after an end of ${fault.id}, which may take ${formatDurationMs(fault.recoverWithinMs ?? 0)} to recover and ` +
  `then needs ${RECOVERED_SLICES} slices of ${formatDurationMs(sliceMs)} (${formatDurationMs(neededMs)} in all)`;

const occurrencesOf = (fault: Fault): { onMs: number; offMs: number }[] =>
  Array.from({ length: plannedCount(fault) }, (_, index) => plannedOccurrence(fault, index));
