import type { Phase } from '../observe/observation.ts';
import type { RunTimeline, StepTimeline } from '../observe/timeline.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { stepEvents } from './events.ts';
import { faultLabel } from './faults.ts';
import { t0Of } from './grid.ts';
import { budgetMs, downtimeOf } from './judge-step.ts';
import type { SliceState } from './judgement.ts';
import { judgeSlices } from './slices.ts';

/** Pushes come once a second and carry the second before. */
const PUSH_DELAY_MS = 2_000;
const RATE_OVER_MS = 5_000;

/** What the live line shows of the running step. Provisional: turns still running may yet turn a slice DOWN. */
export interface LiveState {
  multiple: number;
  phase: Phase | 'draining';
  /** State of the newest slice that is over; null before the first one. */
  state: SliceState | null;
  chargedMs: number;
  budgetMs: number;
  /** Orders per second over the newest 5 s of slices: planned, good. Null before the first slice is over. */
  offeredPerSec: number | null;
  servedPerSec: number | null;
  /** Bad share of the ended turns in that time; null without an ended turn. */
  badRatio: number | null;
  /** Labels of the faults in force. */
  faults: readonly string[];
  /** The newest three slices that are over are neither DOWN nor UNKNOWN: the next step may start. */
  calm: boolean;
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
  const over = judgeSlices(plan, timeline, step, events, stopAt).filter((slice) => slice.toAt <= stopAt);
  const recentSlices = Math.max(1, Math.ceil(RATE_OVER_MS / step.sliceMs));
  const recent = over.slice(-recentSlices);
  const sum = (figure: (slice: (typeof recent)[number]) => number): number =>
    recent.reduce((total, slice) => total + figure(slice), 0);
  const seconds = sum((slice) => slice.toAt - slice.fromAt) / 1_000;
  const valid = sum((slice) => slice.good + slice.bad);
  const lastThree = over.slice(-3);
  return {
    multiple: step.multiple,
    phase: phaseAt(step, t0, now),
    state: over.at(-1)?.state ?? null,
    chargedMs: downtimeOf(over.filter((slice) => slice.phase !== 'warm-up')).chargedMs,
    budgetMs: budgetMs(plan, step.replayedMs + step.settleMs),
    offeredPerSec: seconds > 0 ? sum((slice) => slice.planned) / seconds : null,
    servedPerSec: seconds > 0 ? sum((slice) => slice.good) / seconds : null,
    badRatio: valid > 0 ? sum((slice) => slice.bad) / valid : null,
    faults: activeFaults(plan, timeline, now),
    calm: lastThree.length === 3 && lastThree.every(({ state }) => state !== 'DOWN' && state !== 'UNKNOWN'),
  };
}

function phaseAt(step: StepTimeline, t0: number, now: number): LiveState['phase'] {
  if (now < t0) return 'warm-up';
  if (now < t0 + step.replayedMs) return 'replayed';
  return now < t0 + step.replayedMs + step.settleMs ? 'settle' : 'draining';
}

function activeFaults(plan: LaunchPlan, timeline: RunTimeline, now: number): string[] {
  return timeline.faultSpans
    .filter((span) => span.onAt <= now && (span.offAt === null || span.offAt > now))
    .flatMap((span) => plan.faults.find((fault) => fault.id === span.fault) ?? [])
    .map(faultLabel);
}
