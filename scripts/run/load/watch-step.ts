import { liveState } from '../../analysis/live.ts';
import type { TimelineBuilder } from '../../observe/fold/fold.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import type { EarlyEnd } from '../early-end.ts';
import type { LiveView } from '../live.ts';
import type { PreparedStep } from '../prepare.ts';

export interface WatchOptions {
  plan: LaunchPlan;
  step: PreparedStep;
  timeline: TimelineBuilder;
  live: LiveView;
  targetDead: () => boolean;
  earlyEnd: EarlyEnd;
}

const EVERY_MS = 1_000;
/** Time between two judgements, in multiples of what one takes. */
const SPARE_RATIO = 20;

/** Shows the running step once a second (a long step less often), and ends it when a dead target has spent the budget. Returns how to stop. */
export function watchStep(options: WatchOptions): () => void {
  let timer = setTimeout(tick, EVERY_MS);
  function tick(): void {
    const startedAt = performance.now();
    watch(options, Date.now());
    // Judging a long step again takes longer; it must not starve the collector.
    timer = setTimeout(tick, Math.max(EVERY_MS, SPARE_RATIO * (performance.now() - startedAt)));
  }
  return () => clearTimeout(timer);
}

function watch({ plan, step, timeline, live, targetDead, earlyEnd }: WatchOptions, now: number): void {
  const snapshot = timeline.snapshot();
  const running = snapshot.steps.find((one) => one.step === step.index);
  if (!running || running.startedAt === null) return;
  const judged = liveState(plan, snapshot, running, now);
  if (judged === null) return;
  const { phase, state, chargedMs, budgetMs, faults } = judged;
  const rates = timeline.live();
  const ended = rates === null ? 0 : rates.servedPerSec + rates.errorsPerSec;
  live.update({
    multiple: step.schedule.multiple,
    phase,
    elapsedMs: now - running.startedAt,
    stepMs: step.lengthMs,
    offeredPerSec: rates === null ? null : rates.startedPerSec + rates.droppedPerSec,
    servedPerSec: rates?.servedPerSec ?? null,
    errorRatio: rates === null || ended === 0 ? null : rates.errorsPerSec / ended,
    state,
    chargedMs,
    budgetMs,
    faults,
  });
  if (targetDead() && chargedMs > budgetMs) earlyEnd.end('target-died');
}
