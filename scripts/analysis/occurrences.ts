import type { RunTimeline } from '../observe/timeline.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import type { Span } from './judgement.ts';

type Fault = LaunchPlan['faults'][number];

/** How often a fault is meant to come: once, or each time that `every` has passed while `repeat.for` has not. */
export function plannedCount({ repeat }: Pick<Fault, 'repeat'>): number {
  return repeat === null ? 1 : Math.max(1, Math.ceil(repeat.for / repeat.every));
}

/** Its n-th occurrence, counted from 0: offsets from the start of the replayed part, ms. */
export function plannedOccurrence(
  { at, for: lengthMs, repeat }: Pick<Fault, 'at' | 'for' | 'repeat'>,
  index: number,
): { onMs: number; offMs: number } {
  const onMs = at + index * (repeat?.every ?? 0);
  return { onMs, offMs: onMs + lengthMs };
}

/** When the plan expects that orders queue: while faults that promise so are really in force, and met. */
export function queueingSpans(plan: LaunchPlan, { faultSpans }: RunTimeline): Span[] {
  const queued = new Set(plan.faults.filter((fault) => fault.expect === 'queued').map(({ id }) => id));
  return faultSpans
    .filter((span) => span.hit > 0 && queued.has(span.fault))
    .map(({ onAt, offAt }) => ({ fromAt: onAt, toAt: offAt ?? Number.POSITIVE_INFINITY }));
}
