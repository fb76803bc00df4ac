import type { RunTimeline, StepTimeline } from '../observe/timeline.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import type { Span } from './judgement.ts';
import { pushTroubles } from './push-gaps.ts';
import type { Trouble } from './trouble.ts';

/** Readings above these mean that the measuring machine, not the target, may have made turns bad. */
const CPU_ABOVE_RATIO = 0.8;
const LOOP_DELAY_ABOVE_MS = 50;
const READINGS_OVER_MS = 5_000;
/** A single delay or silence of the mocks this long holds orders up by itself. */
const STALL_ABOVE_MS = 500;
const SILENCE_ABOVE_MS = 2_500;
const CLOCK_STEP_ABOVE_MS = 500;
const LATENCY_HITS = 20;
const LATENCY_OFF_RATIO = 0.1;
const LATENCY_OFF_MS = 5;
/** Planned starts may differ by this much: 1 % or 3 orders, and 200 ms in sum. */
const MISSING_RATIO = 0.01;
const MISSING_ORDERS = 3;
const TRAILING_MS = 200;

/** What the readings beside the turns say against the load evidence of a step. `untilAt`: end of what was observed. */
export function troubles(
  plan: LaunchPlan,
  timeline: RunTimeline,
  step: StepTimeline,
  untilAt: number,
): Trouble[] {
  const cpu = step.cpu.flatMap(({ at, cpuRatio }) => (cpuRatio === null ? [] : [{ at, value: cpuRatio }]));
  const mocks = timeline.mockHealth.map(({ at, loopDelayP99Ms }) => ({ at, value: loopDelayP99Ms }));
  return [
    ...sustained(cpu, mean, CPU_ABOVE_RATIO).map((span) => ({ ...span, why: 'cpu' as const })),
    ...sustained(mocks, median, LOOP_DELAY_ABOVE_MS).map((span) => ({ ...span, why: 'mocks-slow' as const })),
    ...stalls(timeline, untilAt),
    ...latencyOff(timeline),
    ...pushTroubles(plan, step, untilAt),
    ...timeline.clockSteps
      .filter((one) => Math.abs(one.byMs) > CLOCK_STEP_ABOVE_MS)
      .map(({ at, byMs }) => ({
        fromAt: at - 1_000 - Math.abs(byMs),
        toAt: at + 1_000 + Math.abs(byMs),
        why: 'clock-step' as const,
      })),
  ];
}

/** Orders that were planned and counted up to the end of a slice, and in it. */
export interface ArrivalFigures {
  planned: number;
  /** Started + dropped. */
  counted: number;
  plannedSoFar: number;
  countedSoFar: number;
  lengthMs: number;
  lost: number;
  generatorErrors: number;
}

/** What the arrivals of one slice say against its load evidence (stable words). */
export function arrivalTroubles(figures: ArrivalFigures): string[] {
  const { planned, counted, plannedSoFar, countedSoFar, lengthMs } = figures;
  const found: string[] = [];
  const allowed = Math.max(MISSING_RATIO * planned, MISSING_ORDERS);
  if (Math.abs(planned - counted) > allowed) found.push('starts-differ');
  const behind = plannedSoFar - countedSoFar;
  if (behind > MISSING_ORDERS && behind > (planned / lengthMs) * TRAILING_MS) found.push('starts-trail');
  if (figures.lost > 0) found.push('dropped');
  if (figures.generatorErrors > 0) found.push('local-errors');
  return found;
}

/** Readings that this platform or run does not give; they void nothing. */
export function notMeasured(plan: LaunchPlan, timeline: RunTimeline, step: StepTimeline): string[] {
  const missing = ['time k6 waited for a core'];
  if (step.cpu.every((one) => one.cpuRatio === null)) missing.push('CPU of k6');
  if (step.cpu.every((one) => one.rssBytes === null)) missing.push('memory of k6');
  if (step.vusSamples.every((one) => one.busy === null)) missing.push('busy VUs');
  if (plan.partners.length > 0 && timeline.mockHealth.length === 0)
    missing.push('event-loop delay of the mocks');
  if (timeline.proberHealth.length === 0) missing.push('event-loop delay of the prober');
  return missing;
}

interface Reading {
  at: number;
  value: number;
}

/** The 5 s before each reading in which the figure was above the limit, if readings cover most of them. */
function sustained(
  readings: readonly Reading[],
  figure: (values: readonly number[]) => number,
  limit: number,
): Span[] {
  return readings.flatMap(({ at }, index) => {
    let first = index;
    while (first > 0 && (readings[first - 1]?.at ?? 0) > at - READINGS_OVER_MS) first--;
    const window = readings.slice(first, index + 1);
    const coveredMs = at - (window[0]?.at ?? at);
    const enough = window.length >= 4 && coveredMs >= 0.6 * READINGS_OVER_MS;
    return enough && figure(window.map((one) => one.value)) > limit
      ? [{ fromAt: at - READINGS_OVER_MS, toAt: at }]
      : [];
  });
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Mocks that stood still: one long delay, or readings (one a second) that did not come. The median hides both. */
function stalls(timeline: RunTimeline, untilAt: number): Trouble[] {
  const why = 'mocks-slow' as const;
  const readings = timeline.mockHealth;
  const delayed = readings
    .filter((one) => one.loopDelayP99Ms > STALL_ABOVE_MS)
    .map(({ at, loopDelayP99Ms }) => ({ fromAt: at - 1_000 - loopDelayP99Ms, toAt: at, why }));
  const silent = readings.flatMap(({ at }, index) => {
    const nextAt = readings[index + 1]?.at ?? untilAt;
    return nextAt - at > SILENCE_ABOVE_MS ? [{ fromAt: at, toAt: nextAt, why }] : [];
  });
  return [...delayed, ...silent];
}

function latencyOff(timeline: RunTimeline): Trouble[] {
  return timeline.faultSpans.flatMap((span) => {
    const { requestedMedianMs: wanted, achievedMedianMs: got } = span;
    if (wanted === null || got === null || span.hit < LATENCY_HITS) return [];
    const offMs = Math.abs(got - wanted);
    if (offMs <= LATENCY_OFF_MS || offMs <= LATENCY_OFF_RATIO * wanted) return [];
    return [{ fromAt: span.onAt, toAt: span.offAt ?? Number.POSITIVE_INFINITY, why: 'latency-off' as const }];
  });
}
