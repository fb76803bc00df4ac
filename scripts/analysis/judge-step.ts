import type { StepReport } from '../contract/run-report.ts';
import { measuredMsOf } from '../core/step-length.ts';
import type { RunTimeline, StepTimeline } from '../observe/timeline.ts';
import { budgetMs } from '../plan/derived/step-times.ts';
import { thinkingMs } from '../plan/derived/thinking.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { faultsNotPlanned, judgeFaults } from './faults/faults.ts';
import { failingTurns } from './incidents/exchanges.ts';
import { judgeIncidents } from './incidents/incidents.ts';
import { generatorFigures, highest, unhealthyAtPeak } from './instrument/generator-figures.ts';
import type { JudgedFault, JudgedInvariant, JudgedSlice, Span } from './judgement.ts';
import { partnersOf } from './series/partners.ts';
import { seriesOf } from './series/step-series.ts';
import { funnelsOf } from './shoppers/funnel.ts';
import { latencyFigures, ticketWaits } from './shoppers/latency.ts';
import { limitOf } from './shoppers/limit.ts';
import { orderFigures, partFigures } from './shoppers/order-figures.ts';
import { amplificationIn, trafficOf } from './shoppers/traffic.ts';
import { downtimeOf, outagesOf, witnessOf } from './slices/downtime.ts';
import { endOf, lastSlices } from './slices/end.ts';
import { journeysWithoutSale, minutesWithoutSale } from './slices/minutes.ts';
import { ordersNotServed } from './slices/not-served.ts';
import { canariesIn } from './slices/prober.ts';
import { type JudgedSlices, judgeSlices } from './slices/slices.ts';
import { t0Of } from './time/grid.ts';
import { stopAtOf } from './time/observed-until.ts';
import { allEvents, type StepEvents, type Successes, stepEvents } from './turns/events.ts';
import { deathsDuring, type StepFacts } from './verdict/step-facts.ts';
import { stepVerdict } from './verdict/verdict.ts';
import { type WorthInput, worthOf } from './verdict/worth.ts';

/** Judges a step whose load started. `successes` carries over what the journeys have proven in earlier steps. */
export function judgeStep(
  plan: LaunchPlan,
  timeline: RunTimeline,
  step: StepTimeline,
  successes: Successes,
): StepReport {
  const stopAt = stopAtOf(step);
  const events = stepEvents(plan, timeline, step, stopAt, successes);
  const judged = judgeSlices(plan, timeline, step, events, stopAt);
  const facts = factsOf({ plan, timeline, step }, { stopAt, events, judged });
  const { status, reasons } = stepVerdict(facts);
  return {
    index: step.step,
    multiple: step.multiple,
    status,
    reasons,
    startedAt: step.startedAt,
    t0: t0Of(step),
    endedAt: step.endedAt,
    peakOrdersPerSec: step.peakOrdersPerSec,
    measuredMs: facts.measuredMs,
    budgetMs: facts.budgetMs,
    downtime: facts.downtime,
    generator: facts.generator,
    slices: sliceFigures(facts),
    series: seriesOf({ ...facts, events }),
    ...shopperFigures(facts, events),
    prober: facts.prober,
    thresholds: step.thresholds,
    limit: facts.limit,
    metastable: facts.end === 'metastable',
    worth: status === 'PASS' ? worthOf(worthInput(facts)) : null,
    incidents: facts.incidents,
    faults: facts.faults.map(({ spans: _spans, ...fault }) => fault),
    invariants: facts.invariants,
    partners: partnersOf(plan, timeline, step),
  };
}

function sliceFigures({ step, runs, measured }: StepFacts): StepReport['slices'] {
  const countOf = (wanted: JudgedSlice['state']): number =>
    measured.filter(({ state }) => state === wanted).length;
  const longer = runs.flatMap(({ lengthsMs }) => lengthsMs.slice(1));
  return {
    lengthMs: step.sliceMs,
    journeysMs: step.journeySliceMs,
    journeyStepsMs: step.journeyStepSliceMs,
    longerMs: [...new Set(longer)].sort((a, b) => a - b),
    measured: measured.length,
    down: countOf('DOWN'),
    unknown: countOf('UNKNOWN'),
  };
}

function shopperFigures(
  { plan, step, totals }: StepFacts,
  events: StepEvents,
): Pick<StepReport, 'orders' | 'latency' | 'ticketWaits' | 'traffic' | 'funnels' | 'parts'> {
  return {
    orders: orderFigures(totals),
    latency: latencyFigures(step.durations),
    ticketWaits: ticketWaits(step.durations),
    traffic: trafficOf(step),
    funnels: funnelsOf(plan, step, events),
    parts: partFigures(step),
  };
}

function worthInput({ plan, step, measured, measuredMs, downtime, faults, outages }: StepFacts): WorthInput {
  return {
    measuredMs,
    windowMs: plan.forecast.windowMs,
    allowedDowntimeMs: plan.slo.allowedDowntimeMs,
    sliceMs: step.sliceMs,
    possibleMs: downtime.possibleMs,
    outagesMs: outagesOf(measured, outages),
    worstRecoveryMs: highest(faults.map(({ timeToRecoverMs }) => timeToRecoverMs)),
  };
}

function factsOf(
  { plan, timeline, step }: { plan: LaunchPlan; timeline: RunTimeline; step: StepTimeline },
  { stopAt, events, judged }: { stopAt: number; events: StepEvents; judged: JudgedSlices },
): StepFacts {
  const { slices, runs, outages, apart, heard } = judged;
  const measured = slices.filter((slice) => slice.phase !== 'warm-up');
  const measuredMs = measuredMsOf(step);
  const totals = allEvents(events);
  const faults = judgeFaults(plan, timeline, step, slices);
  const { canaries, failingRuns } = canariesIn(heard, slices);
  return {
    plan,
    timeline,
    step,
    slices,
    ...{ runs, outages, apart },
    measured,
    totals,
    downtime: downtimeOf(measured),
    budgetMs: budgetMs(plan, measuredMs),
    measuredMs,
    generator: generatorFigures(plan, timeline, step, totals, measured, stopAt),
    canaries,
    prober: {
      probes: canaries.length,
      failed: canaries.filter(({ failed }) => failed).length,
      ...witnessOf(measured),
    },
    incidents: judgeIncidents({
      ...{ slices, outages, canaries, failingRuns, faults, multiple: step.multiple },
      failingTurns: failingTurns(plan, timeline, step),
    }),
    faults,
    notPlanned: faultsNotPlanned(plan, timeline, step),
    invariants: invariantsIn(timeline, step),
    unhealthyAtPeak: unhealthyAtPeak(step, measured),
    minutesWithoutSale: minutesWithoutSale(
      plan,
      timeline,
      measured.filter((slice) => slice.toAt <= stopAt),
      (step.startedAt ?? 0) + quickestThinkingMs(plan),
    ),
    journeysWithoutSale: journeysWithoutSale(step, events),
    deaths: deathsDuring(timeline, step),
    end: endOf(measured, lastFaultEnd(faults), events.servedPerSec),
    lastAmplification: amplificationIn(step, spanOf(lastSlices(measured))),
    limit: limitOf(plan, { step, events, measured, faults }),
    notServed: ordersNotServed(events, measured, plan.slo.downAboveRatio),
  };
}

const invariantsIn = ({ invariants }: RunTimeline, step: StepTimeline): JudgedInvariant[] =>
  invariants.filter((one) => one.step === step.step).map(({ step: _step, ...invariant }) => invariant);

/** null when no fault came into force; Infinity while one still is. */
const lastFaultEnd = (faults: readonly JudgedFault[]): number | null =>
  highest(
    faults.map(({ firedAt, endedAt }) => (firedAt === null ? null : (endedAt ?? Number.POSITIVE_INFINITY))),
  );

const spanOf = (slices: readonly JudgedSlice[]): Span => ({
  fromAt: slices[0]?.fromAt ?? 0,
  toAt: slices.at(-1)?.toAt ?? 0,
});

/** How long the shoppers that think least do it before their order can come about. */
function quickestThinkingMs(plan: LaunchPlan): number {
  const each = plan.journeys.map((journey) => thinkingMs(plan, journey));
  return each.length === 0 ? 0 : Math.min(...each);
}
