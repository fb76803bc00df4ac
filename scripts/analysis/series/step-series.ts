import { codeColumns, codeNamedColumns } from '../../contract/columns.ts';
import type { Series } from '../../contract/series.ts';
import type { LoadState, UnhealthyWord, Voiding } from '../../contract/verdict-words.ts';
import type { RunTimeline, StepTimeline } from '../../observe/timeline.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import { cpuReadings } from '../instrument/health.ts';
import type { JudgedFault, JudgedSlice } from '../judgement.ts';
import type { JudgedRun } from '../slices/judged-run.ts';
import type { Canary } from '../slices/prober.ts';
import { plannedByJourney } from '../time/arrivals.ts';
import { lengthOf } from '../time/grid.ts';
import { type SliceIndex, sliceIndex, touchedBy } from '../time/slice-index.ts';
import type { StepEvents } from '../turns/events.ts';
import { eventColumns, type Happened } from './event-columns.ts';
import { partnerColumns } from './partners.ts';

/** Everything about a step that is told over time. */
export interface SeriesInput {
  plan: LaunchPlan;
  timeline: RunTimeline;
  step: StepTimeline;
  events: StepEvents;
  slices: readonly JudgedSlice[];
  /** What each run of turns says by itself. */
  runs: readonly JudgedRun[];
  canaries: readonly Canary[];
  faults: readonly JudgedFault[];
}

/** The figures of a step over time, by the slices in which it was judged. */
export function seriesOf(input: SeriesInput): Series {
  const { plan, timeline, step, events, slices, runs, canaries } = input;
  const [first, second] = slices;
  const length = slices.length;
  const indexOf = sliceIndex(slices);
  const happened: Happened = { step, events, canaries, planned: plannedByJourney(step) };
  const journeys = step.schedules.map(({ journey }) => journey);
  const last = slices.at(-1);
  return {
    startedAt: first?.fromAt ?? 0,
    count: length,
    lengthMs: second ? lengthOf(second) : step.sliceMs,
    firstLengthMs: first ? lengthOf(first) : 0,
    lastLengthMs: last ? lengthOf(last) : 0,
    ...codeColumns({
      phase: slices.map(({ phase }) => phase),
      state: slices.map(({ state }) => state),
      load: slices.map(({ load }) => load),
      prober: slices.map(({ prober }) => prober),
      unsound: slices.map(({ healthy }) => Number(!healthy)),
      disagreement: slices.map(({ disagreement }) => Number(disagreement)),
    }),
    all: eventColumns(happened, null, indexOf, length),
    journeys:
      journeys.length < 2
        ? []
        : journeys.map((journey) => ({
            journey,
            ...codeColumns({ load: statesOf(runs, journey, null) }),
            ...eventColumns(happened, journey, indexOf, length),
          })),
    journeySteps: journeySteps(input, indexOf, length),
    generator: generatorColumns(step, indexOf, length),
    partners: plan.partners.map(({ name }) => partnerColumns(name, timeline, step, indexOf, length)),
    faults: faultColumns(input),
    voided: voidedBy(slices),
    downBy: downBy(slices),
  };
}

function voidedBy(slices: readonly JudgedSlice[]): Series['voided'] {
  const words = new Map<UnhealthyWord, { unit: Voiding['unit']; slices: [number, number, number][] }>();
  for (const [index, slice] of slices.entries()) {
    for (const { why, unit, reading, allowed } of slice.voidedBy) {
      const word = words.get(why) ?? { unit, slices: [] };
      words.set(why, word);
      word.slices.push([index, reading, allowed]);
    }
  }
  return [...words].map(([why, word]) => ({ why, ...word }));
}

function downBy(slices: readonly JudgedSlice[]): Series['downBy'] {
  const found: { journeys: readonly string[]; from: number; to: number }[] = [];
  for (const [index, { journeys }] of slices.entries()) {
    if (journeys.length === 0) continue;
    const last = found.at(-1);
    const goesOn = last?.to === index - 1 && String(last.journeys) === String(journeys);
    if (last && goesOn) last.to = index;
    else found.push({ journeys, from: index, to: index });
  }
  return found;
}

const statesOf = (runs: readonly JudgedRun[], journey: string, journeyStep: number | null): LoadState[] =>
  runs
    .find((run) => run.journey === journey && run.journeyStep === journeyStep)
    ?.slices.map(({ state }) => state) ?? [];

function journeySteps(
  { plan, events: { byJourneyStep }, runs }: SeriesInput,
  indexOf: SliceIndex,
  length: number,
): Series['journeySteps'] {
  return [...byJourneyStep].flatMap(([journey, ofSteps]) => {
    const steps = plan.journeys.find(({ name }) => name === journey)?.steps ?? [];
    return [...ofSteps]
      .sort(([a], [b]) => a - b)
      .map(([index, seconds]) => {
        const bad = Array<number>(length).fill(0);
        for (const [second, counts] of seconds) {
          const slice = indexOf(second * 1_000);
          if (slice !== -1) bad[slice] = (bad[slice] ?? 0) + counts.bad;
        }
        // The only step of a journey is judged as the journey.
        const states = statesOf(runs, journey, index);
        return {
          journey,
          index,
          name: steps[index]?.name ?? null,
          ...codeColumns({
            state: states.length > 0 ? states : statesOf(runs, journey, null),
            bad,
          }),
        };
      });
  });
}

const HUNDREDTHS = 100;
const rounded = (ratio: number): number => Math.round(ratio * HUNDREDTHS) / HUNDREDTHS;

function generatorColumns(step: StepTimeline, indexOf: SliceIndex, length: number): Series['generator'] {
  const highest = (readings: Iterable<readonly [number, number | null]>): (number | null)[] => {
    const column = Array<number | null>(length).fill(null);
    for (const [at, value] of readings) {
      const index = indexOf(at);
      if (value !== null && index !== -1) column[index] = Math.max(column[index] ?? 0, rounded(value));
    }
    return column;
  };
  return codeColumns({
    cpuRatio: highest(cpuReadings(step).map(({ at, value }) => [at, value])),
    waitedRatio: highest(step.cpu.map(({ at, waitedRatio }) => [at, waitedRatio])),
    busyVus: highest(step.vusSamples.map(({ at, busy }) => [at, busy])),
  });
}

function faultColumns({ slices, faults }: SeriesInput): Series['faults'] {
  const columns = faults.map(({ id, spans }) => {
    const column = Array<number>(slices.length).fill(0);
    for (const { onAt, offAt } of spans) {
      const { from, to } = touchedBy(slices, { fromAt: onAt, toAt: offAt ?? Number.POSITIVE_INFINITY });
      column.fill(1, from, to);
    }
    return [id, column] as const;
  });
  return codeNamedColumns(Object.fromEntries(columns));
}
