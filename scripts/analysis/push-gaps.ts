import type { StepTimeline } from '../observe/timeline.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { plannedEndAt } from './grid.ts';
import type { Trouble } from './trouble.ts';

/** k6 pushes every second; a longer silence than this may hide a lost push. */
const PUSH_GAP_ABOVE_MS = 2_500;
/** k6's own words when a push failed ("Failed to send the time series data to the endpoint"). */
const PUSH_FAILED = /time series data|remote[- ]?write/i;

/** Silences between pushes and pushes that never arrived. A lost push may have carried any turn still running then. */
export function pushTroubles(plan: LaunchPlan, step: StepTimeline, untilAt: number): Trouble[] {
  const gaps = pushGaps(step, untilAt)
    .filter((gap) => gap.toAt - gap.fromAt > PUSH_GAP_ABOVE_MS)
    .map((gap) => ({ ...gap, why: 'push-gap' as const }));
  const failedAt = [
    ...step.refusedPushes.map((one) => one.at),
    ...step.k6Log
      .filter((line) => /^(warn|error|fatal)/i.test(line.level) && PUSH_FAILED.test(line.message))
      .map((line) => line.at),
  ];
  const lost = failedAt.map((at) => ({
    fromAt: at - plan.client.patienceMs,
    toAt: at,
    why: 'push-lost' as const,
  }));
  return [...gaps, ...lost];
}

/** Longest time without a push while orders were due, ms; null when the load has not started. */
export function longestPushGapMs(step: StepTimeline, untilAt: number): number | null {
  const gaps = pushGaps(step, untilAt).map((gap) => gap.toAt - gap.fromAt);
  return gaps.length === 0 ? null : gaps.reduce((a, b) => Math.max(a, b));
}

function pushGaps(step: StepTimeline, untilAt: number): { fromAt: number; toAt: number }[] {
  const endAt = Math.min(plannedEndAt(step) ?? untilAt, untilAt);
  if (step.startedAt === null || endAt <= step.startedAt) return [];
  const instants = [step.startedAt];
  for (const push of step.pushes) {
    if (push.at > step.startedAt && push.at < endAt) instants.push(push.at);
  }
  instants.push(endAt);
  return instants.slice(1).map((toAt, index) => ({ fromAt: instants[index] ?? toAt, toAt }));
}
