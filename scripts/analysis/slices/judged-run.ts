import type { LoadState } from '../../contract/verdict-words.ts';
import { POOLED_EACH_SIDE, SLICE_LENGTHS_MS, UNSERVED_SLOW_AFTERS } from '../../core/limits.ts';
import type { StepTimeline } from '../../observe/timeline.ts';
import type { Span } from '../judgement.ts';
import { gridOf, overlaps } from '../time/grid.ts';
import { firstAfter } from '../time/search.ts';
import { countedStates } from './counted.ts';
import { type Edges, outageIn } from './outage-in.ts';
import { RunCounts } from './run-counts.ts';
import { secondsOf, type TurnRun } from './turn-runs.ts';

export interface LoadRule {
  downAboveRatio: number;
  slowAfterMs: number;
  /** When the plan expects that orders queue: being told to wait is no downtime then. */
  queueing: readonly Span[];
  /** Judge each turn by its first try. */
  strict: boolean;
  /** Pushes with turns that were served, ascending, epoch ms; of a journey, or of all with null. */
  confirmedAt: (journey: string | null) => readonly number[];
  /** Whether canaries of a journey (null: of any) were scheduled then and all of them were served. */
  canariesServed: (journey: string | null, span: Span) => boolean;
}

/** What one run of turns says of a slice of the step. */
export interface SliceOfRun extends Span {
  state: LoadState;
  /** Where the turns lie that made it DOWN or POSSIBLE. */
  reach: Span | null;
}

export interface JudgedRun extends Pick<TurnRun, 'journey' | 'journeyStep'> {
  slices: readonly SliceOfRun[];
  /** What longer slices show, each from its first to its last bad event. */
  outages: readonly Span[];
  /** In which slices were judged, ascending. */
  lengthsMs: readonly number[];
}

/** A cell that is DOWN, and those of its slices that were not judged by themselves. */
interface DownCell {
  cell: Span;
  held: readonly SliceOfRun[];
  reach: Span;
  counts: RunCounts;
}

/**
 * A slice is judged in the run's own length, and where that holds too few turns in the shortest longer one that holds
 * enough. Of a longer slice that is DOWN not all is charged (`outageIn`).
 * @param grid the slices of the step
 */
export function judgeRun(step: StepTimeline, grid: readonly Span[], run: TurnRun, rule: LoadRule): JudgedRun {
  const slices = grid.map(({ fromAt, toAt }): SliceOfRun => ({ fromAt, toAt, state: 'NONE', reach: null }));
  const counts = new RunCounts(run.columns, secondsOf(step), rule.strict);
  const outages: Span[] = [];
  const lengthsMs: number[] = [];
  let open: readonly SliceOfRun[] = slices;
  for (const lengthMs of [run.lengthMs, ...SLICE_LENGTHS_MS.filter((longer) => longer > run.lengthMs)]) {
    if (open.length === 0) break;
    const cells = lengthMs === step.sliceMs ? grid : gridOf(step, lengthMs);
    const { down, left } = judgeIn(cells, open, { run, counts, rule });
    const mayMark = new Set(open);
    if (left.length < open.length) lengthsMs.push(lengthMs);
    for (const { cell, held, reach, counts: seen } of down) {
      const [only] = held;
      if (only && only.fromAt === cell.fromAt && only.toAt === cell.toAt) {
        raise(only, 'DOWN', reach);
        continue;
      }
      const bad = seen.badIn(cell);
      if (bad === null || isWithin(bad, seen, outages.at(-1))) continue;
      const outage = outageIn(slices, bad, seen, (slice) => rule.canariesServed(run.journey, slice));
      for (const [slice, state] of outage.marks) if (mayMark.has(slice)) raise(slice, state, reach);
      outages.push(outage.span);
    }
    open = left;
  }
  return { journey: run.journey, journeyStep: run.journeyStep, slices, outages, lengthsMs };
}

/** What has gone on from the cell before to the end of this one is marked already. */
const isWithin = ({ first, last }: Edges, counts: RunCounts, outage: Span | undefined): boolean =>
  outage !== undefined && counts.atOf(first) >= outage.fromAt && counts.atOf(last + 1) <= outage.toAt;

const WEIGHT: Readonly<Record<LoadState, number>> = { NONE: 0, UP: 1, DEGRADED: 2, POSSIBLE: 3, DOWN: 4 };

export const isHeavier = (one: LoadState, other: LoadState): boolean => WEIGHT[one] > WEIGHT[other];

function raise(slice: SliceOfRun, state: LoadState, reach: Span | null): void {
  if (isHeavier(state, slice.state)) Object.assign(slice, { state, reach });
}

/** Slices whose cell holds enough turns get its state, unless it is DOWN; those of the others are left. */
function judgeIn(
  cells: readonly Span[],
  open: readonly SliceOfRun[],
  { run, counts, rule }: { run: TurnRun; counts: RunCounts; rule: LoadRule },
): { down: DownCell[]; left: SliceOfRun[] } {
  const states = countedStates(
    cells.map((cell) => counts.of(cell)),
    rule.downAboveRatio,
  );
  const down: DownCell[] = [];
  const left: SliceOfRun[] = [];
  const toldToWait = waitJudge(run, cells, rule);
  let next = 0;
  for (const [index, cell] of cells.entries()) {
    const first = next;
    while ((open[next]?.fromAt ?? cell.toAt) < cell.toAt) next++;
    const held = open.slice(first, next);
    const state = states[index] ?? 'NONE';
    if (held.length === 0) continue;
    const isWaiting = state !== 'NONE' && toldToWait(cell, counts);
    if (state === 'NONE') left.push(...held);
    else if (state === 'DOWN' || isWaiting) {
      const reach = pooledWith(cells, index);
      down.push({ cell, held, reach, counts: isWaiting ? counts.withWaiting() : counts });
    } else for (const slice of held) raise(slice, state, null);
  }
  return { down, left };
}

/**
 * Whoever was not turned down was told to wait, and nobody was served for longer than 2 × slowAfter around the cell.
 * Failures beside the waiting make it no better. Before the first confirmation nobody was served since the load began.
 */
function waitJudge({ journey, journeyStep }: TurnRun, cells: readonly Span[], rule: LoadRule) {
  const loadFrom = cells[0]?.fromAt ?? 0;
  const confirmedAt = rule.confirmedAt(journey);
  return (cell: Span, counts: RunCounts): boolean => {
    if (journeyStep !== null || !counts.onlyWaited(cell)) return false;
    if (rule.queueing.some((span) => overlaps(span, cell))) return false;
    const next = firstAfter(confirmedAt, cell.fromAt);
    const before = confirmedAt[next - 1] ?? loadFrom;
    const after = confirmedAt[next] ?? Number.POSITIVE_INFINITY;
    return after >= cell.toAt && after - before > UNSERVED_SLOW_AFTERS * rule.slowAfterMs;
  };
}

/** A cell and those that it may be pooled with. */
function pooledWith(cells: readonly Span[], index: number): Span {
  const cell = cells[index] ?? { fromAt: Number.NaN, toAt: Number.NaN };
  const first = cells[Math.max(0, index - POOLED_EACH_SIDE)] ?? cell;
  const last = cells[Math.min(cells.length - 1, index + POOLED_EACH_SIDE)] ?? cell;
  return { fromAt: first.fromAt, toAt: last.toAt };
}
