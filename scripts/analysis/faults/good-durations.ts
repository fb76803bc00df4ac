import type { StepTimeline } from '../../observe/timeline.ts';
import type { JudgedSlice, Span } from '../judgement.ts';
import { firstIndex } from '../time/search.ts';

/** A push tells of the turns that ended in the second before it. */
const PUSH_EVERY_MS = 1_000;

export interface DurationSum {
  count: number;
  sumMs: number;
}

/** Durations of the good turns that ended in some time, from pushes that no unhealthy slice of the load touches. */
export function goodDurationsIn(
  step: StepTimeline,
  slices: readonly JudgedSlice[],
): (span: Span) => DurationSum {
  const pushes = step.durations
    .filter(({ outcome }) => outcome === 'good')
    .flatMap((durations) => durations.pushes)
    .filter(({ at }) => !touchesUnhealthy(slices, { fromAt: at - PUSH_EVERY_MS, toAt: at }))
    .sort((a, b) => a.at - b.at);
  const sums: DurationSum[] = [{ count: 0, sumMs: 0 }];
  for (const { count, sumMs } of pushes) {
    const before = sums.at(-1) ?? { count: 0, sumMs: 0 };
    sums.push({ count: before.count + count, sumMs: before.sumMs + sumMs });
  }
  const upTo = (at: number): DurationSum =>
    sums[firstIndex(pushes.length, (index) => (pushes[index]?.at ?? at) > at)] ?? { count: 0, sumMs: 0 };
  return ({ fromAt, toAt }) => {
    const [before, after] = [upTo(fromAt), upTo(Math.max(fromAt, toAt))];
    return { count: after.count - before.count, sumMs: after.sumMs - before.sumMs };
  };
}

function touchesUnhealthy(slices: readonly JudgedSlice[], { fromAt, toAt }: Span): boolean {
  const first = firstIndex(slices.length, (index) => (slices[index]?.toAt ?? fromAt) > fromAt);
  for (let index = first; index < slices.length; index++) {
    const slice = slices[index];
    if (!slice || slice.fromAt >= toAt) return false;
    if (!slice.healthy) return true;
  }
  return false;
}
