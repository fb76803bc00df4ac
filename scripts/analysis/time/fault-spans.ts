import type { FaultSpan, RunTimeline, StepTimeline } from '../../observe/timeline.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import type { Span } from '../judgement.ts';
import { firstIndex } from './search.ts';

/** Each time that a fault was in force in a step, whoever had asked for it, in order of time. */
export function spansInStep({ faultSpans }: RunTimeline, step: StepTimeline): FaultSpan[] {
  if (step.startedAt === null) return [];
  const from = step.startedAt;
  const to = step.endedAt ?? Number.POSITIVE_INFINITY;
  return faultSpans
    .filter((span) => span.onAt <= to && (span.onAt >= from || span.offAt === null || span.offAt > from))
    .sort((a, b) => a.onAt - b.onAt);
}

/**
 * Tells until when nothing else befell the target after an instant: up to the next time that a fault comes into force,
 * or not at all if another one is in force then. `met`: the spans that requests met, in order of time.
 */
export function quietJudge(met: readonly Pick<FaultSpan, 'onAt' | 'offAt'>[]): (fromAt: number) => number {
  const latestOffAt: number[] = [];
  for (const { offAt } of met) {
    latestOffAt.push(Math.max(latestOffAt.at(-1) ?? 0, offAt ?? Number.POSITIVE_INFINITY));
  }
  return (fromAt) => {
    const next = firstIndex(met.length, (index) => (met[index]?.onAt ?? fromAt) >= fromAt);
    if ((latestOffAt[next - 1] ?? 0) > fromAt) return fromAt;
    return met[next]?.onAt ?? Number.POSITIVE_INFINITY;
  };
}

/** When the plan expects that orders queue: while faults that promise so are really in force, and met. */
export function queueingSpans(plan: LaunchPlan, { faultSpans }: RunTimeline): Span[] {
  const queued = new Set(plan.faults.filter((fault) => fault.expect === 'queued').map(({ id }) => id));
  return faultSpans
    .filter((span) => span.hit > 0 && queued.has(span.fault))
    .map(({ onAt, offAt }) => ({ fromAt: onAt, toAt: offAt ?? Number.POSITIVE_INFINITY }));
}
