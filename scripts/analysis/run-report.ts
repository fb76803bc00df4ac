import type { TrafficReport } from '../contract/figures.ts';
import type {
  FaultReport,
  Incident,
  RunReport,
  Slice,
  SlicesReport,
  StepReport,
} from '../contract/run-report.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import type {
  JudgedFault,
  JudgedIncident,
  JudgedSlice,
  JudgedStep,
  Judgement,
  TrafficFigures,
} from './judgement.ts';
import { droppedOf } from './turns/event-counts.ts';

/** What the report says beside plan and judgement. */
export interface ReportMeta {
  /** The plan as it is shown: secrets removed, in the words of launch.yaml. */
  planWritten: unknown;
  runId: string;
  /** Epoch ms. */
  startedAt: number;
  endedAt: number | null;
  changed: RunReport['changed'];
  versions: RunReport['versions'];
}

/** The report of a judged run: the same facts with times as text and durations in whole milliseconds. */
export function runReport(plan: LaunchPlan, judgement: Judgement, meta: ReportMeta): RunReport {
  const { steps, reasons, status, exitCode, decidedBy, holdsAt, failsAt } = judgement;
  return {
    schemaVersion: 1,
    name: plan.name,
    runId: meta.runId,
    startedAt: iso(meta.startedAt),
    endedAt: iso(meta.endedAt),
    plan: meta.planWritten,
    changed: meta.changed,
    versions: meta.versions,
    verdict: { status, exitCode, decidedBy, holdsAt, failsAt, reasons },
    slo: {
      allowedDowntimeMs: plan.slo.allowedDowntimeMs,
      windowMs: plan.forecast.windowMs,
      slowAfterMs: plan.slo.slowAfterMs,
      downAboveRatio: plan.slo.downAboveRatio,
    },
    scale: plan.rehearsal.scale,
    steps: steps.map(stepReport),
  };
}

function iso(at: number): string;
function iso(at: number | null): string | null;
function iso(at: number | null): string | null {
  return at === null ? null : new Date(Math.round(at)).toISOString();
}

const whole = (ms: number | null): number | null => (ms === null ? null : Math.round(ms));

function stepReport(step: JudgedStep): StepReport {
  const { measured, worth } = step;
  return {
    multiple: step.multiple,
    status: step.status,
    reasons: step.reasons,
    startedAt: iso(step.startedAt),
    t0: iso(step.t0),
    endedAt: iso(step.endedAt),
    peakOrdersPerSec: step.peakOrdersPerSec,
    measuredMs: Math.round(step.measuredMs),
    budgetMs: Math.round(step.budgetMs),
    downtime: measured && {
      ...measured.downtime,
      requestWeightedMs: Math.round(measured.downtime.requestWeightedMs),
    },
    generator: measured && {
      ...measured.generator,
      longestPushGapMs: whole(measured.generator.longestPushGapMs),
    },
    slices: measured && slicesReport(measured),
    orders: measured?.orders ?? null,
    prober: measured?.prober ?? null,
    traffic: measured?.traffic ? trafficReport(measured.traffic) : null,
    funnels: measured?.funnels ?? [],
    parts: (measured?.parts ?? []).map(rounded),
    thresholds: measured?.thresholds ?? [],
    limit: measured?.limit ? { ...measured.limit, engagedAt: iso(measured.limit.engagedAt) } : null,
    metastable: measured?.metastable ?? null,
    worth: worth && {
      boundMs: Math.round(worth.boundMs),
      certifyingTestMs: whole(worth.certifyingTestMs),
      outageMs: Math.round(worth.outageMs),
    },
    incidents: step.incidents.map(incidentReport),
    faults: step.faults.map(faultReport),
    invariants: step.invariants,
    latency: measured?.latency ? rounded(measured.latency) : null,
    partners: step.partners.map(({ name, kind, soldOut }) => ({
      name,
      kind,
      soldOut: soldOut.map(({ item, at, until }) => ({ item, at: iso(at), until: iso(until) })),
    })),
  };
}

interface Percentiles {
  p50Ms: number;
  p90Ms: number;
  p99Ms: number;
}

function rounded<Figures extends Percentiles>(figures: Figures): Figures {
  const { p50Ms, p90Ms, p99Ms } = figures;
  return { ...figures, p50Ms: Math.round(p50Ms), p90Ms: Math.round(p90Ms), p99Ms: Math.round(p99Ms) };
}

function trafficReport({ peak, overTime, ...traffic }: TrafficFigures): TrafficReport {
  return {
    ...traffic,
    peak: peak && { startedAt: iso(peak.fromAt), amplification: peak.amplification },
    overTime: overTime.map(({ fromAt, ...bucket }) => ({ startedAt: iso(fromAt), ...bucket })),
  };
}

function slicesReport(measured: NonNullable<JudgedStep['measured']>): SlicesReport {
  const judged = measured.slices.list.filter((slice) => slice.phase !== 'warm-up');
  return {
    lengthMs: measured.slices.lengthMs,
    measured: judged.length,
    down: judged.filter((slice) => slice.state === 'DOWN').length,
    unknown: judged.filter((slice) => slice.state === 'UNKNOWN').length,
    list: measured.slices.list.map(sliceReport),
    minutes: measured.minutes.map((minute) => ({ ...minute, startedAt: iso(minute.startedAt) })),
  };
}

function sliceReport(slice: JudgedSlice): Slice {
  const { phase, state, load, healthy, prober, disagreement, planned, counts } = slice;
  return {
    startedAt: iso(slice.fromAt),
    lengthMs: slice.toAt - slice.fromAt,
    phase,
    state,
    load,
    healthy,
    prober,
    disagreement,
    planned,
    started: counts.ordersStarted,
    dropped: droppedOf(counts),
    turns: counts.started,
    good: counts.good,
    bad: counts.bad,
    firstBad: counts.firstBad,
    journeys: slice.journeys,
    unhealthy: slice.unhealthy,
    voidedBy: slice.voidedBy,
  };
}

function incidentReport(incident: JudgedIncident): Incident {
  return {
    ...incident,
    startedAt: iso(incident.startedAt),
    endedAt: iso(incident.endedAt),
    timeToDetectMs: whole(incident.timeToDetectMs),
    timeToRecoverMs: whole(incident.timeToRecoverMs),
    exchanges: incident.exchanges.map((exchange) => ({ ...exchange, at: iso(exchange.at) })),
  };
}

function faultReport({ spans: _spans, ...fault }: JudgedFault): FaultReport {
  return {
    ...fault,
    plannedAt: iso(fault.plannedAt),
    plannedEndAt: iso(fault.plannedEndAt),
    firedAt: iso(fault.firedAt),
    endedAt: iso(fault.endedAt),
    timeToRecoverMs: whole(fault.timeToRecoverMs),
    recoverWithinMs: whole(fault.recoverWithinMs),
  };
}
