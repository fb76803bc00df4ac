import { CLOCK_STEP_ABOVE_MS, CPU_ABOVE_RATIO } from '../../core/limits.ts';
import { meanOf } from '../../core/statistics.ts';
import type { RunTimeline, StepTimeline } from '../../observe/timeline.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import { mockTroubles } from './mocks-health.ts';
import { pushTroubles } from './push-gaps.ts';
import { type Reading, sustained } from './sustained.ts';
import type { Trouble } from './trouble.ts';

/** Readings come once a second; those of several processes for one instant lie this close together. */
const SAME_READING_MS = 500;

/** What the readings beside the turns say against the load evidence of a step. `untilAt`: end of what was observed. */
export function troubles(
  plan: LaunchPlan,
  timeline: RunTimeline,
  step: StepTimeline,
  untilAt: number,
): Trouble[] {
  return [
    ...cpuTroubles(step),
    ...mockTroubles(timeline, untilAt),
    ...pushTroubles(plan, step, untilAt),
    ...clockTroubles(timeline),
  ];
}

/** CPU of the k6 processes of this machine together, by instant. Their shares are of the same cores. */
export function cpuReadings(step: StepTimeline): Reading[] {
  const byInstant: { at: number; value: number; of: Set<string> }[] = [];
  for (const { at, instance, cpuRatio } of [...step.cpu].sort((a, b) => a.at - b.at)) {
    if (cpuRatio === null) continue;
    const open = byInstant.at(-1);
    if (open && !open.of.has(instance) && at - open.at <= SAME_READING_MS) {
      open.value += cpuRatio;
      open.of.add(instance);
    } else byInstant.push({ at, value: cpuRatio, of: new Set([instance]) });
  }
  return byInstant.map(({ at, value }) => ({ at, value }));
}

function cpuTroubles(step: StepTimeline): Trouble[] {
  return sustained(cpuReadings(step), meanOf, CPU_ABOVE_RATIO).map((span) => ({
    ...span,
    why: 'cpu' as const,
    allowed: CPU_ABOVE_RATIO,
    unit: 'ratio' as const,
  }));
}

/** A jump may misplace turns around it and moves everything after it against the plan. */
function clockTroubles(timeline: RunTimeline): Trouble[] {
  return timeline.clockSteps
    .filter((one) => Math.abs(one.byMs) > CLOCK_STEP_ABOVE_MS)
    .map(({ at, byMs }) => ({
      fromAt: at - 1_000 - Math.abs(byMs),
      toAt: at + 1_000 + Math.abs(byMs),
      why: 'clock-step' as const,
      reading: Math.abs(byMs),
      allowed: CLOCK_STEP_ABOVE_MS,
      unit: 'ms' as const,
    }));
}
