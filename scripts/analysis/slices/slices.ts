import type { UnhealthyWord, Voiding } from '../../contract/verdict-words.ts';
import type { RunTimeline, StepTimeline } from '../../observe/timeline.ts';
import { probeEveryMs } from '../../plan/derived/step-times.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import { standstills } from '../instrument/stood-still.ts';
import type { JudgedSlice, Span } from '../judgement.ts';
import { plannedByJourney } from '../time/arrivals.ts';
import { queueingSpans } from '../time/fault-spans.ts';
import { type Cell, gridOf } from '../time/grid.ts';
import { eventsBetween, type StepEvents } from '../turns/events.ts';
import { combine, type Evidence } from './combine.ts';
import type { JudgedRun } from './judged-run.ts';
import { type LoadEvidence, loadEvidence } from './load-evidence.ts';
import { type HeardProbe, heardProbes, proberStates, servedJudge } from './prober.ts';
import { type Apart, SideBySide } from './side-by-side.ts';
import { type CountedSlice, sliceHealth } from './slice-health.ts';
import { differsByFirstTry, turnRuns } from './turn-runs.ts';

/** Readings that say that the mock partners, not the target, held the orders up. */
const MOCKS_AT_FAULT: ReadonlySet<UnhealthyWord> = new Set(['mocks-slow', 'latency-off']);

export interface JudgedSlices {
  slices: JudgedSlice[];
  /** What each run of turns says by itself. */
  runs: readonly JudgedRun[];
  /** What longer slices show, each from its first to its last bad event. */
  outages: readonly Span[];
  /** Orders and canaries that part over the whole measured time. */
  apart: Apart | null;
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
  const runs = turnRuns(step, events);
  const cells = countedSlices(step, events, grid);
  const voidedBy = sliceHealth(plan, timeline, step, { cells, runs }, stopAt);
  const stood = standstills(cells, voidedBy, {
    slowAfterMs: plan.slo.slowAfterMs,
    patienceMs: plan.client.patienceMs,
  });
  const heard = heardProbes(plan, timeline);
  const queueing = queueingSpans(plan, timeline);
  const input = { plan, step, events, runs, grid, voidedBy, shadow: stood.shadow, queueing };
  const canariesServed = servedJudge(heard);
  const load = loadEvidence({ ...input, canariesServed }, false);
  const strict = runs.some(differsByFirstTry) ? loadEvidence({ ...input, canariesServed }, true) : load;
  const beside = new SideBySide(grid, runs, heard, (index) => (voidedBy[index] ?? []).length === 0);
  const prober = proberEvidence(plan, { timeline, step, heard, beside }, grid, {
    voidedBy,
    aftermath: stood.aftermath,
  });
  const slices = cells.map((cell, index) => {
    const about: Beside = {
      observed: cell.toAt <= stopAt,
      planned: cell.planned,
      itself: voidedBy[index] ?? [],
      near: prober.doubted[index] ? (stood.shadow[index] ?? []) : null,
      prober: prober.states[index] ?? 'UNKNOWN',
      explained: prober.explained[index] ?? false,
    };
    const all = load.slices[index] ?? NO_LOAD;
    const weighed = weigh(all, about);
    const byFirstTries = weigh(strict.slices[index] ?? NO_LOAD, about);
    const { healthy } = weighed.evidence;
    const isCompared = healthy && about.observed && (about.prober === 'UP' || about.explained);
    return judgedSlice({ ...cell, phase: grid[index]?.phase ?? 'replayed' }, weighed.evidence, {
      strictDown: combine(byFirstTries.evidence) === 'DOWN',
      voidedBy: weighed.voidedBy,
      journeys: all.journeys,
      disagreement: isCompared && beside.differ(index, plan.slo.downAboveRatio),
    });
  });
  const compared = slices.flatMap(({ healthy, prober: state, phase }, index) =>
    healthy && (state === 'UP' || prober.explained[index]) && phase !== 'warm-up' ? [index] : [],
  );
  return {
    slices,
    runs: load.runs,
    outages: load.runs.flatMap(({ outages }) => outages),
    apart: beside.apart(compared, (index) => slices[index]?.state === 'DOWN', plan.slo.downAboveRatio),
    heard,
  };
}

function countedSlices(step: StepTimeline, events: StepEvents, grid: readonly Cell[]): CountedSlice[] {
  const planned = [...plannedByJourney(step).values()];
  return grid.map(({ fromAt, toAt }) => {
    const [from, to] = [fromAt / 1_000, toAt / 1_000];
    let orders = 0;
    for (const seconds of planned) {
      for (let second = from; second < to; second++) orders += seconds.get(second) ?? 0;
    }
    return { fromAt, toAt, planned: orders, counts: eventsBetween(events, null, from, to) };
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
  cell: CountedSlice & Cell,
  evidence: Evidence,
  beside: Pick<JudgedSlice, 'strictDown' | 'voidedBy' | 'journeys' | 'disagreement'>,
): JudgedSlice {
  return {
    fromAt: cell.fromAt,
    toAt: cell.toAt,
    phase: cell.phase,
    state: combine(evidence),
    disagreement: beside.disagreement,
    load: evidence.load,
    strictDown: beside.strictDown,
    healthy: evidence.healthy,
    unhealthy: beside.voidedBy.map(({ why }) => why),
    voidedBy: beside.voidedBy,
    prober: evidence.prober,
    planned: evidence.planned,
    counts: cell.counts,
    journeys: beside.journeys,
  };
}

/** What the canaries say of each slice. */
function proberEvidence(
  plan: LaunchPlan,
  {
    timeline,
    step,
    heard,
    beside,
  }: { timeline: RunTimeline; step: StepTimeline; heard: readonly HeardProbe[]; beside: SideBySide },
  grid: readonly Cell[],
  { voidedBy, aftermath }: { voidedBy: readonly (readonly Voiding[])[]; aftermath: readonly boolean[] },
) {
  const probePlan = {
    everyMs: probeEveryMs(plan, step.sliceMs),
    journeys: step.schedules.map(({ journey }) => journey),
  };
  const seen = proberStates(grid, probePlan, timeline.proberHealth, heard);
  const beyondOrders = seen.includes('DOWN')
    ? proberStates(grid, probePlan, timeline.proberHealth, heard, (journey, index) =>
        beside.explains(journey, index),
      )
    : seen;
  const doubted = seen.map((state, index) => state === 'DOWN' && aftermath[index] === true);
  const states = seen.map((state, index) =>
    // Canaries need the mock partners too: while these stand still, a failed one says nothing of the target.
    state === 'DOWN' && (doubted[index] || (voidedBy[index] ?? []).some(({ why }) => MOCKS_AT_FAULT.has(why)))
      ? 'UNKNOWN'
      : state,
  );
  return {
    states,
    /** Canaries failed, but no more than orders did. */
    explained: states.map((state, index) => state === 'DOWN' && beyondOrders[index] !== 'DOWN'),
    /** Canaries failed, but maybe behind a backlog that is not the target's. */
    doubted,
  };
}
