import type { RunTimeline, StepTimeline } from '../observe/timeline.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { plannedPerSecond } from './arrivals.ts';
import { combine } from './combine.ts';
import { type EventCounts, noEvents } from './event-counts.ts';
import { eventsBetween, type StepEvents } from './events.ts';
import { type Cell, gridOf, lengthOf, overlaps } from './grid.ts';
import { arrivalTroubles, troubles } from './health.ts';
import type { JudgedSlice, LoadState } from './judgement.ts';
import { type LoadCell, type LoadRule, loadStates } from './load-state.ts';
import { probeEveryMs, proberStates, probeVerdict } from './prober.ts';
import { carriedBack } from './stood-still.ts';

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
  const load = worstOfAll(plan, step, events, planned, cells, false);
  const strict = worstOfAll(plan, step, events, planned, cells, true);
  const unhealthy = carriedBack(
    cells,
    unhealthyWords(plan, timeline, step, cells, stopAt),
    plan.slo.slowAfterMs,
  );
  const probePlan = {
    everyMs: probeEveryMs(plan, step.sliceMs),
    journeys: step.schedules.map(({ journey }) => journey),
  };
  const prober = proberStates(grid, probePlan, timeline, probeVerdict(plan, timeline)).map((state, index) =>
    // Canaries need the mock partners too: while these stand still, a failed one says nothing of the target.
    state === 'DOWN' && (unhealthy[index] ?? []).some((word) => MOCKS_AT_FAULT.includes(word))
      ? 'UNKNOWN'
      : state,
  );
  return grid.map((cell, index) => {
    const { counts, planned: expected } = cells[index] ?? { counts: noEvents(), planned: 0 };
    const observed = cell.toAt <= stopAt;
    const evidence = {
      healthy: (unhealthy[index] ?? []).length === 0,
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
      unhealthy: unhealthy[index] ?? [],
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
  step: StepTimeline,
  events: StepEvents,
  planned: ReadonlyMap<string, ReadonlyMap<number, number>>,
  cells: readonly LoadCell[],
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
  for (const { journey } of step.schedules) {
    const grid = gridOf(step, step.journeySliceMs[journey] ?? step.sliceMs);
    const own = loadCells(grid, events, planned, journey);
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

function unhealthyWords(
  plan: LaunchPlan,
  timeline: RunTimeline,
  step: StepTimeline,
  cells: readonly LoadCell[],
  stopAt: number,
): string[][] {
  const untilAt = Number.isFinite(stopAt) ? stopAt : (step.endedAt ?? stopAt);
  const found = troubles(plan, timeline, step, untilAt);
  let plannedSoFar = 0;
  let countedSoFar = 0;
  return cells.map((cell) => {
    if (cell.toAt > stopAt) return [];
    const counted = cell.counts.started + cell.counts.turnedAway + cell.counts.lost;
    plannedSoFar += cell.planned;
    countedSoFar += counted;
    const arrivals = arrivalTroubles({
      planned: cell.planned,
      counted,
      plannedSoFar,
      countedSoFar,
      lengthMs: lengthOf(cell),
      lost: cell.counts.lost,
      generatorErrors: cell.counts.generator,
    });
    // Starts that are missing for good make their own slice unhealthy; only lateness is carried into the next ones.
    if (arrivals.includes('starts-differ')) countedSoFar = plannedSoFar;
    const readings = found.filter((one) => overlaps(one, cell)).map((one) => one.why);
    return [...new Set([...arrivals, ...readings])];
  });
}

function downRun(states: readonly string[], index: number): number {
  if (states[index] !== 'DOWN') return 0;
  let first = index;
  while (states[first - 1] === 'DOWN') first--;
  let last = index;
  while (states[last + 1] === 'DOWN') last++;
  return last - first + 1;
}
