import type { StepTimeline } from '../../observe/timeline.ts';
import { plannedByJourney } from '../time/arrivals.ts';
import { gridOf } from '../time/grid.ts';
import type { EventCounts } from '../turns/event-counts.ts';
import { eventsBetween, type StepEvents } from '../turns/events.ts';
import type { LoadCell } from './load-state.ts';

/** The turns of a step in the slices in which they are judged. */
export interface StepCells {
  /** Of all journeys together. */
  cells: readonly LoadCell[];
  /** Of each journey by itself, in slices of its own length. */
  perJourney: readonly { journey: string; cells: readonly LoadCell[] }[];
}

export function stepCells(step: StepTimeline, events: StepEvents): StepCells {
  const planned = plannedByJourney(step);
  const cells = cellsOf(step, step.sliceMs, events, planned, null);
  const isOnlyOne = planned.size === 1 && events.byJourney.size <= 1;
  const perJourney = step.schedules.map(({ journey }) => {
    const lengthMs = step.journeySliceMs[journey] ?? step.sliceMs;
    // One journey is all of them: the same cells, judged once.
    const isSame = isOnlyOne && lengthMs === step.sliceMs;
    return { journey, cells: isSame ? cells : cellsOf(step, lengthMs, events, planned, journey) };
  });
  return { cells, perJourney };
}

/** The same cells without what was bad in some seconds. */
export function withoutBadIn(
  seconds: ReadonlySet<number>,
  { cells, perJourney }: StepCells,
  events: StepEvents,
): StepCells {
  const cleaned = (journey: string | null, own: readonly LoadCell[]): LoadCell[] =>
    own.map((cell) => {
      if (!holdsAny(cell, seconds)) return cell;
      const counts: EventCounts = { ...cell.counts };
      for (let second = cell.fromAt / 1_000; second < cell.toAt / 1_000; second++) {
        if (!seconds.has(second)) continue;
        const { bad, firstBad } = eventsBetween(events, journey, second, second + 1);
        counts.bad -= bad;
        counts.firstBad -= firstBad;
      }
      return { ...cell, counts };
    });
  const all = cleaned(null, cells);
  return {
    cells: all,
    perJourney: perJourney.map(({ journey, cells: own }) => ({
      journey,
      cells: own === cells ? all : cleaned(journey, own),
    })),
  };
}

function holdsAny({ fromAt, toAt }: LoadCell, seconds: ReadonlySet<number>): boolean {
  for (let second = fromAt / 1_000; second < toAt / 1_000; second++) if (seconds.has(second)) return true;
  return false;
}

function cellsOf(
  step: StepTimeline,
  lengthMs: number,
  events: StepEvents,
  planned: ReadonlyMap<string, ReadonlyMap<number, number>>,
  journey: string | null,
): LoadCell[] {
  return gridOf(step, lengthMs).map(({ fromAt, toAt }) => {
    const fromSec = fromAt / 1_000;
    const toSec = toAt / 1_000;
    let expected = 0;
    for (const [name, seconds] of planned) {
      if (journey !== null && name !== journey) continue;
      for (let second = fromSec; second < toSec; second++) expected += seconds.get(second) ?? 0;
    }
    return { fromAt, toAt, counts: eventsBetween(events, journey, fromSec, toSec), planned: expected };
  });
}
