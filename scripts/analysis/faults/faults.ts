import { sumBy } from '../../core/statistics.ts';
import type { FaultSpan, RunTimeline, StepTimeline } from '../../observe/timeline.ts';
import { plannedCount, plannedOccurrence } from '../../plan/derived/step-times.ts';
import type { Fault } from '../../plan/fault.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import type { JudgedFault, JudgedSlice } from '../judgement.ts';
import { spansInStep } from '../time/fault-spans.ts';
import { t0Of } from '../time/grid.ts';
import { faultLabel } from './fault-label.ts';
import { faultGrader } from './grading.ts';

/** Every fault of the plan as it went in one step: planned, actual, and how the target stood it. */
export function judgeFaults(
  plan: LaunchPlan,
  timeline: RunTimeline,
  step: StepTimeline,
  slices: readonly JudgedSlice[],
): JudgedFault[] {
  const spans = spansInStep(timeline, step);
  const met = spans.filter(({ hit }) => hit > 0);
  const grade = faultGrader(step, slices, met, plan.slo.slowAfterMs);
  const byFault = new Map<string, FaultSpan[]>();
  for (const span of spans) {
    // What was left over from the step before is no occurrence of this one.
    if (span.onAt < (step.startedAt ?? span.onAt)) continue;
    const known = byFault.get(span.fault);
    if (known) known.push(span);
    else byFault.set(span.fault, [span]);
  }
  return plan.faults.map((fault) => {
    const own = byFault.get(fault.id) ?? [];
    const ownMet = own.filter(({ hit }) => hit > 0);
    const planned = plannedCount(fault);
    // The same occurrence may have been ended and begun anew by hand.
    const firedCount = Math.min(planned, new Set(ownMet.map(({ plannedOnAt }) => plannedOnAt)).size);
    const fired = firedCount === planned;
    return {
      id: fault.id,
      kind: fault.kind,
      partner: fault.partner,
      label: faultLabel(fault),
      ...plannedTimes(fault, planned, t0Of(step), own),
      firedAt: own[0]?.onAt ?? null,
      endedAt: lastEnd(own),
      fired,
      occurrences: { planned, fired: firedCount },
      spans: own.map(({ onAt, offAt, hit }) => ({ onAt, offAt, hit })),
      seen: sumBy(own, ({ seen }) => seen),
      hits: sumBy(own, ({ hit }) => hit),
      ...delaysOf(ownMet),
      ...grade(fault, ownMet, fired),
    };
  });
}

function plannedTimes(
  fault: Fault,
  planned: number,
  t0: number | null,
  own: readonly FaultSpan[],
): Pick<JudgedFault, 'plannedAt' | 'plannedEndAt'> {
  const startAt = t0 ?? (own[0] ? own[0].plannedOnAt - fault.atMs : null);
  if (startAt === null) return { plannedAt: null, plannedEndAt: null };
  return {
    plannedAt: own[0]?.plannedOnAt ?? startAt + fault.atMs,
    plannedEndAt:
      (planned === own.length ? own.at(-1)?.plannedOffAt : null) ??
      startAt + plannedOccurrence(fault, planned - 1).offMs,
  };
}

/** null while one is in force, and before the first. */
function lastEnd(own: readonly FaultSpan[]): number | null {
  const ends = own.map(({ offAt }) => offAt);
  if (ends.length === 0 || ends.includes(null)) return null;
  return Math.max(...ends.map((at) => at ?? 0));
}

/** Of the occurrence that most requests met. */
function delaysOf(met: readonly FaultSpan[]): Pick<JudgedFault, 'requestedMedianMs' | 'achievedMedianMs'> {
  const delayed = met.filter(({ requestedMedianMs }) => requestedMedianMs !== null);
  const most = delayed.toSorted((a, b) => b.hit - a.hit)[0];
  return {
    requestedMedianMs: most?.requestedMedianMs ?? null,
    achievedMedianMs: most?.achievedMedianMs ?? null,
  };
}

/** Ids of faults that somebody injected while the step ran. */
export function faultsNotPlanned(plan: LaunchPlan, timeline: RunTimeline, step: StepTimeline): string[] {
  const planned = new Set(plan.faults.map(({ id }) => id));
  const others = spansInStep(timeline, step).filter(({ fault }) => !planned.has(fault));
  return [...new Set(others.map(({ fault }) => fault))];
}
