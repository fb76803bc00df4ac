import { CANARIES_A_SLICE, CANARY_EVERY_AT_LEAST_MS, CANARY_EVERY_AT_MOST_MS } from '../../core/limits.ts';
import type { FaultTimes } from '../fault.ts';
import type { LaunchPlan } from '../launch-plan.ts';

/** Downtime that a step may spend: declared, or pro rata to its length. */
export function budgetMs(plan: LaunchPlan, measuredMs: number): number {
  return plan.slo.downtimeBudgetMs ?? (plan.slo.allowedDowntimeMs * measuredMs) / plan.forecast.windowMs;
}

/** How often a fault is meant to come: once, or each time that `everyMs` has passed while `repeat.forMs` has not. */
export function plannedCount({ repeat }: Pick<FaultTimes, 'repeat'>): number {
  return repeat === null ? 1 : Math.max(1, Math.ceil(repeat.forMs / repeat.everyMs));
}

/** Its n-th occurrence, counted from 0: offsets from the start of the replayed part, ms. */
export function plannedOccurrence(
  { atMs, forMs, repeat }: FaultTimes,
  index: number,
): { onMs: number; offMs: number } {
  const onMs = atMs + index * (repeat?.everyMs ?? 0);
  return { onMs, offMs: onMs + forMs };
}

/** Time between probes of a slice: the plan's, else five a slice, between 1/s and 5/s. */
export function probeEveryMs(plan: LaunchPlan, sliceMs: number): number {
  const everyMs = Math.max(CANARY_EVERY_AT_LEAST_MS, sliceMs / CANARIES_A_SLICE);
  return plan.probe.everyMs ?? Math.min(CANARY_EVERY_AT_MOST_MS, everyMs);
}

/** Measured time of each step of a plan, ms. */
export function measuredMsByPlan({ forecast, rehearsal }: LaunchPlan): number {
  const { replay, settleMs } = rehearsal;
  return (replay.kind === 'whole' ? forecast.windowMs : replay.lengthMs) + settleMs;
}
