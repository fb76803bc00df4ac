import { PUSH_GAP_ABOVE_MS } from '../../core/limits.ts';
import type { StepTimeline } from '../../observe/timeline.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import type { Span } from '../judgement.ts';
import { plannedEndAt } from '../time/grid.ts';
import type { Trouble } from './trouble.ts';

/** k6's own words when a push failed ("Failed to send the time series data to the endpoint"). */
const PUSH_FAILED = /time series data|remote[- ]?write/i;
/** k6 warns that samples "may be dropped" when a push took over a second; it keeps them (prometheusrw/remotewrite.go). */
const PUSH_SLOW = /^Successful flushed/;

/** Silences between pushes and pushes that never arrived. A lost push may have carried any turn still running then. */
export function pushTroubles(plan: LaunchPlan, step: StepTimeline, untilAt: number): Trouble[] {
  const gaps = pushGaps(step, untilAt)
    .filter((gap) => gap.toAt - gap.fromAt > PUSH_GAP_ABOVE_MS)
    .map((gap) => ({
      ...reachOf(step, gap),
      why: 'push-gap' as const,
      reading: gap.toAt - gap.fromAt,
      allowed: PUSH_GAP_ABOVE_MS,
      unit: 'ms' as const,
    }));
  const failedAt = [
    ...step.refusedPushes.map((one) => one.at),
    ...step.k6Log
      .filter(({ level, message }) => /^(warn|error|fatal)/i.test(level) && PUSH_FAILED.test(message))
      .filter(({ message }) => !PUSH_SLOW.test(message))
      .map((line) => line.at),
  ];
  const lost = failedAt.map((at) => ({
    fromAt: at - plan.client.patienceMs,
    toAt: at,
    why: 'push-lost' as const,
    reading: failedAt.length,
    allowed: 0,
    unit: 'pushes' as const,
  }));
  return [...gaps, ...lost];
}

/** Longest time without a push of a k6 process until the step was over, ms; null when the load has not started. */
export function longestPushGapMs(step: StepTimeline, untilAt: number): number | null {
  const gaps = pushGaps(step, untilAt).map((gap) => gap.toAt - gap.fromAt);
  return gaps.length === 0 ? null : gaps.reduce((a, b) => Math.max(a, b));
}

/** Of each k6 process by itself: the pushes of one must not hide the silence of another. */
function pushGaps(step: StepTimeline, untilAt: number): Span[] {
  const { startedAt } = step;
  if (startedAt === null || untilAt <= startedAt) return [];
  const instances = new Set(
    [...step.pushes, ...step.cpu].flatMap(({ instance }) => (instance === null ? [] : [instance])),
  );
  const senders = instances.size === 0 ? [null] : [...instances];
  return senders.flatMap((sender) => {
    const instants = [startedAt];
    for (const { at, instance } of step.pushes) {
      // A push that names nobody can only be told to belong to a process that is alone.
      const isOurs = instance === sender || (instance === null && senders.length === 1);
      if (isOurs && at > startedAt && at < untilAt) instants.push(at);
    }
    instants.push(untilAt);
    return instants.slice(1).map((toAt, index) => ({ fromAt: instants[index] ?? toAt, toAt }));
  });
}

/** After the planned end no turn starts any more: a gap then concerns those that had not ended before it. */
function reachOf(step: StepTimeline, gap: Span): Span {
  const endAt = plannedEndAt(step) ?? gap.toAt;
  if (gap.fromAt < endAt) return gap;
  let oldest = Number.POSITIVE_INFINITY;
  for (const turn of step.turns) if (turn.endedBy > gap.fromAt) oldest = Math.min(oldest, turn.second);
  return { fromAt: Math.min(oldest * 1_000, gap.fromAt), toAt: gap.toAt };
}
