import type { Expectation } from '../../core/expectation.ts';
import {
  CHANGED_ABOVE_RATIO,
  ENOUGH_TURNS,
  SLOWER_BY_MS,
  SLOWER_TIMES,
  UNKNOWN_AT_MOST_RATIO,
} from '../../core/limits.ts';
import { sumBy } from '../../core/statistics.ts';
import type { JudgedSlice } from '../judgement.ts';
import { beyondChance } from '../time/chance.ts';
import { lengthOf } from '../time/grid.ts';
import type { DurationSum } from './good-durations.ts';

export interface FaultEvidence {
  /** Slices that the fault touched, and those just before it. */
  during: readonly JudgedSlice[];
  before: readonly JudgedSlice[];
  /** Durations of the good turns that it touched, and of those before any fault. */
  durationsDuring: DurationSum;
  durationsBefore: DurationSum;
}

/** How the target stood a fault, in the words of a promise: the heaviest that the evidence shows; null = no evidence. */
export function observedOf(evidence: FaultEvidence): Expectation | null {
  const { during } = evidence;
  if (during.some(({ state }) => state === 'DOWN')) return 'down';
  const unknown = during.filter(({ state }) => state === 'UNKNOWN');
  if (during.length === 0 || msOf(unknown) > UNKNOWN_AT_MOST_RATIO * msOf(during)) return null;
  const more = moreThanBefore(evidence);
  if (more(({ soldOut, closed }) => soldOut + closed)) return 'polite-refusal';
  if (more(({ byTicket, byRetryAfter }) => byTicket + byRetryAfter)) return 'queued';
  if (during.some(({ state }) => state === 'DEGRADED') || more(({ firstBad }) => firstBad)) return 'degraded';
  const slower = isSlower(evidence);
  if (slower === null) return null;
  return slower ? 'degraded' : 'unaffected';
}

const msOf = (slices: readonly JudgedSlice[]): number => sumBy(slices, lengthOf);

/** Whether such turns are over 1 % of all, and more than just before, by more than chance brings. */
function moreThanBefore({ during, before }: FaultEvidence) {
  const [now, then] = [during.filter(isSound), before.filter(isSound)];
  const [valid, validThen] = [sumBy(now, validOf), sumBy(then, validOf)];
  return (count: (counts: JudgedSlice['counts']) => number): boolean => {
    const sum = (slices: readonly JudgedSlice[]): number => sumBy(slices, ({ counts }) => count(counts));
    const usual = validThen === 0 ? 0 : sum(then) / validThen;
    return valid > 0 && beyondChance(sum(now), valid, Math.max(CHANGED_ABOVE_RATIO, usual));
  };
}

const isSound = ({ healthy, state }: JudgedSlice): boolean => healthy && state !== 'UNKNOWN';
const validOf = ({ counts }: JudgedSlice): number => counts.good + counts.bad;

/** null: too few good turns to say. */
function isSlower({ durationsDuring: now, durationsBefore: then }: FaultEvidence): boolean | null {
  if (now.count < ENOUGH_TURNS || then.count < ENOUGH_TURNS) return null;
  const [meanMs, usualMs] = [now.sumMs / now.count, then.sumMs / then.count];
  return meanMs > SLOWER_TIMES * usualMs && meanMs - usualMs > SLOWER_BY_MS;
}
