import type { LoadState, Voiding } from '../../contract/verdict-words.ts';
import type { StepTimeline } from '../../observe/timeline.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import { worstOfEach } from '../instrument/voided.ts';
import type { Span } from '../judgement.ts';
import { overlaps } from '../time/grid.ts';
import type { StepEvents } from '../turns/events.ts';
import { isHeavier, type JudgedRun, judgeRun, type LoadRule } from './judged-run.ts';
import { secondsOf, type TurnRun, withoutBadIn } from './turn-runs.ts';

/** What the load says of one slice. */
export interface LoadEvidence {
  state: LoadState;
  /** Journeys that were DOWN by themselves. */
  journeys: string[];
  /**
   * What voids a DOWN: a standstill near it, or that it is one only by turns of void slices (of a longer slice, or of the
   * pool).
   */
  downVoidedBy: readonly Voiding[];
}

/** What is judged, and by what rules; `strict`: each turn by its first try. */
export interface LoadInput {
  plan: LaunchPlan;
  step: StepTimeline;
  events: StepEvents;
  runs: readonly TurnRun[];
  grid: readonly Span[];
  /** What voids each slice by itself. */
  voidedBy: readonly (readonly Voiding[])[];
  /** What stood still near each slice. */
  shadow: readonly (readonly Voiding[])[];
  /** When the plan expects that orders queue. */
  queueing: readonly Span[];
  canariesServed: LoadRule['canariesServed'];
}

interface Worst {
  state: LoadState;
  journeys: string[];
  /** Where the turns lie that made it so. */
  reach: Span[];
}

/** The evidence of the load, and the runs of turns that it is made of. */
export function loadEvidence(
  input: LoadInput,
  strict: boolean,
): { slices: LoadEvidence[]; runs: readonly JudgedRun[] } {
  const { step, runs, grid, voidedBy, shadow } = input;
  const rule = ruleOf(input, strict);
  const judgedRuns = runs.map((run) => judgeRun(step, grid, run, rule));
  const judged = worstOf(judgedRuns, grid);
  const doubted = grid.map((_, index) => [...(voidedBy[index] ?? []), ...(shadow[index] ?? [])]);
  if (doubted.every((words) => words.length === 0)) {
    return { slices: judged.map((one) => ({ ...one, downVoidedBy: [] })), runs: judgedRuns };
  }
  const soundRuns = withoutBadIn(voidSeconds(input, doubted), runs);
  const sound = worstOf(
    soundRuns.map((run) => judgeRun(step, grid, run, rule)),
    grid,
  );
  const slices = judged.map(({ state, journeys, reach }, index) => {
    const near = shadow[index] ?? [];
    const isBad = state === 'DOWN' || state === 'POSSIBLE';
    if (isBad && near.length > 0) return { state, journeys, downVoidedBy: near };
    const borrowed = isBad && isHeavier(state, sound[index]?.state ?? 'NONE');
    const from = (cell: Span): boolean => reach.some((one) => overlaps(one, cell));
    const words = borrowed ? grid.flatMap((cell, at) => (from(cell) ? (doubted[at] ?? []) : [])) : [];
    return { state, journeys, downVoidedBy: worstOfEach(words) };
  });
  return { slices, runs: judgedRuns };
}

function ruleOf({ plan, events, queueing, canariesServed }: LoadInput, strict: boolean): LoadRule {
  const every = [...events.confirmedAt.values()].flat().sort((a, b) => a - b);
  return {
    downAboveRatio: plan.slo.downAboveRatio,
    slowAfterMs: plan.slo.slowAfterMs,
    confirmedAt: (journey) => (journey === null ? every : (events.confirmedAt.get(journey) ?? [])),
    queueing,
    strict,
    canariesServed,
  };
}

/** Of the slices in which something speaks against the evidence, by offset in the step. */
function voidSeconds({ step, grid }: LoadInput, doubted: readonly (readonly Voiding[])[]): boolean[] {
  const { from, length } = secondsOf(step);
  const seconds = Array<boolean>(length).fill(false);
  for (const [index, { fromAt, toAt }] of grid.entries()) {
    if ((doubted[index] ?? []).length > 0) seconds.fill(true, fromAt / 1_000 - from, toAt / 1_000 - from);
  }
  return seconds;
}

/** DOWN or POSSIBLE if any run of turns is; else as all turns together are, which come first. */
function worstOf(runs: readonly JudgedRun[], grid: readonly Span[]): Worst[] {
  return grid.map((_, index): Worst => {
    const worst: Worst = { state: runs[0]?.slices[index]?.state ?? 'NONE', journeys: [], reach: [] };
    for (const { journey, slices } of runs) {
      const slice = slices[index];
      if (!slice?.reach) continue;
      if (isHeavier(slice.state, worst.state)) worst.state = slice.state;
      const isNamed = journey === null || worst.journeys.includes(journey);
      if (slice.state === 'DOWN' && !isNamed) worst.journeys.push(journey);
      worst.reach.push(slice.reach);
    }
    return worst;
  });
}
