import type { LoadState, ProberState, UnhealthyWord, Voiding } from '../../contract/verdict-words.ts';
import type { RunTimeline, StepTimeline } from '../../observe/timeline.ts';
import { probeEveryMs } from '../../plan/derived/step-times.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import { standstills } from '../instrument/stood-still.ts';
import type { JudgedSlice, Span } from '../judgement.ts';
import { queueingSpans } from '../time/fault-spans.ts';
import { type Cell, gridOf } from '../time/grid.ts';
import { type EventCounts, noEvents } from '../turns/event-counts.ts';
import type { StepEvents } from '../turns/events.ts';
import { combine, type Evidence } from './combine.ts';
import { type LoadEvidence, loadEvidence } from './load-evidence.ts';
import { type HeardProbe, heardProbes, proberStates } from './prober.ts';
import { sliceHealth } from './slice-health.ts';
import { stepCells } from './step-cells.ts';

/** Readings that say that the mock partners, not the target, held the orders up. */
const MOCKS_AT_FAULT: ReadonlySet<UnhealthyWord> = new Set(['mocks-slow', 'latency-off']);

export interface JudgedSlices {
  slices: JudgedSlice[];
  /** State of each of these slices by a journey's turns alone; those of a longer slice of its own have the same. */
  journeyLoad: ReadonlyMap<string, readonly LoadState[]>;
  /** Every canary of the run. */
  heard: readonly HeardProbe[];
}

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
): JudgedSlices {
  const grid = gridOf(step, step.sliceMs);
  const cells = stepCells(step, events);
  const voidedBy = sliceHealth(plan, timeline, step, cells, stopAt);
  const stood = standstills(cells.cells, voidedBy, {
    slowAfterMs: plan.slo.slowAfterMs,
    patienceMs: plan.client.patienceMs,
  });
  const queueing = queueingSpans(plan, timeline);
  const input = { plan, events, cells, voidedBy, shadow: stood.shadow, queueing };
  const journeyLoad = new Map<string, LoadState[]>();
  const load = loadEvidence(input, false, (journey, own, states) =>
    journeyLoad.set(journey, inCells(grid, own, states)),
  );
  const strict = loadEvidence(input, true);
  const heard = heardProbes(plan, timeline);
  const prober = proberEvidence(plan, { timeline, step, heard }, grid, {
    voidedBy,
    aftermath: stood.aftermath,
  });
  const slices = grid.map((cell, index) => {
    const { counts, planned } = cells.cells[index] ?? { counts: noEvents(), planned: 0 };
    const beside: Beside = {
      observed: cell.toAt <= stopAt,
      planned,
      itself: voidedBy[index] ?? [],
      near: prober.doubted[index] ? (stood.shadow[index] ?? []) : null,
      prober: prober.states[index] ?? 'UNKNOWN',
      proberDownRun: prober.downRuns[index] ?? 0,
      proberPossibleRun: prober.possibleRuns[index] ?? 0,
    };
    const all = load[index] ?? NO_LOAD;
    const weighed = weigh(all, beside);
    const byFirstTries = weigh(strict[index] ?? NO_LOAD, beside);
    return judgedSlice(cell, counts, weighed.evidence, {
      strictDown: combine(byFirstTries.evidence).state === 'DOWN',
      voidedBy: weighed.voidedBy,
      journeys: all.journeys,
    });
  });
  return { slices, journeyLoad, heard };
}

/** States of longer slices, in the shorter ones that lie in them. */
function inCells(grid: readonly Span[], own: readonly Span[], states: readonly LoadState[]): LoadState[] {
  let at = 0;
  return grid.map(({ fromAt }) => {
    while ((own[at]?.toAt ?? Number.POSITIVE_INFINITY) <= fromAt) at++;
    return states[at] ?? 'NONE';
  });
}

/** What is known of a slice beside what the load says. */
interface Beside extends Omit<Evidence, 'load' | 'healthy'> {
  /** It lies before the end of what was observed. */
  observed: boolean;
  /** What voids it by itself. */
  itself: readonly Voiding[];
  /** What may have failed its canaries; null if they did not fail, or by the target alone. */
  near: readonly Voiding[] | null;
}

function weigh(
  { state, downVoidedBy }: LoadEvidence,
  { observed, itself, near, ...beside }: Beside,
): { evidence: Evidence; voidedBy: readonly Voiding[] } {
  const voidedBy = observed && itself.length === 0 ? (near ?? downVoidedBy) : itself;
  const load = observed ? state : 'NONE';
  return { evidence: { ...beside, load, healthy: voidedBy.length === 0 }, voidedBy };
}

const NO_LOAD: LoadEvidence = { state: 'NONE', journeys: [], downVoidedBy: [] };

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
    counts,
    journeys: beside.journeys,
  };
}

/** What the canaries say of each slice, and how many slices around it they say the same of. */
function proberEvidence(
  plan: LaunchPlan,
  { timeline, step, heard }: { timeline: RunTimeline; step: StepTimeline; heard: readonly HeardProbe[] },
  grid: readonly Cell[],
  { voidedBy, aftermath }: { voidedBy: readonly (readonly Voiding[])[]; aftermath: readonly boolean[] },
) {
  const probePlan = {
    everyMs: probeEveryMs(plan, step.sliceMs),
    journeys: step.schedules.map(({ journey }) => journey),
  };
  const seen = proberStates(grid, probePlan, timeline.proberHealth, heard);
  const doubted = seen.map((state, index) => state === 'DOWN' && aftermath[index] === true);
  const states = seen.map((state, index) =>
    // Canaries need the mock partners too: while these stand still, a failed one says nothing of the target.
    state === 'DOWN' && (doubted[index] || (voidedBy[index] ?? []).some(({ why }) => MOCKS_AT_FAULT.has(why)))
      ? 'UNKNOWN'
      : state,
  );
  return {
    states,
    /** Canaries failed, but maybe behind a backlog that is not the target's. */
    doubted,
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
