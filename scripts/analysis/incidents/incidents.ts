import { CLOSES_AFTER_UP, MERGED_BELOW_MS, OPENS_AFTER_DOWN } from '../../core/limits.ts';
import { sumBy, sumOf } from '../../core/statistics.ts';
import type { IncidentKind, JudgedFault, JudgedIncident, JudgedSlice, Span } from '../judgement.ts';
import type { Canary, FailingRun } from '../slices/prober.ts';
import { type Recovery, recoveryFigures, recoveryOf } from '../slices/recovery.ts';
import { quietJudge } from '../time/fault-spans.ts';
import { lengthOf, overlaps } from '../time/grid.ts';
import { byFrequency, countKind } from '../turns/event-counts.ts';
import { exchangesOf, FALSE_SOLD_OUT, type FailingTurn } from './exchanges.ts';

/** What is wrong where everybody is served in the end, but nobody while the slice lasts. */
export const TOLD_TO_WAIT: IncidentKind = 'told-to-wait';

export interface IncidentContext {
  slices: readonly JudgedSlice[];
  /** What longer slices show, each from its first to its last bad event: one incident, whatever lies between. */
  outages: readonly Span[];
  /** Of the step, in the order of their schedule. */
  canaries: readonly Canary[];
  failingRuns: readonly FailingRun[];
  /** Examples of the load's turns that failed. */
  failingTurns: readonly FailingTurn[];
  faults: readonly JudgedFault[];
  multiple: number;
}

/** Incidents of a step, oldest first. A slice is in one of them at most; lone DOWN slices are in none. */
export function judgeIncidents(context: IncidentContext): JudgedIncident[] {
  const found = merge(stretches(context));
  return found.map((stretch) => describe(stretch, context));
}

/** From the first to the last DOWN slice of an incident. */
function stretches({ slices, failingRuns, outages }: IncidentContext): Span[] {
  const found: Span[] = [];
  let down: JudgedSlice[] = [];
  let calm = 0;
  const opened = (): boolean => {
    const span = spanOf(down);
    return (
      down.length >= OPENS_AFTER_DOWN ||
      (span !== null && failingRuns.some((run) => overlaps(probed(run), span)))
    );
  };
  const close = (): void => {
    const span = spanOf(down);
    if (span && opened()) found.push(span);
    down = [];
    calm = 0;
  };
  for (const slice of slices) {
    if (slice.state === 'UNKNOWN') continue;
    if (slice.state === 'DOWN') {
      down.push(slice);
      calm = 0;
      continue;
    }
    if (down.length > 0 && outages.some((outage) => overlaps(outage, slice))) continue;
    calm += 1;
    if (calm >= CLOSES_AFTER_UP || !opened()) close();
  }
  close();
  return found;
}

function spanOf(down: readonly JudgedSlice[]): Span | null {
  const first = down[0];
  const last = down.at(-1);
  return first && last ? { fromAt: first.fromAt, toAt: last.toAt } : null;
}

function probed(run: FailingRun): Span {
  const from = run.probes[0]?.scheduledAt ?? Number.NaN;
  return { fromAt: from, toAt: (run.probes.at(-1)?.scheduledAt ?? from) + 1 };
}

function merge(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans) {
    const before = merged.at(-1);
    if (before && span.fromAt - before.toAt < MERGED_BELOW_MS) before.toAt = span.toAt;
    else merged.push({ ...span });
  }
  return merged;
}

function describe(stretch: Span, context: IncidentContext): JudgedIncident {
  const { slices, canaries, failingRuns, failingTurns, faults, multiple } = context;
  const down = slices.filter((slice) => slice.state === 'DOWN' && overlaps(slice, stretch));
  const runs = failingRuns.filter((run) => overlaps(probed(run), stretch));
  const span = refined(stretch, down, canaries);
  const involved = faults
    .map((fault) => ({ id: fault.id, spans: spansBy(fault, stretch, down[0]) }))
    .filter(({ spans }) => spans.length > 0);
  const inForce = involved.flatMap(({ spans }) => spans);
  const first = down[0];
  const kinds = kindsOf(down, runs);
  return {
    startedAt: span.fromAt,
    endedAt: span.toAt,
    chargedMs: sumBy(
      down.filter((slice) => slice.phase !== 'warm-up'),
      (slice) => lengthOf(slice),
    ),
    journeys: journeysOf(down, runs),
    peakErrorRatio: peakErrorRatio(down),
    kinds,
    faults: involved.map(({ id }) => id),
    ratePerSec: first ? (first.planned / lengthOf(first)) * 1_000 : null,
    multiple: first?.phase === 'settle' ? 1 : multiple,
    timeToDetectMs: timeToDetectMs(inForce, first, runs),
    ...recoveryFigures(recoveryAfter(inForce, context)),
    exchanges: exchangesOf(
      kinds.map(({ kind }) => kind),
      down,
      failingTurns,
      runs,
    ),
  };
}

/**
 * The prober sees an edge inside the first and the last DOWN slice; never beyond them. Where only some orders fail, a
 * canary that was served between two that failed says nothing of the end.
 */
function refined(stretch: Span, down: readonly JudgedSlice[], canaries: readonly Canary[]): Span {
  const first = down[0];
  const last = down.at(-1);
  if (!first || !last) return stretch;
  const failedIn = canaries.filter(
    ({ failed, scheduledAt: at }) => failed && at >= first.fromAt && at < last.toAt,
  );
  const firstFailed = failedIn[0];
  const lastFailed = failedIn.at(-1);
  const goodAgain = canaries.find(
    (one) =>
      lastFailed &&
      one.scheduledAt > lastFailed.scheduledAt &&
      one.journey === lastFailed.journey &&
      !one.failed,
  );
  const startedAt = firstFailed?.scheduledAt ?? first.toAt;
  const endedAt = goodAgain?.scheduledAt ?? last.toAt;
  return {
    fromAt: startedAt < first.toAt ? startedAt : first.fromAt,
    toAt: endedAt > last.fromAt ? Math.min(endedAt, last.toAt) : last.toAt,
  };
}

type JudgedSpan = JudgedFault['spans'][number];

/** When it was in force during the incident, or up to its start. What met no request can't have to do with it. */
function spansBy(fault: JudgedFault, stretch: Span, first: JudgedSlice | undefined): JudgedSpan[] {
  const slackMs = first ? lengthOf(first) : 0;
  return fault.spans.filter(
    ({ hit, onAt, offAt }) =>
      hit > 0 && onAt < stretch.toAt && (offAt === null || offAt >= stretch.fromAt - slackMs),
  );
}

function timeToDetectMs(
  inForce: readonly JudgedSpan[],
  first: JudgedSlice | undefined,
  runs: readonly FailingRun[],
): number | null {
  if (!first) return null;
  const shownAt = [first.toAt, ...runs.map((run) => run.probes[0]?.at ?? first.toAt)];
  const causes = inForce.map(({ onAt }) => onAt).filter((at) => at < first.toAt);
  if (causes.length === 0) return null;
  const cause = Math.max(...causes);
  return Math.min(...shownAt.filter((at) => at >= cause)) - cause;
}

/** From the last end of its faults, until another one comes. */
function recoveryAfter(inForce: readonly JudgedSpan[], { slices, faults }: IncidentContext): Recovery | null {
  if (inForce.length === 0 || inForce.some(({ offAt }) => offAt === null)) return null;
  const met = faults.flatMap(({ spans }) => spans.filter(({ hit }) => hit > 0));
  const lastOffAt = Math.max(...inForce.flatMap(({ offAt }) => offAt ?? []));
  return recoveryOf(slices, lastOffAt, quietJudge(met.sort((a, b) => a.onAt - b.onAt))(lastOffAt));
}

function journeysOf(down: readonly JudgedSlice[], runs: readonly FailingRun[]): string[] {
  const named = new Set([...down.flatMap((slice) => slice.journeys), ...runs.map((run) => run.journey)]);
  return [...named].sort();
}

function peakErrorRatio(down: readonly JudgedSlice[]): number | null {
  const ratios = down
    .filter(({ counts }) => counts.good + counts.bad > 0)
    .map(({ counts: { good, bad } }) => bad / (good + bad));
  return ratios.length === 0 ? null : Math.max(...ratios);
}

/** By the load's bad turns; by the canaries where the load saw none. */
function kindsOf(down: readonly JudgedSlice[], runs: readonly FailingRun[]): JudgedIncident['kinds'] {
  const kinds = new Map<IncidentKind, number>();
  for (const { counts } of down) {
    for (const [kind, count] of counts.kinds) countKind(kinds, kind, count);
    if (counts.byRetryAfter > counts.bad) countKind(kinds, TOLD_TO_WAIT, counts.byRetryAfter);
  }
  if (kinds.size === 0) {
    for (const probe of runs.flatMap((run) => run.probes)) {
      countKind(kinds, probe.kind ?? FALSE_SOLD_OUT, 1);
    }
  }
  const total = sumOf([...kinds.values()]);
  return byFrequency(kinds).map(({ kind, count }) => ({ kind, count, share: count / total }));
}
