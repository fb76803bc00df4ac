import { formatDurationMs } from '../core/quantities.ts';
import type { RunTimeline, StepTimeline } from '../observe/timeline.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { t0Of } from './grid.ts';
import type { JudgedFault, JudgedSlice } from './judgement.ts';
import { timeToRecoverMs } from './recovery.ts';

type Fault = LaunchPlan['faults'][number];

/** Every fault of the plan as it went in one step: planned, actual, and how long the target took to recover. */
export function judgeFaults(
  plan: LaunchPlan,
  timeline: RunTimeline,
  step: StepTimeline,
  slices: readonly JudgedSlice[],
): JudgedFault[] {
  return plan.faults.map((fault) => {
    const span = spanInStep(timeline, step, fault.id);
    const t0 = t0Of(step);
    const { atMs, forMs } = windowOf(fault);
    const plannedAt = span?.plannedOnAt ?? (t0 === null || atMs === null ? null : t0 + atMs);
    const endedAt = span?.offAt ?? null;
    const fired = (span?.hit ?? 0) > 0;
    return {
      id: fault.id,
      kind: fault.kind,
      partner: fault.partner,
      label: faultLabel(fault),
      plannedAt,
      plannedEndAt: span?.plannedOffAt ?? (plannedAt === null || forMs === null ? null : plannedAt + forMs),
      firedAt: span?.onAt ?? null,
      endedAt,
      fired,
      seen: span?.seen ?? 0,
      hits: span?.hit ?? 0,
      requestedMedianMs: span?.requestedMedianMs ?? null,
      achievedMedianMs: span?.achievedMedianMs ?? null,
      timeToRecoverMs: endedAt === null || !fired ? null : timeToRecoverMs(slices, endedAt),
    };
  });
}

function spanInStep(timeline: RunTimeline, step: StepTimeline, id: string) {
  if (step.startedAt === null) return undefined;
  const from = step.startedAt;
  const to = step.endedAt ?? Number.POSITIVE_INFINITY;
  return timeline.faultSpans.find((span) => span.fault === id && span.onAt >= from && span.onAt <= to);
}

/** A fault in words, e.g. `pay latency +2 s` or `beanhouse stock-out tea`. Names come from the plan. */
export function faultLabel(fault: Fault): string {
  const fields = fieldsOf(fault);
  const addedMs = typicalMs(fields.get('add'));
  const item = fields.get('item');
  const added = addedMs === null ? '' : ` +${formatDurationMs(addedMs)}`;
  return `${fault.partner} ${fault.kind}${added}${typeof item === 'string' ? ` ${item}` : ''}`;
}

/** Fields are read by name because each fault kind brings its own schema; all of them have `at` and `for`, in ms. */
function windowOf(fault: Fault): { atMs: number | null; forMs: number | null } {
  const fields = fieldsOf(fault);
  return { atMs: numberOrNull(fields.get('at')), forMs: numberOrNull(fields.get('for')) };
}

const fieldsOf = (fault: Fault): ReadonlyMap<string, unknown> => new Map(Object.entries(fault));

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** Fixed, median, mean or greatest value of a latency, ms. */
function typicalMs(latency: unknown): number | null {
  if (typeof latency !== 'object' || latency === null) return null;
  const fields = new Map<string, unknown>(Object.entries(latency));
  return numberOrNull(
    fields.get('ms') ?? fields.get('medianMs') ?? fields.get('meanMs') ?? fields.get('maxMs'),
  );
}
