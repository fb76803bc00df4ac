import type { RunTimeline, StepTimeline } from '../observe/timeline.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { combine, type Evidence } from './combine.ts';
import { type EventCounts, noEvents } from './event-counts.ts';
import type { StepEvents } from './events.ts';
import { type Cell, gridOf } from './grid.ts';
import type { JudgedSlice, ProberState, Voiding } from './judgement.ts';
import { type LoadEvidence, loadEvidence } from './load-evidence.ts';
import { probeEveryMs, proberStates, probeVerdict } from './prober.ts';
import { sliceHealth } from './slice-health.ts';
import { stepCells } from './step-cells.ts';
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
  const cells = stepCells(step, events);
  const voidedBy = carriedBack(
    cells.cells,
    sliceHealth(plan, timeline, step, cells, stopAt),
    plan.slo.slowAfterMs,
  );
  const input = { plan, events, cells, voidedBy };
  const load = loadEvidence(input, false);
  const strict = loadEvidence(input, true);
  const prober = proberEvidence(plan, timeline, step, grid, voidedBy);
  return grid.map((cell, index) => {
    const { counts, planned } = cells.cells[index] ?? { counts: noEvents(), planned: 0 };
    const { state, journeys, borrowedFrom } = load[index] ?? NO_LOAD;
    const byFirstTries = strict[index] ?? NO_LOAD;
    const observed = cell.toAt <= stopAt;
    const own = voidedBy[index] ?? [];
    const voided = observed && own.length === 0 ? borrowedFrom : own;
    const evidence = {
      load: observed ? state : 'NONE',
      healthy: voided.length === 0,
      prober: prober.states[index] ?? 'UNKNOWN',
      proberDownRun: prober.downRuns[index] ?? 0,
      proberPossibleRun: prober.possibleRuns[index] ?? 0,
      planned,
    } as const;
    const strictDown = combine({
      ...evidence,
      load: observed ? byFirstTries.state : 'NONE',
      healthy: own.length === 0 && byFirstTries.borrowedFrom.length === 0,
    });
    return judgedSlice(cell, counts, evidence, {
      strictDown: strictDown.state === 'DOWN',
      voidedBy: voided,
      journeys,
    });
  });
}

const NO_LOAD: LoadEvidence = { state: 'NONE', journeys: [], borrowedFrom: [] };

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
    soldOutUnnamed: counts.soldOutUnnamed,
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
