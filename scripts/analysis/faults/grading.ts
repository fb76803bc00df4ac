import type { Grade, RecoveryFigures } from '../../contract/figures.ts';
import type { RecoveryWord } from '../../contract/verdict-words.ts';
import type { Expectation } from '../../core/expectation.ts';
import { ENOUGH_TURNS, LAID_TO_FAULT_MS, USUAL_MS } from '../../core/limits.ts';
import type { FaultSpan, StepTimeline } from '../../observe/timeline.ts';
import type { JudgedSlice, Span } from '../judgement.ts';
import { type Recovery, recoveryFigures, recoveryOf } from '../slices/recovery.ts';
import { quietJudge } from '../time/fault-spans.ts';
import { t0Of } from '../time/grid.ts';
import { firstIndex } from '../time/search.ts';
import { type DurationSum, goodDurationsIn } from './good-durations.ts';
import { observedOf } from './observed.ts';

const SEVERITY: Readonly<Record<Expectation, number>> = {
  unaffected: 0,
  degraded: 1,
  queued: 2,
  'polite-refusal': 3,
  down: 4,
};

/** What was promised for a fault; times as in the plan, ms. */
export interface FaultPromise {
  expect: Expectation | null;
  recoverWithinMs: number | null;
  enforce: boolean;
}

type Graded = Grade & RecoveryFigures;

interface Occurrence {
  span: FaultSpan;
  /** null while it is in force. */
  recovery: Recovery | null;
  /** Until when nothing else befell the target. */
  quietUntilAt: number;
}

/** Grades the faults of one step. `met`: all spans in it that requests met, in order of time. */
export function faultGrader(
  step: StepTimeline,
  slices: readonly JudgedSlice[],
  met: readonly FaultSpan[],
  slowAfterMs: number,
) {
  const quietUntil = quietJudge(met);
  const durations = goodDurationsIn(step, slices);
  const usual = usualDurations(step, durations, met[0]?.onAt ?? Number.NEGATIVE_INFINITY);
  /** `own`: those of `met` that are of the fault. */
  return (promised: FaultPromise, own: readonly FaultSpan[], fired: boolean): Graded => {
    const occurrences = own.map((span): Occurrence => {
      const quietUntilAt = span.offAt === null ? Number.POSITIVE_INFINITY : quietUntil(span.offAt);
      const recovery = span.offAt === null ? null : recoveryOf(slices, span.offAt, quietUntilAt);
      return { span, recovery, quietUntilAt };
    });
    const windows = occurrences.map((one) => windowOf(one, slowAfterMs));
    const firstOnAt = own[0]?.onAt ?? Number.NEGATIVE_INFINITY;
    const observed = observedOf({
      during: touched(slices, windows),
      before: slices.filter((one) => one.toAt <= firstOnAt && one.fromAt >= firstOnAt - USUAL_MS),
      durationsDuring: together(windows.map(({ ends }) => durations(ends))),
      durationsBefore: usual,
    });
    return {
      expected: promised.expect,
      observed,
      recoverWithinMs: promised.recoverWithinMs,
      enforced: promised.enforce,
      kept: keptOf(promised, observed, occurrences, fired),
      ...recoveryFigures(observed === 'unaffected' ? null : worstRecovery(occurrences)),
    };
  };
}

/** Before any fault: of the replayed part, or of the warm-up too if that says too little. */
function usualDurations(
  step: StepTimeline,
  durations: (span: Span) => DurationSum,
  firstOnAt: number,
): DurationSum {
  const replayed = durations({ fromAt: t0Of(step) ?? firstOnAt, toAt: firstOnAt });
  if (replayed.count >= ENOUGH_TURNS) return replayed;
  return durations({ fromAt: step.startedAt ?? firstOnAt, toAt: firstOnAt });
}

interface Window extends Span {
  /** Slices from here on that reach beyond it are those of another fault. */
  quietFromAt: number;
  /** When the good turns ended that it touched. */
  ends: Span;
}

/** Time that is laid to a fault: while it was in force, and until the target had recovered or something else befell it. */
function windowOf(
  { span: { onAt, offAt }, recovery, quietUntilAt }: Occurrence,
  slowAfterMs: number,
): Window {
  if (offAt === null) {
    const open = { fromAt: onAt, toAt: Number.POSITIVE_INFINITY };
    return { ...open, quietFromAt: open.toAt, ends: open };
  }
  const laidMs = Math.min(LAID_TO_FAULT_MS, recovery?.how === 'recovered' ? recovery.ms : LAID_TO_FAULT_MS);
  const endsAt = Math.min(quietUntilAt, offAt + Math.max(laidMs, slowAfterMs));
  return {
    fromAt: onAt,
    toAt: Math.min(quietUntilAt, offAt + laidMs),
    quietFromAt: offAt,
    ends: { fromAt: onAt, toAt: endsAt },
  };
}

/** Slices that overlap any of the windows, each once. */
function touched(slices: readonly JudgedSlice[], windows: readonly Window[]): JudgedSlice[] {
  const found = new Set<JudgedSlice>();
  for (const { fromAt, toAt, quietFromAt } of windows) {
    const first = firstIndex(slices.length, (index) => (slices[index]?.toAt ?? fromAt) > fromAt);
    for (let index = first; index < slices.length; index++) {
      const slice = slices[index];
      if (!slice || slice.fromAt >= toAt) break;
      if (slice.fromAt < quietFromAt || slice.toAt <= toAt) found.add(slice);
    }
  }
  return [...found];
}

const together = (sums: readonly DurationSum[]): DurationSum =>
  sums.reduce((a, b) => ({ count: a.count + b.count, sumMs: a.sumMs + b.sumMs }), { count: 0, sumMs: 0 });

const WORSE: Readonly<Record<RecoveryWord, number>> = {
  recovered: 0,
  'served-again': 1,
  unknown: 2,
  'more-than': 3,
};

/** Of all occurrences the one that was seen least to be recovered from, of these the slowest; null while one is in force. */
function worstRecovery(occurrences: readonly Occurrence[]): Recovery | null {
  const recoveries = occurrences.flatMap(({ recovery }) => recovery ?? []);
  if (recoveries.length < occurrences.length) return null;
  const [worst] = recoveries.sort((a, b) => WORSE[b.how] - WORSE[a.how] || b.ms - a.ms);
  return worst ?? null;
}

/** What is broken is broken whatever is not known; what is kept must be known of every occurrence. */
function keptOf(
  { expect, recoverWithinMs }: FaultPromise,
  observed: Expectation | null,
  occurrences: readonly Occurrence[],
  fired: boolean,
): boolean | null {
  if (occurrences.length === 0) return null;
  const parts = [
    ...(expect === null ? [] : [observed === null ? null : SEVERITY[observed] <= SEVERITY[expect]]),
    ...(recoverWithinMs === null
      ? []
      : occurrences.map(({ recovery }) => recoveredWithin(recovery, recoverWithinMs, observed))),
  ];
  if (parts.length === 0) return null;
  if (parts.includes(false)) return false;
  const over = occurrences.every(({ span }) => span.offAt !== null);
  return fired && over && !parts.includes(null) ? true : null;
}

function recoveredWithin(
  recovery: Recovery | null,
  withinMs: number,
  observed: Expectation | null,
): boolean | null {
  if (recovery === null) return null;
  const { how, ms, notBeforeMs } = recovery;
  // Who stayed up, as far as was watched, has nothing to recover from.
  if (observed === 'unaffected' && how !== 'unknown') return true;
  if (how === 'recovered' && ms <= withinMs) return true;
  return notBeforeMs > withinMs || (how === 'more-than' && ms >= withinMs) ? false : null;
}
