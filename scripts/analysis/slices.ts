import type { RunTimeline, StepTimeline } from '../observe/timeline.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { plannedPerSecond } from './arrivals.ts';
import { combine } from './combine.ts';
import { type EventCounts, noEvents } from './event-counts.ts';
import { eventsBetween, type StepEvents } from './events.ts';
import { type Cell, gridOf, overlaps } from './grid.ts';
import type { JudgedSlice, LoadState } from './judgement.ts';
import { type LoadCell, type LoadRule, loadStates } from './load-state.ts';
import { probeEveryMs, proberStates, probeVerdict } from './prober.ts';
import { sliceHealth } from './slice-health.ts';

/** Readings that say that the mock partners, not the target, held the orders up. */
const MOCKS_AT_FAULT: readonly string[] = ['mocks-slow', 'latency-off'];

/**
 * Every slice of a step, warm-up included, by load, generator health and prober together.
 * `stopAt`: end of what was observed, or Infinity for a step that ran to its end. Slices that reach beyond it have no
 * evidence of the load.
 */
export function judgeSlices(
  plan: LaunchPlan,
  timeline: RunTimeline,
  step: StepTimeline,
  events: StepEvents,
  stopAt: number,
): JudgedSlice[] {
  const grid = gridOf(step, step.sliceMs);
  const planned = plannedByJourney(step);
  const cells = loadCells(grid, events, planned, null);
  const perJourney = step.schedules.map(({ journey }) => ({
    journey,
    cells: loadCells(gridOf(step, step.journeySliceMs[journey] ?? step.sliceMs), events, planned, journey),
  }));
  const load = worstOfAll(plan, events, cells, perJourney, false);
  const strict = worstOfAll(plan, events, cells, perJourney, true);
  const voidedBy = sliceHealth(plan, timeline, step, { cells, perJourney }, stopAt);
  const probePlan = {
    everyMs: probeEveryMs(plan, step.sliceMs),
    journeys: step.schedules.map(({ journey }) => journey),
  };
  const prober = proberStates(grid, probePlan, timeline, probeVerdict(plan, timeline)).map((state, index) =>
    // Canaries need the mock partners too: while these stand still, a failed one says nothing of the target.
    state === 'DOWN' && (voidedBy[index] ?? []).some(({ why }) => MOCKS_AT_FAULT.includes(why))
      ? 'UNKNOWN'
      : state,
  );
  return grid.map((cell, index) => {
    const { counts, planned: expected } = cells[index] ?? { counts: noEvents(), planned: 0 };
    const observed = cell.toAt <= stopAt;
    const evidence = {
      healthy: (voidedBy[index] ?? []).length === 0,
      prober: prober[index] ?? 'UNKNOWN',
      proberDownRun: downRun(prober, index),
      planned: expected,
    };
    const state: LoadState = observed ? (load[index]?.state ?? 'NONE') : 'NONE';
    const strictState: LoadState = observed ? (strict[index]?.state ?? 'NONE') : 'NONE';
    return {
      ...cell,
      ...combine({ ...evidence, load: state }),
      load: state,
      strictDown: combine({ ...evidence, load: strictState }).state === 'DOWN',
      healthy: evidence.healthy,
      unhealthy: (voidedBy[index] ?? []).map(({ why }) => why),
      voidedBy: voidedBy[index] ?? [],
      prober: evidence.prober,
      planned: expected,
      ...figures(counts),
      journeys: load[index]?.journeys ?? [],
    };
  });
}

/** Planned orders by journey and epoch second. */
export function plannedByJourney(step: StepTimeline): ReadonlyMap<string, ReadonlyMap<number, number>> {
  return new Map(step.schedules.map((one) => [one.journey, plannedPerSecond(step, one)]));
}

function figures(counts: EventCounts) {
  return {
    started: counts.started,
    dropped: counts.turnedAway + counts.lost,
    good: counts.good,
    bad: counts.bad,
    firstBad: counts.firstBad,
    confirmed: counts.good - counts.soldOut,
    kinds: counts.kinds,
  };
}

function loadCells(
  grid: readonly Cell[],
  events: StepEvents,
  planned: ReadonlyMap<string, ReadonlyMap<number, number>>,
  journey: string | null,
): LoadCell[] {
  return grid.map((cell) => {
    const fromSec = cell.fromAt / 1_000;
    const toSec = cell.toAt / 1_000;
    let expected = 0;
    for (const [name, seconds] of planned) {
      if (journey !== null && name !== journey) continue;
      for (let second = fromSec; second < toSec; second++) expected += seconds.get(second) ?? 0;
    }
    const counts = eventsBetween(events, journey, fromSec, toSec);
    return { fromAt: cell.fromAt, toAt: cell.toAt, counts, planned: expected };
  });
}

interface LoadJudgement {
  state: LoadState;
  journeys: string[];
}

/** Judged for all events and for each journey by itself: DOWN if any of them is. */
function worstOfAll(
  plan: LaunchPlan,
  events: StepEvents,
  cells: readonly LoadCell[],
  perJourney: readonly { journey: string; cells: readonly LoadCell[] }[],
  strict: boolean,
): LoadJudgement[] {
  const rule = (confirmedAt: readonly number[]): LoadRule => ({
    downAboveRatio: plan.slo.downAboveRatio,
    slowAfterMs: plan.slo.slowAfterMs,
    confirmedAt,
    strict,
  });
  const everyConfirmation = [...events.confirmedAt.values()].flat().sort((a, b) => a - b);
  const judged: LoadJudgement[] = loadStates(cells, rule(everyConfirmation)).map((state) => ({
    state,
    journeys: [],
  }));
  for (const { journey, cells: own } of perJourney) {
    const states = loadStates(own, rule(events.confirmedAt.get(journey) ?? []));
    const downCells = own.filter((_, index) => states[index] === 'DOWN');
    for (const [index, cell] of cells.entries()) {
      if (!downCells.some((down) => overlaps(down, cell))) continue;
      const slice = judged[index];
      if (!slice) continue;
      slice.state = 'DOWN';
      slice.journeys.push(journey);
    }
  }
  return judged;
}

function downRun(states: readonly string[], index: number): number {
  if (states[index] !== 'DOWN') return 0;
  let first = index;
  while (states[first - 1] === 'DOWN') first--;
  let last = index;
  while (states[last + 1] === 'DOWN') last++;
  return last - first + 1;
}
