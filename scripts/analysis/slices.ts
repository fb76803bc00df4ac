import type { RunTimeline, StepTimeline } from '../observe/timeline.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { plannedPerSecond } from './arrivals.ts';
import { combine, type Evidence } from './combine.ts';
import { type EventCounts, noEvents } from './event-counts.ts';
import { eventsBetween, type StepEvents } from './events.ts';
import { type Cell, gridOf, overlaps } from './grid.ts';
import type { JudgedSlice, LoadState, ProberState, Voiding } from './judgement.ts';
import { type LoadCell, type LoadRule, loadStates } from './load-state.ts';
import { probeEveryMs, proberStates, probeVerdict } from './prober.ts';
import { sliceHealth } from './slice-health.ts';
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
  const perJourney = step.schedules.map(({ journey }) => ({
    journey,
    cells: loadCells(gridOf(step, step.journeySliceMs[journey] ?? step.sliceMs), events, planned, journey),
  }));
  const load = worstOfAll(plan, events, cells, perJourney, false);
  const strict = worstOfAll(plan, events, cells, perJourney, true);
  const voidedBy = carriedBack(
    cells,
    sliceHealth(plan, timeline, step, { cells, perJourney }, stopAt),
    plan.slo.slowAfterMs,
  );
  const prober = proberEvidence(plan, timeline, step, grid, voidedBy);
  return grid.map((cell, index) => {
    const { counts, planned: expected } = cells[index] ?? { counts: noEvents(), planned: 0 };
    const observed = cell.toAt <= stopAt;
    const voided = voidedBy[index] ?? [];
    const evidence = {
      load: observed ? (load[index]?.state ?? 'NONE') : 'NONE',
      healthy: voided.length === 0,
      prober: prober.states[index] ?? 'UNKNOWN',
      proberDownRun: prober.downRuns[index] ?? 0,
      proberPossibleRun: prober.possibleRuns[index] ?? 0,
      planned: expected,
    } as const;
    const strictLoad = observed ? (strict[index]?.state ?? 'NONE') : 'NONE';
    const strictDown = combine({ ...evidence, load: strictLoad }).state === 'DOWN';
    return judgedSlice(cell, counts, evidence, {
      strictDown,
      voidedBy: voided,
      journeys: load[index]?.journeys ?? [],
    });
  });
}

/** Spelled out: an hour has thousands of slices, and spread objects are slow to make and to read. */
function judgedSlice(
  cell: Cell,
  counts: EventCounts,
  evidence: Evidence,
  beside: Pick<JudgedSlice, 'strictDown' | 'voidedBy' | 'journeys'>,
): JudgedSlice {
  const { state, disagreement } = combine(evidence);
  return {
    fromAt: cell.fromAt,
    toAt: cell.toAt,
    phase: cell.phase,
    state,
    disagreement,
    load: evidence.load,
    strictDown: beside.strictDown,
    healthy: evidence.healthy,
    unhealthy: beside.voidedBy.map(({ why }) => why),
    voidedBy: beside.voidedBy,
    prober: evidence.prober,
    planned: evidence.planned,
    started: counts.ordersStarted,
    turns: counts.started,
    dropped: counts.turnedAway + counts.lost,
    good: counts.good,
    bad: counts.bad,
    firstBad: counts.firstBad,
    confirmed: counts.confirmed,
    kinds: counts.kinds,
    toldToWait: counts.waitedGood,
    journeys: beside.journeys,
  };
}

/** What the canaries say of each slice, and how many slices around it they say the same of. */
function proberEvidence(
  plan: LaunchPlan,
  timeline: RunTimeline,
  step: StepTimeline,
  grid: readonly Cell[],
  voidedBy: readonly (readonly Voiding[])[],
) {
  const probePlan = {
    everyMs: probeEveryMs(plan, step.sliceMs),
    journeys: step.schedules.map(({ journey }) => journey),
  };
  const states = proberStates(grid, probePlan, timeline, probeVerdict(plan, timeline)).map((state, index) =>
    // Canaries need the mock partners too: while these stand still, a failed one says nothing of the target.
    state === 'DOWN' && (voidedBy[index] ?? []).some(({ why }) => MOCKS_AT_FAULT.includes(why))
      ? 'UNKNOWN'
      : state,
  );
  return {
    states,
    downRuns: runLengths(states, (state) => state === 'DOWN'),
    possibleRuns: runLengths(states, (state) => state !== 'UP'),
  };
}

/** Planned orders by journey and epoch second. */
export function plannedByJourney(step: StepTimeline): ReadonlyMap<string, ReadonlyMap<number, number>> {
  return new Map(step.schedules.map((one) => [one.journey, plannedPerSecond(step, one)]));
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
    const down = own.filter((_, index) => states[index] === 'DOWN');
    let first = 0;
    for (const [index, cell] of cells.entries()) {
      while ((down[first]?.toAt ?? Number.POSITIVE_INFINITY) <= cell.fromAt) first++;
      const next = down[first];
      if (!next || !overlaps(next, cell)) continue;
      const slice = judged[index];
      if (!slice) continue;
      slice.state = 'DOWN';
      slice.journeys.push(journey);
    }
  }
  return judged;
}

/** For each slice how many in a row around it, itself included, are such; 0 where it is not. */
function runLengths(states: readonly ProberState[], such: (state: ProberState) => boolean): number[] {
  const lengths: number[] = [];
  for (const [index, state] of states.entries()) {
    lengths.push(such(state) ? (lengths[index - 1] ?? 0) + 1 : 0);
  }
  // Each run ends with its length: that holds for all of it.
  for (let index = lengths.length - 2; index >= 0; index--) {
    const next = lengths[index + 1] ?? 0;
    if (lengths[index] !== 0 && next !== 0) lengths[index] = next;
  }
  return lengths;
}
