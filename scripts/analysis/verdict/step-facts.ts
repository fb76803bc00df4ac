import type { Downtime, GeneratorFigures, LimitFigures, ProberFigures } from '../../contract/figures.ts';
import type { Reason } from '../../contract/verdict-words.ts';
import { DEATH_NOTICED_WITHIN_MS } from '../../core/limits.ts';
import type { RunTimeline, StepTimeline } from '../../observe/timeline.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import type { JudgedFault, JudgedIncident, JudgedInvariant, JudgedSlice, Span } from '../judgement.ts';
import type { StepEnd } from '../slices/end.ts';
import type { JudgedRun } from '../slices/judged-run.ts';
import type { NotServed } from '../slices/not-served.ts';
import type { Canary } from '../slices/prober.ts';
import type { Apart } from '../slices/side-by-side.ts';
import type { EventCounts } from '../turns/event-counts.ts';

/** Everything that the rules of the verdict look at, for a step whose load started. */
export interface StepFacts {
  plan: LaunchPlan;
  timeline: RunTimeline;
  step: StepTimeline;
  /** All slices; the measured ones leave the warm-up out. */
  slices: readonly JudgedSlice[];
  measured: readonly JudgedSlice[];
  /** What each run of turns says by itself. */
  runs: readonly JudgedRun[];
  /** What longer slices show, each from its first to its last bad event. */
  outages: readonly Span[];
  /** Orders and canaries of a journey that part over the whole step. */
  apart: Apart | null;
  totals: EventCounts;
  downtime: Downtime;
  budgetMs: number;
  measuredMs: number;
  generator: GeneratorFigures;
  prober: ProberFigures;
  canaries: readonly Canary[];
  incidents: readonly JudgedIncident[];
  faults: readonly JudgedFault[];
  /** Ids of faults that were in force but are not of the plan. */
  notPlanned: readonly string[];
  invariants: readonly JudgedInvariant[];
  /** Time without trusted load evidence in the 60 s around the highest planned rate. */
  unhealthyAtPeak: { lengthMs: number; voided: GeneratorFigures['voided'] };
  /** Starts of the minutes in which orders were planned, nothing was out of stock and none was confirmed. */
  minutesWithoutSale: readonly number[];
  /** Of which orders were planned, and not one came about. */
  journeysWithoutSale: readonly string[];
  /** Children that ended in this step without having been told to. */
  deaths: RunTimeline['deaths'];
  end: StepEnd;
  /** Amplification at the end of settle; null where it is not known. */
  lastAmplification: number | null;
  /** What came of the target's own limit; null without one. */
  limit: LimitFigures | null;
  /** Too many orders that came to nothing where nothing is charged. */
  notServed: NotServed | null;
}

/** Deaths during a step: between its start and shortly after its end, or in it if it never ended. */
export function deathsDuring(timeline: RunTimeline, step: StepTimeline): RunTimeline['deaths'] {
  const later = timeline.steps.find((one) => one.step > step.step && one.startedAt !== null);
  const fromAt = step.startedAt ?? Number.POSITIVE_INFINITY;
  // Before the next step starts nothing else can be blamed; the first step also owns what died before the load.
  const toAt = later?.startedAt ?? Number.POSITIVE_INFINITY;
  return timeline.deaths.filter(
    (death) =>
      (death.at >= fromAt || isFirst(timeline, step)) && death.at < toAt && !endedBefore(step, death.at),
  );
}

const isFirst = (timeline: RunTimeline, step: StepTimeline): boolean => timeline.steps[0] === step;

/** A child that dies after a completed step takes nothing from it. */
function endedBefore(step: StepTimeline, at: number): boolean {
  return step.how === 'completed' && step.endedAt !== null && at > step.endedAt + DEATH_NOTICED_WITHIN_MS;
}

export type Rule = (facts: StepFacts) => Reason | null;
