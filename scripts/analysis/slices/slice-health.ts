import type { Voiding } from '../../contract/verdict-words.ts';
import { STARTS_DIFFER_ORDERS, STARTS_DIFFER_RATIO, STARTS_TRAIL_MS } from '../../core/limits.ts';
import { sumOf } from '../../core/statistics.ts';
import type { RunTimeline, StepTimeline } from '../../observe/timeline.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import { troubles } from '../instrument/health.ts';
import type { Trouble } from '../instrument/trouble.ts';
import { worstOfEach } from '../instrument/voided.ts';
import { waitJudge } from '../instrument/waits.ts';
import type { Span } from '../judgement.ts';
import { gridOf, lengthOf, overlaps } from '../time/grid.ts';
import type { EventCounts } from '../turns/event-counts.ts';
import { droppedOf } from '../turns/event-counts.ts';
import { secondsOf, type TurnRun } from './turn-runs.ts';

/** What was planned in a slice, and what became of it. */
export interface CountedSlice extends Span {
  planned: number;
  counts: Readonly<EventCounts>;
}

/** What speaks against the load evidence of each slice; empty = healthy, or not observed as a whole. */
export function sliceHealth(
  plan: LaunchPlan,
  timeline: RunTimeline,
  step: StepTimeline,
  { cells, runs }: { cells: readonly CountedSlice[]; runs: readonly TurnRun[] },
  stopAt: number,
): Voiding[][] {
  const untilAt = Number.isFinite(stopAt) ? stopAt : (step.endedAt ?? stopAt);
  const found = [...troubles(plan, timeline, step, untilAt), ...journeyTroubles(step, runs, stopAt)];
  const waited = waitJudge(step);
  let plannedSoFar = 0;
  let countedSoFar = 0;
  return cells.map((cell) => {
    if (cell.toAt > stopAt) return [];
    const { counts } = cell;
    const counted = counts.ordersStarted + droppedOf(counts);
    plannedSoFar += cell.planned;
    countedSoFar += counted;
    const arrivals = arrivalTroubles({
      planned: cell.planned,
      counted,
      plannedSoFar,
      countedSoFar,
      lengthMs: lengthOf(cell),
      dropped: counts.droppedByK6,
      generatorErrors: counts.generator,
      endsMissing: counts.endsMissing,
    });
    // Starts that are missing for good make their own slice unhealthy; only lateness is carried into the next ones.
    if (arrivals.some(({ why }) => why === 'starts-differ')) countedSoFar = plannedSoFar;
    return worstOfEach([...arrivals, ...waited(cell), ...found.filter((one) => overlaps(one, cell))]);
  });
}

/** A small journey that does not start at all must not hide in what all of them together may miss. */
function journeyTroubles(step: StepTimeline, runs: readonly TurnRun[], stopAt: number): Trouble[] {
  const seconds = secondsOf(step);
  return runs
    .filter(({ journey, journeyStep }) => journey !== null && journeyStep === null)
    .flatMap(({ lengthMs, columns }) =>
      gridOf(step, lengthMs).flatMap(({ fromAt, toAt }) => {
        if (toAt > stopAt) return [];
        const sum = (column: Float64Array): number =>
          sumOf([...column.subarray(fromAt / 1_000 - seconds.from, toAt / 1_000 - seconds.from)]);
        return startsDiffer(sum(columns.planned), sum(columns.begun)).map((one) => ({
          ...one,
          fromAt,
          toAt,
        }));
      }),
    );
}

function startsDiffer(planned: number, counted: number): Voiding[] {
  const allowed = Math.max(STARTS_DIFFER_RATIO * planned, STARTS_DIFFER_ORDERS);
  const reading = Math.abs(planned - counted);
  return reading > allowed ? [{ why: 'starts-differ', reading, allowed, unit: 'orders' }] : [];
}

/** Orders that were planned and counted up to the end of a slice, and in it. */
export interface ArrivalFigures {
  planned: number;
  /** Started + dropped. */
  counted: number;
  plannedSoFar: number;
  countedSoFar: number;
  lengthMs: number;
  dropped: number;
  generatorErrors: number;
  endsMissing: number;
}

/** What the turns of one slice say against its own load evidence. */
function arrivalTroubles(figures: ArrivalFigures): Voiding[] {
  const { planned, counted, plannedSoFar, countedSoFar, lengthMs } = figures;
  const found = startsDiffer(planned, counted);
  const orders = { allowed: 0, unit: 'orders' as const };
  const behind = plannedSoFar - countedSoFar;
  // In a slice without planned orders whatever is behind is behind by the whole slice.
  const behindMs = planned > 0 ? (behind / planned) * lengthMs : lengthMs;
  if (behind > STARTS_DIFFER_ORDERS && behindMs > STARTS_TRAIL_MS) {
    found.push({ why: 'starts-trail', reading: behindMs, allowed: STARTS_TRAIL_MS, unit: 'ms' });
  }
  if (figures.dropped > 0) found.push({ ...orders, why: 'dropped', reading: figures.dropped });
  if (figures.generatorErrors > 0) {
    found.push({ ...orders, why: 'local-errors', reading: figures.generatorErrors });
  }
  if (figures.endsMissing > 0) found.push({ ...orders, why: 'ends-missing', reading: figures.endsMissing });
  return found;
}
