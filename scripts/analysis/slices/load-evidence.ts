import type { LoadState, Voiding } from '../../contract/verdict-words.ts';
import { POOLED_EACH_SIDE } from '../../core/limits.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import { worstOfEach } from '../instrument/voided.ts';
import type { Span } from '../judgement.ts';
import { overlaps } from '../time/grid.ts';
import type { StepEvents } from '../turns/events.ts';
import { type LoadCell, type LoadRule, loadStates } from './load-state.ts';
import { type StepCells, withoutBadIn } from './step-cells.ts';

/** What the load says of one slice. */
export interface LoadEvidence {
  state: LoadState;
  /** Journeys that were DOWN by themselves. */
  journeys: string[];
  /**
   * What voids a DOWN: a standstill near it, or that it is one only by turns of void slices (of a journey's longer
   * slice, or of the pool).
   */
  downVoidedBy: readonly Voiding[];
}

/** What is judged, and by what rules; `strict`: each turn by its first try. */
export interface LoadInput {
  plan: LaunchPlan;
  events: StepEvents;
  cells: StepCells;
  /** What voids each slice by itself. */
  voidedBy: readonly (readonly Voiding[])[];
  /** What stood still near each slice. */
  shadow: readonly (readonly Voiding[])[];
  /** When the plan expects that orders queue. */
  queueing: readonly Span[];
}

type TellJourney = (journey: string, cells: readonly LoadCell[], states: readonly LoadState[]) => void;

interface Judged {
  state: LoadState;
  journeys: string[];
  /** Where the turns lie that made it DOWN. */
  reach: Span[];
}

/** @param tellJourney told the state of each journey's own cells */
export function loadEvidence(
  input: LoadInput,
  strict: boolean,
  tellJourney: TellJourney = () => {},
): LoadEvidence[] {
  const { cells, events, voidedBy, shadow } = input;
  const doubted = cells.cells.map((_, index) => [...(voidedBy[index] ?? []), ...(shadow[index] ?? [])]);
  const judged = worstOfAll(input, cells, strict, tellJourney);
  const voidSeconds = secondsOf(cells.cells.filter((_, index) => (doubted[index] ?? []).length > 0));
  if (voidSeconds.size === 0) return judged.map((one) => ({ ...one, downVoidedBy: [] }));
  const sound = worstOfAll(input, withoutBadIn(voidSeconds, cells, events), strict, () => {});
  return judged.map(({ state, journeys, reach }, index) => {
    const near = shadow[index] ?? [];
    if (state === 'DOWN' && near.length > 0) return { state, journeys, downVoidedBy: near };
    const borrowed = state === 'DOWN' && sound[index]?.state !== 'DOWN';
    const from = (cell: Span): boolean => reach.some((one) => overlaps(one, cell));
    const words = borrowed ? cells.cells.flatMap((cell, at) => (from(cell) ? (doubted[at] ?? []) : [])) : [];
    return { state, journeys, downVoidedBy: worstOfEach(words) };
  });
}

function secondsOf(spans: readonly Span[]): ReadonlySet<number> {
  const seconds = new Set<number>();
  for (const { fromAt, toAt } of spans) {
    for (let second = fromAt / 1_000; second < toAt / 1_000; second++) seconds.add(second);
  }
  return seconds;
}

/** Judged for all events and for each journey by itself: DOWN if any of them is. */
function worstOfAll(
  { plan, events, queueing }: LoadInput,
  { cells, perJourney }: StepCells,
  strict: boolean,
  tellJourney: TellJourney,
): Judged[] {
  const rule = (confirmedAt: readonly number[]): LoadRule => ({
    downAboveRatio: plan.slo.downAboveRatio,
    slowAfterMs: plan.slo.slowAfterMs,
    confirmedAt,
    queueing,
    strict,
  });
  const everyConfirmation = [...events.confirmedAt.values()].flat().sort((a, b) => a - b);
  const all = loadStates(cells, rule(everyConfirmation));
  const judged = all.map((state, index): Judged => {
    return { state, journeys: [], reach: state === 'DOWN' ? [pooledWith(cells, index)] : [] };
  });
  for (const { journey, cells: own } of perJourney) {
    const states = own === cells ? all : loadStates(own, rule(events.confirmedAt.get(journey) ?? []));
    tellJourney(journey, own, states);
    const down = own.flatMap((cell, index) =>
      states[index] === 'DOWN' ? [{ ...cell, reach: pooledWith(own, index) }] : [],
    );
    let first = 0;
    for (const [index, cell] of cells.entries()) {
      while ((down[first]?.toAt ?? Number.POSITIVE_INFINITY) <= cell.fromAt) first++;
      const next = down[first];
      if (!next || !overlaps(next, cell)) continue;
      const slice = judged[index];
      if (!slice) continue;
      slice.state = 'DOWN';
      slice.journeys.push(journey);
      slice.reach.push(next.reach);
    }
  }
  return judged;
}

/** A cell and those that it may be pooled with. */
function pooledWith(cells: readonly LoadCell[], index: number): Span {
  const cell = cells[index] ?? { fromAt: Number.NaN, toAt: Number.NaN };
  const first = cells[Math.max(0, index - POOLED_EACH_SIDE)] ?? cell;
  const last = cells[Math.min(cells.length - 1, index + POOLED_EACH_SIDE)] ?? cell;
  return { fromAt: first.fromAt, toAt: last.toAt };
}
