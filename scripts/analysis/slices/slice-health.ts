import type { Voiding } from '../../contract/verdict-words.ts';
import { STARTS_DIFFER_ORDERS, STARTS_DIFFER_RATIO, STARTS_TRAIL_MS } from '../../core/limits.ts';
import type { RunTimeline, StepTimeline } from '../../observe/timeline.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import { troubles } from '../instrument/health.ts';
import type { Trouble } from '../instrument/trouble.ts';
import { worstOfEach } from '../instrument/voided.ts';
import { waitJudge } from '../instrument/waits.ts';
import { lengthOf, overlaps } from '../time/grid.ts';
import { droppedOf } from '../turns/event-counts.ts';
import type { StepCells } from './step-cells.ts';

/** What speaks against the load evidence of each slice; empty = healthy, or not observed as a whole. */
export function sliceHealth(
  plan: LaunchPlan,
  timeline: RunTimeline,
  step: StepTimeline,
  { cells, perJourney }: StepCells,
  stopAt: number,
): Voiding[][] {
  const untilAt = Number.isFinite(stopAt) ? stopAt : (step.endedAt ?? stopAt);
  const found = [...troubles(plan, timeline, step, untilAt), ...journeyTroubles(perJourney, stopAt)];
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
function journeyTroubles(perJourney: StepCells['perJourney'], stopAt: number): Trouble[] {
  return perJourney.flatMap(({ cells }) =>
    cells.flatMap((cell) => {
      if (cell.toAt > stopAt) return [];
      const { counts } = cell;
      const { fromAt, toAt } = cell;
      return startsDiffer(cell.planned, counts.ordersStarted + droppedOf(counts)).map((one) => ({
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
