import { STOP_TAKES_MS } from '../../core/limits.ts';
import type { StepTimeline } from '../../observe/timeline.ts';

/** Until when a step was observed as planned; Infinity if it ran to its end. */
export function stopAtOf(step: StepTimeline): number {
  if (step.how === 'completed') return Number.POSITIVE_INFINITY;
  if (step.endedAt === null) return step.pushes.at(-1)?.at ?? step.startedAt ?? Number.NEGATIVE_INFINITY;
  // Whatever the reason, our own stop cuts turns off.
  return step.how === 'interrupted' ? step.endedAt - STOP_TAKES_MS : step.endedAt;
}
