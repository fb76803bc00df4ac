import type { StepReport, Verdict } from '../../contract/run-report.ts';
import {
  LENIENT_ALLOWANCE_RATIO,
  LENIENT_DOWN_ABOVE_RATIO,
  LENIENT_MEASURED_MS,
  LENIENT_MUST_HOLD,
  LENIENT_PATIENCE_MS,
  LENIENT_PROBE_EVERY_MS,
  LENIENT_SETTLE_MS,
  LENIENT_SHORTAGE_RATIO,
  LENIENT_SLOW_AFTER_MS,
} from '../../core/limits.ts';
import { formatDurationMs, percentText } from '../../core/quantities.ts';
import { sumBy } from '../../core/statistics.ts';
import type { RunTimeline } from '../../observe/timeline.ts';
import { plannedCount } from '../../plan/derived/step-times.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import { leavesPeakOut } from '../time/window-peak.ts';

// What makes a verdict milder than the defaults would: said beside every verdict, and nothing else is.

export interface LeniencyFacts {
  plan: LaunchPlan;
  timeline: RunTimeline;
  /** Those whose load started. */
  steps: readonly StepReport[];
}

type Row = (facts: LeniencyFacts) => string | null;

/** By what it is about, in the order in which it is told. */
export const LENIENCY_ROWS: Readonly<Record<string, Row>> = {
  budget: ({ plan: { slo, forecast }, steps }) => {
    const measuredMs = Math.max(0, ...steps.map((step) => step.measuredMs));
    const proRataMs = (slo.allowedDowntimeMs * measuredMs) / forecast.windowMs;
    const declaredMs = slo.downtimeBudgetMs;
    return declaredMs === null || declaredMs <= proRataMs || measuredMs === 0
      ? null
      : `budget of ${formatDurationMs(declaredMs)}, pro rata ${formatDurationMs(Math.round(proRataMs))}`;
  },
  allowance: ({ plan: { slo, forecast } }) =>
    slo.allowedDowntimeMs > LENIENT_ALLOWANCE_RATIO * forecast.windowMs
      ? `${formatDurationMs(slo.allowedDowntimeMs)} of ${formatDurationMs(forecast.windowMs)} may be down`
      : null,
  downAbove: ({ plan: { slo } }) =>
    slo.downAboveRatio > LENIENT_DOWN_ABOVE_RATIO ? `down above ${percentText(slo.downAboveRatio)}` : null,
  slowAfter: ({ plan: { slo } }) =>
    slo.slowAfterMs > LENIENT_SLOW_AFTER_MS ? `slow after ${formatDurationMs(slo.slowAfterMs)}` : null,
  patience: ({ plan: { client } }) =>
    client.patienceMs > LENIENT_PATIENCE_MS ? `patience ${formatDurationMs(client.patienceMs)}` : null,
  scale: ({ plan: { rehearsal } }) => (rehearsal.scale < 1 ? `scale ${rehearsal.scale}` : null),
  mustHold: ({ plan: { rehearsal } }) => {
    const highest = Math.max(...rehearsal.multiples);
    if (rehearsal.mustHold < highest) return `must hold ${rehearsal.mustHold}x of ${highest}x`;
    return rehearsal.mustHold < LENIENT_MUST_HOLD ? `must hold ${rehearsal.mustHold}x only` : null;
  },
  measured: ({ steps }) => {
    const measuredMs = Math.min(...steps.map((step) => step.measuredMs));
    return measuredMs < LENIENT_MEASURED_MS ? `${formatDurationMs(measuredMs)} measured` : null;
  },
  settle: ({ plan: { rehearsal } }) =>
    rehearsal.settleMs < LENIENT_SETTLE_MS ? `settle ${formatDurationMs(rehearsal.settleMs)}` : null,
  timeSlice: ({ plan: { slo }, timeline }) => {
    const ruleMs = Math.min(...timeline.steps.map(({ ruleSliceMs }) => ruleSliceMs));
    return slo.timeSliceMs !== null && slo.timeSliceMs > ruleMs
      ? `slices of ${formatDurationMs(slo.timeSliceMs)}, by rule ${formatDurationMs(ruleMs)}`
      : null;
  },
  probe: ({ plan: { probe } }) =>
    probe.everyMs !== null && probe.everyMs > LENIENT_PROBE_EVERY_MS
      ? `a canary every ${formatDurationMs(probe.everyMs)}`
      : null,
  peak: ({ timeline }) => {
    const step = timeline.steps.find(leavesPeakOut);
    return step
      ? `replays ${rateText(step.peakOrdersPerSec)}; the window's peak is ${rateText(step.windowPeakOrdersPerSec)}`
      : null;
  },
  shortage: ({ plan: { faults }, steps }) => {
    const measuredMs = Math.min(...steps.map((step) => step.measuredMs));
    const long = faults
      .filter(({ kind }) => kind === 'closure' || kind === 'stock-out')
      .map((fault) => ({ fault, ms: fault.forMs * plannedCount(fault) }))
      .filter(({ ms }) => ms > LENIENT_SHORTAGE_RATIO * measuredMs);
    return long.length === 0
      ? null
      : long.map(({ fault, ms }) => `${fault.partner} ${fault.kind} for ${formatDurationMs(ms)}`).join(', ');
  },
  whenOut: ({ plan: { partners } }) =>
    named(
      partners.flatMap((one) => (one.kind === 'cafe' && one.whenOut === 'accept' ? [one.name] : [])),
      (names) => `${names} accepts what is out`,
    ),
  strict: ({ plan: { partners } }) =>
    named(
      partners.flatMap((one) => (one.kind === 'promo' && !one.strict ? [one.name] : [])),
      (names) => `${names} is not strict`,
    ),
  proof: ({ steps }) => {
    const funnels = steps.flatMap((step) => step.funnels).filter(({ unnamed }) => unnamed > 0);
    const journeys = [...new Set(funnels.map(({ journey }) => journey))];
    return named(
      journeys.map((journey) => {
        const own = funnels.filter((one) => one.journey === journey);
        const unnamed = sumBy(own, (one) => one.unnamed);
        return `nothing proves ${count(unnamed)} orders of ${journey}`;
      }),
      (texts) => texts,
    );
  },
  waits: ({ steps }) => {
    const worst = steps
      .flatMap(({ ticketWaits }) => ticketWaits ?? [])
      .sort((a, b) => b.p95Ms - a.p95Ms)
      .at(0);
    return worst === undefined
      ? null
      : `${percentText(worst.ratio)} waited by ticket for ${tenths(worst.p50Ms)} (p95 ${tenths(worst.p95Ms)})`;
  },
};

/** Nothing where no load started: there is no verdict on the target to be mild about. */
export function leniency(facts: LeniencyFacts): Verdict['lenient'] {
  if (facts.steps.length === 0) return [];
  return Object.entries(LENIENCY_ROWS).flatMap(([what, row]) => {
    const text = row(facts);
    return text === null ? [] : [{ what, text }];
  });
}

const named = (names: readonly string[], text: (joined: string) => string): string | null =>
  names.length === 0 ? null : text(names.join(', '));

const count = (value: number): string => value.toLocaleString('en-US');
const rateText = (perSec: number): string => `${Number(perSec.toPrecision(3))}/s`;
const tenths = (ms: number): string => formatDurationMs(Math.round(ms / 100) * 100);
