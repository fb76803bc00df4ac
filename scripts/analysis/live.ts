import type { SliceState } from '../contract/verdict-words.ts';
import { measuredMsOf } from '../core/step-length.ts';
import type { Phase } from '../observe/observation.ts';
import type { RunTimeline, StepTimeline } from '../observe/timeline.ts';
import { budgetMs } from '../plan/derived/step-times.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { faultLabel } from './faults/fault-label.ts';
import { downtimeOf } from './slices/downtime.ts';
import { judgeSlices } from './slices/slices.ts';
import { t0Of } from './time/grid.ts';
import { stepEvents } from './turns/events.ts';

/** Pushes come once a second and carry the second before. */
const PUSH_DELAY_MS = 2_000;

/** What the live line shows of the running step. Provisional: turns still running may yet turn a slice DOWN. */
export interface LiveState {
  phase: Phase | 'draining';
  /** State of the newest slice that is over; null before the first one. */
  state: SliceState | null;
  chargedMs: number;
  budgetMs: number;
  /** Labels of the faults in force; of one that is not of the plan its id. */
  faults: readonly string[];
}

/** State of a running step at `now`; null until its load has started. */
export function liveState(
  plan: LaunchPlan,
  timeline: RunTimeline,
  step: StepTimeline,
  now: number,
): LiveState | null {
  const t0 = t0Of(step);
  if (t0 === null) return null;
  const stopAt = now - PUSH_DELAY_MS;
  // Successes of earlier steps are left out: only the verdict needs to tell harness faults.
  const events = stepEvents(plan, timeline, step, now, new Map());
  const { slices } = judgeSlices(plan, timeline, step, events, stopAt);
  const over = slices.filter((slice) => slice.toAt <= stopAt);
  return {
    phase: phaseAt(step, t0, now),
    state: over.at(-1)?.state ?? null,
    chargedMs: downtimeOf(over.filter((slice) => slice.phase !== 'warm-up')).chargedMs,
    budgetMs: budgetMs(plan, measuredMsOf(step)),
    faults: activeFaults(plan, timeline, now),
  };
}

function phaseAt(step: StepTimeline, t0: number, now: number): LiveState['phase'] {
  if (now < t0) return 'warm-up';
  if (now < t0 + step.replayedMs) return 'replayed';
  return now < t0 + measuredMsOf(step) ? 'settle' : 'draining';
}

function activeFaults(plan: LaunchPlan, timeline: RunTimeline, now: number): string[] {
  return timeline.faultSpans
    .filter((span) => span.onAt <= now && (span.offAt === null || span.offAt > now))
    .map(({ fault: id }) => {
      const planned = plan.faults.find((fault) => fault.id === id);
      return planned ? faultLabel(planned) : id;
    });
}
