import type { StepReport, Verdict } from '../contract/run-report.ts';
import { type Reason, VERDICT_EXIT } from '../contract/verdict-words.ts';
import { RECOVERED_WITHIN_MS } from '../core/limits.ts';
import { measuredMsOf } from '../core/step-length.ts';
import type { RunTimeline, StepTimeline } from '../observe/timeline.ts';
import { type AnnouncedStep, announcedSteps } from '../plan/derived/announced-steps.ts';
import { budgetMs } from '../plan/derived/step-times.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { judgeStep } from './judge-step.ts';
import type { Judgement } from './judgement.ts';
import { leavesPeakOut } from './time/window-peak.ts';
import type { Successes } from './turns/events.ts';
import { leniency } from './verdict/leniency.ts';
import { diedReason } from './verdict/rules-invalid.ts';
import { CUT_SHORT } from './verdict/rules-service.ts';
import { runVerdict } from './verdict/verdict.ts';

/**
 * Judges a whole run by its plan and its observations alone: the same input always gives the same answer. Every step that
 * was announced is in it, run or not. `doubts` are the reasons why the observations may not be what the run wrote: with
 * one of them nothing that was measured counts.
 */
export function judgeRun(plan: LaunchPlan, timeline: RunTimeline, doubts: readonly Reason[] = []): Judgement {
  const successes: Successes = new Map();
  const steps: StepReport[] = [];
  for (const announced of announcedSteps(plan)) {
    const step = timeline.steps.find((one) => one.step === announced.index);
    steps.push(
      step && step.startedAt !== null
        ? judgeStep(plan, timeline, step, successes)
        : notRun(plan, timeline, announced, step, steps.at(-1)),
    );
  }
  const judged = runVerdict(steps, plan.rehearsal.mustHold);
  const loaded = steps.filter(({ downtime }) => downtime !== null);
  const verdict: Verdict = {
    ...judged,
    // What holds without the window's peak says nothing of the launch.
    holdsAt: timeline.steps.some(leavesPeakOut) ? null : judged.holdsAt,
    lenient: leniency({ plan, timeline, steps: loaded }),
  };
  if (doubts.length > 0) return doubted(verdict, steps, doubts);
  // Of a killed run the steps that it completed stand, but a run passes only by its own end.
  if (verdict.status === 'PASS' && timeline.how === null) {
    return {
      ...verdict,
      status: 'INCONCLUSIVE',
      exitCode: VERDICT_EXIT.INCONCLUSIVE,
      reasons: [CUT_SHORT],
      steps,
    };
  }
  return { ...verdict, steps };
}

function doubted(verdict: Verdict, steps: readonly StepReport[], doubts: readonly Reason[]): Judgement {
  return {
    ...verdict,
    status: 'INVALID',
    exitCode: VERDICT_EXIT.INVALID,
    holdsAt: null,
    failsAt: null,
    reasons: [...doubts, ...verdict.reasons],
    steps: steps.map((step) =>
      step.downtime === null
        ? step
        : { ...step, status: 'INVALID', reasons: [...doubts, ...step.reasons], worth: null },
    ),
  };
}

const NOTHING_MEASURED = {
  downtime: null,
  generator: null,
  slices: null,
  series: null,
  orders: null,
  prober: null,
  traffic: null,
  funnels: [],
  parts: [],
  thresholds: [],
  limit: null,
  metastable: null,
  worth: null,
  incidents: [],
  faults: [],
  invariants: [],
  latency: null,
  ticketWaits: null,
  partners: [],
} as const;

function notRun(
  plan: LaunchPlan,
  timeline: RunTimeline,
  { index, multiple }: AnnouncedStep,
  step: StepTimeline | undefined,
  before: StepReport | undefined,
): StepReport {
  // A child that ended before the load began voids the step that it was needed for, and only that.
  const first = before === undefined || before.downtime !== null;
  const deaths = first ? timeline.deaths : [];
  const died =
    diedReason('k6', deaths, step?.how ?? null) ?? (first ? diedReason('mocks', deaths, null) : null);
  return {
    index,
    multiple,
    status: died ? 'INVALID' : 'INCONCLUSIVE',
    reasons: [died ?? whyNotRun(timeline, before, first)],
    startedAt: null,
    t0: null,
    endedAt: null,
    peakOrdersPerSec: step?.peakOrdersPerSec ?? null,
    measuredMs: 0,
    budgetMs: budgetMs(plan, step ? measuredMsOf(step) : 0),
    ...NOTHING_MEASURED,
  };
}

function whyNotRun(timeline: RunTimeline, before: StepReport | undefined, first: boolean): Reason {
  if (timeline.how === 'not-recovered' && first) {
    return {
      code: 'not-recovered',
      message: `the target did not recover within ${RECOVERED_WITHIN_MS / 1_000} s after ${before ? `${before.multiple}x` : 'the step before'}, so this step did not start`,
      next: 'see what keeps the target down after the load is back to 1x',
    };
  }
  if (timeline.how === 'interrupted') {
    return {
      code: 'interrupted',
      message: 'the run was stopped before this step started',
      next: 'run it again to its end',
    };
  }
  const died = timeline.deaths[0];
  return {
    code: 'not-run',
    message: died
      ? `this step did not start: the ${died.who} had ended (${died.signal ?? `exit code ${died.code}`})`
      : 'this step did not start',
    next: before ? `see ${before.multiple}x, the step before` : 'see the messages of the run, then run again',
  };
}
