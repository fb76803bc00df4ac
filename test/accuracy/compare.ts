import type { Incident } from '../../scripts/contract/figures.ts';
import { type LoadedStep, loadedStep } from '../support/stories/loaded-step.ts';
import { type SliceRow, slicesOf } from '../support/stories/slice-rows.ts';
import type { BadSpan, Outage, Truth } from '../support/targets/truth.ts';
import type { AccuracyCase } from './cases.ts';
import type { Rehearsed } from './rehearse.ts';

// What was measured beside what was true, and where the two are further apart than docs/measurement.md allows.

const WEIGHTED_WITHIN_MS = 500;
const EDGE_WITHIN_MS = 1_000;
/** Incidents closer together than this are shown as one. */
const MERGED_BELOW_MS = 30_000;

export interface Row {
  name: string;
  one: AccuracyCase;
  truthMs: number;
  chargedMs: number;
  weightedTruthMs: number;
  weightedMs: number;
  /** Of each incident: its start and end − the true ones. */
  edges: readonly { startMs: number; endMs: number }[];
  /** Outages of two slices or more, and how many of them an incident overlaps. */
  toFind: number;
  found: number;
  /** Incidents and DOWN slices without any truly bad time. */
  invented: number;
  unknownSlices: number;
  /** Why slices were unhealthy. */
  unhealthy: readonly string[];
  tries: number;
  /** Where it is wrong; empty = right. */
  misses: readonly string[];
}

export function compare(one: AccuracyCase, rehearsed: Rehearsed, truth: Truth, tries: number): Row {
  const step = loadedStep(rehearsed.report.steps[0]);
  const spans = byOutage(truth.spans, rehearsed.outages);
  const down = slicesOf(step).filter((slice) => slice.state === 'DOWN');
  const measured = down.filter((slice) => slice.phase !== 'warm-up');
  const lost = spans.filter(({ whole }) => isLong(whole, one) && !overlapping(whole, step.incidents));
  const invented =
    down.filter((slice) => !overlapping(spanOf(slice), truth.spans)).length +
    step.incidents.filter((incident) => !overlapping(spanOf(incident), truth.spans)).length;
  const edges = step.incidents.flatMap((incident) => edgesOf(incident, spans));
  return {
    name: one.name,
    one,
    truthMs: truth.downMs,
    chargedMs: step.downtime.chargedMs,
    weightedTruthMs: truth.weightedMs,
    weightedMs: step.downtime.requestWeightedMs,
    edges,
    toFind: spans.filter(({ whole }) => isLong(whole, one)).length,
    found: spans.filter(({ whole }) => isLong(whole, one)).length - lost.length,
    invented,
    unknownSlices: step.slices.unknown,
    unhealthy: [...new Set(slicesOf(step).flatMap((slice) => slice.unhealthy))],
    tries,
    misses: [
      ...chargeMisses(one, rehearsed.outages, truth, measured),
      ...weightedMisses(step, truth),
      ...edges.filter(isOff).map((edge) => `edges off by ${edge.startMs} and ${edge.endMs} ms`),
      ...lost.map(({ whole }) => `an outage of ${Math.round(whole.toAt - whole.fromAt)} ms was not found`),
      ...(invented > 0 ? [`${invented} slices or incidents were invented`] : []),
    ],
  };
}

interface TrueOutage {
  /** From its first to its last truly bad turn. */
  whole: Outage;
}

function byOutage(spans: readonly BadSpan[], outages: readonly Outage[]): TrueOutage[] {
  return outages.flatMap((outage) => {
    const own = spans.filter((span) => nearest(span, outages) === outage);
    const first = own[0];
    const last = own.at(-1);
    return first && last ? [{ whole: { fromAt: first.fromAt, toAt: last.toAt } }] : [];
  });
}

function nearest(span: Outage, outages: readonly Outage[]): Outage | null {
  const distance = (outage: Outage): number =>
    Math.max(outage.fromAt - span.toAt, span.fromAt - outage.toAt, 0);
  return outages.reduce<Outage | null>(
    (best, outage) => (best === null || distance(outage) < distance(best) ? outage : best),
    null,
  );
}

/** Each outage by itself: what one charges too much must not make up for what another lacks. */
function chargeMisses(
  { sliceSec }: AccuracyCase,
  outages: readonly Outage[],
  truth: Truth,
  down: readonly SliceRow[],
): string[] {
  const sliceMs = sliceSec * 1_000;
  return outages.flatMap((outage) => {
    const mine = <Item extends Outage>(spans: readonly Item[]): number =>
      spans
        .filter((span) => nearest(span, outages) === outage)
        .reduce((sum, span) => sum + span.toAt - span.fromAt, 0);
    const errorMs = mine(down.map(spanOf)) - mine(truth.spans);
    if (errorMs >= -sliceMs && errorMs <= 2 * sliceMs) return [];
    return [`charged ${Math.round(errorMs)} ms more than the truth, in slices of ${sliceSec} s`];
  });
}

function weightedMisses(step: LoadedStep, truth: Truth): string[] {
  const errorMs = step.downtime.requestWeightedMs - truth.weightedMs;
  return Math.abs(errorMs) <= WEIGHTED_WITHIN_MS ? [] : [`weighted off by ${Math.round(errorMs)} ms`];
}

/** Beside the outages that it spans, merged as incidents are. */
function edgesOf(incident: Incident, spans: readonly TrueOutage[]): Row['edges'] {
  const { fromAt, toAt } = spanOf(incident);
  const own = spans.map(({ whole }) => whole).filter((whole) => overlapping(whole, [incident]));
  const group = own.filter((whole, index) => {
    const before = own[index - 1];
    return before === undefined || whole.fromAt - before.toAt < MERGED_BELOW_MS;
  });
  const first = group[0];
  const last = group.at(-1);
  if (!first || !last) return [];
  return [{ startMs: Math.round(fromAt - first.fromAt), endMs: Math.round(toAt - last.toAt) }];
}

function isOff({ startMs, endMs }: Row['edges'][number]): boolean {
  return Math.abs(startMs) > EDGE_WITHIN_MS || Math.abs(endMs) > EDGE_WITHIN_MS;
}

function isLong({ fromAt, toAt }: Outage, { sliceSec }: AccuracyCase): boolean {
  return toAt - fromAt >= 2 * sliceSec * 1_000;
}

type Reported = Outage | Incident;

function spanOf(reported: Reported): Outage {
  if ('fromAt' in reported) return reported;
  return { fromAt: reported.startedAt, toAt: reported.endedAt };
}

function overlapping(span: Outage, others: readonly Reported[]): boolean {
  return others.map(spanOf).some((other) => other.fromAt < span.toAt && span.fromAt < other.toAt);
}
