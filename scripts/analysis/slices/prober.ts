import { isPolite } from '../../../k6/contract.ts';
import type { ProberState } from '../../contract/verdict-words.ts';
import {
  CANARIES_FAILED_RATIO,
  CANARIES_RAN_RATIO,
  CANARY_OFF_ABOVE_MS,
  ENOUGH_CANARIES,
  FAILURES_IN_A_ROW,
  PROBER_DELAY_ABOVE_MS,
} from '../../core/limits.ts';
import { medianOf } from '../../core/statistics.ts';
import type { ProbeObservation } from '../../observe/observation.ts';
import type { RunTimeline } from '../../observe/timeline.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import { canaryStandstills } from '../instrument/stood-still.ts';
import type { Span } from '../judgement.ts';
import { lengthOf, overlaps } from '../time/grid.ts';
import { firstIndex } from '../time/search.ts';
import { soldOutTruth } from '../turns/stock-truth.ts';

/** A canary, and what it says; null: nothing, by a fault of this machine. */
export interface HeardProbe {
  probe: ProbeObservation;
  said: 'good' | 'failed' | null;
}

/** A canary's failures in a row. */
export interface FailingRun {
  journey: string;
  probes: readonly ProbeObservation[];
  /** Scheduled start of the first good probe after it; null if none came. */
  goodAgainAt: number | null;
}

/** All canaries of the run, in the order of their schedule. */
export function heardProbes(plan: LaunchPlan, timeline: RunTimeline): HeardProbe[] {
  const isTrue = soldOutTruth(plan, timeline);
  const standstills = canaryStandstills(timeline);
  const saidBy = (probe: ProbeObservation): HeardProbe['said'] => {
    if (probe.outcome === 'generator') return null;
    const underWay = { fromAt: probe.startedAt, toAt: probe.at };
    if (probe.outcome === 'bad') return standstills.some((one) => overlaps(one, underWay)) ? null : 'failed';
    if (!isPolite(probe.outcome)) return 'good';
    return isTrue(probe, probe.scheduledAt, probe.at) ? 'good' : 'failed';
  };
  const heard = timeline.probes.map((probe) => ({ probe, said: saidBy(probe) }));
  const isInOrder = heard.every(
    ({ probe }, index) =>
      probe.scheduledAt >= (heard[index - 1]?.probe.scheduledAt ?? Number.NEGATIVE_INFINITY),
  );
  return isInOrder ? heard : heard.sort((a, b) => a.probe.scheduledAt - b.probe.scheduledAt);
}

/** Whether canaries of a journey (null: of any) were scheduled in a span and all that say something were served. */
export function servedJudge(heard: readonly HeardProbe[]) {
  return (journey: string | null, { fromAt, toAt }: Span): boolean => {
    const within = heard
      .slice(firstFrom(heard, fromAt), firstFrom(heard, toAt))
      .filter(({ probe, said }) => said !== null && (journey === null || probe.journey === journey));
    return within.length > 0 && within.every(({ said }) => said === 'good');
  };
}

/** Failures in a row of each journey's canary, at least `FAILURES_IN_A_ROW` long. */
function failingRuns(heard: readonly HeardProbe[], saidOf = ({ said }: HeardProbe) => said): FailingRun[] {
  const runs: FailingRun[] = [];
  const open = new Map<string, ProbeObservation[]>();
  const close = (journey: string, goodAgainAt: number | null): void => {
    const failed = open.get(journey) ?? [];
    if (failed.length >= FAILURES_IN_A_ROW) runs.push({ journey, probes: failed, goodAgainAt });
    open.delete(journey);
  };
  for (const one of heard) {
    const said = saidOf(one);
    const { journey, scheduledAt } = one.probe;
    if (said === 'failed') {
      const failed = open.get(journey) ?? [];
      failed.push(one.probe);
      open.set(journey, failed);
    } else if (said === 'good' && open.has(journey)) close(journey, scheduledAt);
  }
  for (const journey of [...open.keys()]) close(journey, null);
  return runs;
}

/** A canary that counts, and how it ended. */
export interface Canary {
  journey: string;
  scheduledAt: number;
  failed: boolean;
}

/** The canaries that were scheduled in these slices and say something, in the order of their schedule, and their failures in a row. */
export function canariesIn(
  heard: readonly HeardProbe[],
  slices: readonly Span[],
): { canaries: Canary[]; failingRuns: FailingRun[] } {
  const fromAt = slices[0]?.fromAt ?? Number.POSITIVE_INFINITY;
  const toAt = slices.at(-1)?.toAt ?? Number.NEGATIVE_INFINITY;
  const within = heard.slice(firstFrom(heard, fromAt), firstFrom(heard, toAt));
  const canaries = within.flatMap(({ probe: { journey, scheduledAt }, said }) =>
    said === null ? [] : [{ journey, scheduledAt, failed: said === 'failed' }],
  );
  return { canaries, failingRuns: failingRuns(within) };
}

/** Index of the first one that was scheduled then or later. */
const firstFrom = (heard: readonly HeardProbe[], at: number): number =>
  firstIndex(heard.length, (index) => (heard[index]?.probe.scheduledAt ?? at) >= at);

export interface ProbePlan {
  everyMs: number;
  /** Each has canaries of its own; all of them must have run. */
  journeys: readonly string[];
}

/**
 * State of each slice by the canaries alone.
 * @param isExplained whether a canary's failure says nothing, in the slice of this index
 */
export function proberStates(
  slices: readonly Span[],
  { everyMs, journeys }: ProbePlan,
  health: RunTimeline['proberHealth'],
  heard: readonly HeardProbe[],
  isExplained: (journey: string, index: number) => boolean = () => false,
): ProberState[] {
  const failedInRow = inRows(failingRuns(heard));
  // Of a canary that says nothing it is not known that it would have been served.
  const perhapsInRow = inRows(failingRuns(heard, ({ said }) => said ?? 'failed'));
  const wasSlow = slowProber(health);
  let first = 0;
  return slices.map((slice, index) => {
    // A slice shorter than the time between probes is judged by the next probe.
    const toAt = Math.max(slice.toAt, slice.fromAt + everyMs);
    while ((heard[first]?.probe.scheduledAt ?? Number.POSITIVE_INFINITY) < slice.fromAt) first++;
    let end = first;
    while ((heard[end]?.probe.scheduledAt ?? Number.POSITIVE_INFINITY) < toAt) end++;
    const within = heard.slice(first, end);
    const expected = Math.max(1, Math.floor(lengthOf(slice) / everyMs));
    if (!ranAsPlanned(within, journeys, expected) || wasSlow(slice)) return 'UNKNOWN';
    const judged = within.filter(({ said }) => said !== null);
    const failed = judged.filter(
      ({ said, probe }) => said === 'failed' && !isExplained(probe.journey, index),
    );
    const mostFailed =
      judged.length >= ENOUGH_CANARIES && failed.length >= CANARIES_FAILED_RATIO * judged.length;
    const inRow = failed.filter(({ probe }) => failedInRow.has(probe.scheduledAt));
    if (mostFailed || inRow.some(({ probe }) => probe.scheduledAt < slice.toAt)) return 'DOWN';
    // It may also stand for a later slice: of this one nothing is known then.
    return within.some(({ probe }) => perhapsInRow.has(probe.scheduledAt)) ? 'UNKNOWN' : 'UP';
  });
}

/** Scheduled starts of the canaries in rows of failures. */
const inRows = (runs: readonly FailingRun[]): ReadonlySet<number> =>
  new Set(runs.flatMap((run) => run.probes.map(({ scheduledAt }) => scheduledAt)));

function ranAsPlanned(within: readonly HeardProbe[], journeys: readonly string[], expected: number): boolean {
  const onTime = new Map<string, number>();
  for (const { probe, said } of within) {
    if (said === null || Math.abs(probe.startedAt - probe.scheduledAt) > CANARY_OFF_ABOVE_MS) continue;
    onTime.set(probe.journey, (onTime.get(probe.journey) ?? 0) + 1);
  }
  return journeys.every((journey) => (onTime.get(journey) ?? 0) >= CANARIES_RAN_RATIO * expected);
}

/** Whether the prober's own delays void what it saw in a slice; to be asked in the slices' order. */
function slowProber(health: RunTimeline['proberHealth']): (slice: Span) => boolean {
  const readings = [...health].sort((a, b) => a.at - b.at);
  let first = 0;
  return (slice) => {
    while ((readings[first]?.at ?? Number.POSITIVE_INFINITY) <= slice.fromAt) first++;
    const delays: number[] = [];
    for (let index = first; index < readings.length; index++) {
      const reading = readings[index];
      if (!reading || reading.at - 1_000 >= slice.toAt) break;
      delays.push(reading.loopDelayP99Ms);
    }
    return medianOf(delays) > PROBER_DELAY_ABOVE_MS;
  };
}
