import type { StepTimeline } from '../../observe/timeline.ts';
import { plannedByJourney } from '../time/arrivals.ts';
import { gridOf } from '../time/grid.ts';
import { droppedOf, type EventCounts } from '../turns/event-counts.ts';
import type { StepEvents } from '../turns/events.ts';

/** Whose turns: of all orders (null), of one journey, or, with think time, of one of its steps (by index). */
export interface RunName {
  journey: string | null;
  journeyStep: number | null;
}

/** A run of turns: what is judged by itself. A column has one value for each second of the step. */
export interface TurnRun extends RunName {
  /** Its shortest slices, ms. */
  lengthMs: number;
  columns: TurnColumns;
}

/** `planned`, `begun`: orders, those that were dropped included. The others are turns. */
export type TurnColumns = Readonly<
  Record<'planned' | 'begun' | 'valid' | 'bad' | 'firstBad' | 'waited' | 'byRetryAfter', Float64Array>
>;

/** Seconds of the step in which its turns are judged: [from, from + length), epoch seconds. */
export interface Seconds {
  from: number;
  length: number;
}

export function secondsOf(step: StepTimeline): Seconds {
  const grid = gridOf(step, step.sliceMs);
  const from = (grid[0]?.fromAt ?? 0) / 1_000;
  return { from, length: (grid.at(-1)?.toAt ?? 0) / 1_000 - from };
}

/** All orders first, then each journey, then each journey step. An only journey is all orders, in slices of one length. */
export function turnRuns(step: StepTimeline, events: StepEvents): TurnRun[] {
  const seconds = secondsOf(step);
  const planned = plannedByJourney(step);
  const all: TurnRun = {
    journey: null,
    journeyStep: null,
    lengthMs: step.sliceMs,
    columns: columns(seconds),
  };
  const journeys = [
    ...new Set([...step.schedules.map(({ journey }) => journey), ...events.byJourney.keys()]),
  ];
  const runs = journeys.map((journey): TurnRun => {
    const lengthMs = step.journeySliceMs[journey] ?? step.sliceMs;
    const own: TurnRun = { journey, journeyStep: null, lengthMs, columns: columns(seconds) };
    for (const [second, orders] of planned.get(journey) ?? [])
      add([all, own], 'planned', seconds, second, orders);
    for (const [second, counts] of events.byJourney.get(journey) ?? [])
      addTurns([all, own], seconds, second, counts);
    return own;
  });
  const isJudged = new Set(step.schedules.map(({ journey }) => journey));
  const judged = runs.filter(({ journey }) => isJudged.has(journey ?? ''));
  const isOne = runs.length === 1 && judged[0]?.lengthMs === all.lengthMs;
  return [
    ...(isOne ? judged : [all, ...judged]),
    ...judged.flatMap((run) => journeyStepRuns(step, events, run, seconds)),
  ];
}

/** A journey of one step is that step: judged once. */
function journeyStepRuns(
  step: StepTimeline,
  { byJourneyStep }: StepEvents,
  { journey, lengthMs: journeyMs }: TurnRun,
  seconds: Seconds,
): TurnRun[] {
  const steps = byJourneyStep.get(journey ?? '');
  if (steps === undefined) return [];
  const lengthMs = step.journeyStepSliceMs[journey ?? ''] ?? journeyMs;
  if (steps.size === 1 && lengthMs === journeyMs) return [];
  return [...steps].map(([journeyStep, counted]) => {
    const run: TurnRun = { journey, journeyStep, lengthMs, columns: columns(seconds) };
    for (const [second, { valid, bad, firstBad }] of counted) {
      add([run], 'valid', seconds, second, valid);
      add([run], 'bad', seconds, second, bad);
      add([run], 'firstBad', seconds, second, firstBad);
    }
    return run;
  });
}

function columns({ length }: Seconds): TurnColumns {
  const column = (): Float64Array => new Float64Array(length);
  return {
    planned: column(),
    begun: column(),
    valid: column(),
    bad: column(),
    firstBad: column(),
    waited: column(),
    byRetryAfter: column(),
  };
}

function addTurns(runs: readonly TurnRun[], seconds: Seconds, second: number, counts: EventCounts): void {
  const put = (name: keyof TurnColumns, count: number): void => add(runs, name, seconds, second, count);
  put('begun', counts.ordersStarted + droppedOf(counts));
  put('valid', counts.good + counts.bad);
  put('bad', counts.bad);
  put('firstBad', counts.firstBad);
  put('waited', counts.waited);
  put('byRetryAfter', counts.byRetryAfter);
}

function add(
  runs: readonly TurnRun[],
  name: keyof TurnColumns,
  { from, length }: Seconds,
  second: number,
  count: number,
): void {
  const at = second - from;
  if (count === 0 || at < 0 || at >= length) return;
  for (const { columns: own } of runs) own[name][at] = (own[name][at] ?? 0) + count;
}

/** Whether more of its turns were bad by their first try than in the end. */
export const differsByFirstTry = ({ columns: { bad, firstBad } }: TurnRun): boolean =>
  bad.some((count, at) => count !== firstBad[at]);

/** The same turns without what was bad in some seconds. */
export function withoutBadIn(seconds: readonly boolean[], runs: readonly TurnRun[]): TurnRun[] {
  return runs.map((run) => {
    const { valid, bad, firstBad } = run.columns;
    const isSound = (_: number, at: number): boolean => seconds[at] !== true;
    const own = {
      valid: valid.map((count, at) => (isSound(count, at) ? count : count - (bad[at] ?? 0))),
      bad: bad.map((count, at) => (isSound(count, at) ? count : 0)),
      firstBad: firstBad.map((count, at) => (isSound(count, at) ? count : 0)),
    };
    return { ...run, columns: { ...run.columns, ...own } };
  });
}
