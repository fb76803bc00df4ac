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
import { soldOutTruth } from '../turns/stock-truth.ts';

/** null: it says nothing, by a fault of this machine. */
type ProbeVerdict = (probe: ProbeObservation) => 'good' | 'failed' | null;

/** A canary's failures in a row. */
export interface FailingRun {
  journey: string;
  probes: readonly ProbeObservation[];
  /** Scheduled start of the first good probe after it; null if none came. */
  goodAgainAt: number | null;
}

/** Whether a canary failed; null when the prober's own machine was at fault. */
export function probeVerdict(plan: LaunchPlan, timeline: RunTimeline) {
  const isTrue = soldOutTruth(plan, timeline);
  const standstills = canaryStandstills(timeline);
  return (probe: ProbeObservation): 'good' | 'failed' | null => {
    if (probe.outcome === 'generator') return null;
    const underWay = { fromAt: probe.startedAt, toAt: probe.at };
    if (probe.outcome === 'bad') return standstills.some((one) => overlaps(one, underWay)) ? null : 'failed';
    if (!isPolite(probe.outcome)) return 'good';
    return isTrue(probe, probe.scheduledAt, probe.at) ? 'good' : 'failed';
  };
}

/** Failures in a row of each journey's canary, at least `FAILURES_IN_A_ROW` long. */
function failingRuns(probes: readonly ProbeObservation[], verdict: ProbeVerdict): FailingRun[] {
  const runs: FailingRun[] = [];
  const open = new Map<string, ProbeObservation[]>();
  const close = (journey: string, goodAgainAt: number | null): void => {
    const failed = open.get(journey) ?? [];
    if (failed.length >= FAILURES_IN_A_ROW) runs.push({ journey, probes: failed, goodAgainAt });
    open.delete(journey);
  };
  for (const probe of [...probes].sort((a, b) => a.scheduledAt - b.scheduledAt)) {
    const outcome = verdict(probe);
    if (outcome === 'failed') {
      const failed = open.get(probe.journey) ?? [];
      failed.push(probe);
      open.set(probe.journey, failed);
    } else if (outcome === 'good') close(probe.journey, probe.scheduledAt);
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
  plan: LaunchPlan,
  timeline: RunTimeline,
  slices: readonly Span[],
): { canaries: Canary[]; failingRuns: FailingRun[] } {
  const verdict = probeVerdict(plan, timeline);
  const fromAt = slices[0]?.fromAt ?? Number.POSITIVE_INFINITY;
  const toAt = slices.at(-1)?.toAt ?? Number.NEGATIVE_INFINITY;
  const probes = timeline.probes.filter((probe) => probe.scheduledAt >= fromAt && probe.scheduledAt < toAt);
  const canaries = probes.flatMap((probe) => {
    const { journey, scheduledAt } = probe;
    const seen = verdict(probe);
    return seen === null ? [] : [{ journey, scheduledAt, failed: seen === 'failed' }];
  });
  canaries.sort((a, b) => a.scheduledAt - b.scheduledAt);
  return { canaries, failingRuns: failingRuns(probes, verdict) };
}

export interface ProbePlan {
  everyMs: number;
  /** Each has canaries of its own; all of them must have run. */
  journeys: readonly string[];
}

/** State of each slice by the canaries alone. */
export function proberStates(
  slices: readonly Span[],
  { everyMs, journeys }: ProbePlan,
  timeline: RunTimeline,
  verdict: ProbeVerdict,
): ProberState[] {
  const failedInRow = inRows(timeline, verdict);
  // Of a canary that says nothing it is not known that it would have been served.
  const perhapsInRow = inRows(timeline, (probe) => verdict(probe) ?? 'failed');
  const probes = [...timeline.probes].sort((a, b) => a.scheduledAt - b.scheduledAt);
  const wasSlow = slowProber(timeline.proberHealth);
  let first = 0;
  return slices.map((slice) => {
    // A slice shorter than the time between probes is judged by the next probe.
    const toAt = Math.max(slice.toAt, slice.fromAt + everyMs);
    while ((probes[first]?.scheduledAt ?? Number.POSITIVE_INFINITY) < slice.fromAt) first++;
    const within: ProbeObservation[] = [];
    for (let at = first; (probes[at]?.scheduledAt ?? Number.POSITIVE_INFINITY) < toAt; at++) {
      const probe = probes[at];
      if (probe) within.push(probe);
    }
    const expected = Math.max(1, Math.floor(lengthOf(slice) / everyMs));
    const ran = journeys.every((journey) =>
      ranAsPlanned(
        within.filter((probe) => probe.journey === journey),
        expected,
        verdict,
      ),
    );
    if (!ran || wasSlow(slice)) return 'UNKNOWN';
    const judged = within.filter((probe) => verdict(probe) !== null);
    const failed = judged.filter((probe) => verdict(probe) === 'failed').length;
    const mostFailed = judged.length >= ENOUGH_CANARIES && failed >= CANARIES_FAILED_RATIO * judged.length;
    const inRow = judged.filter((probe) => failedInRow.has(probe.scheduledAt));
    if (mostFailed || inRow.some((probe) => probe.scheduledAt < slice.toAt)) return 'DOWN';
    // It may also stand for a later slice: of this one nothing is known then.
    return within.some((probe) => perhapsInRow.has(probe.scheduledAt)) ? 'UNKNOWN' : 'UP';
  });
}

/** Scheduled starts of the canaries in rows of failures. */
function inRows({ probes }: RunTimeline, verdict: ProbeVerdict): ReadonlySet<number> {
  return new Set(
    failingRuns(probes, verdict).flatMap((run) => run.probes.map(({ scheduledAt }) => scheduledAt)),
  );
}

function ranAsPlanned(within: readonly ProbeObservation[], expected: number, verdict: ProbeVerdict): boolean {
  const onTime = within.filter(
    (probe) =>
      verdict(probe) !== null && Math.abs(probe.startedAt - probe.scheduledAt) <= CANARY_OFF_ABOVE_MS,
  );
  return onTime.length >= CANARIES_RAN_RATIO * expected;
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
