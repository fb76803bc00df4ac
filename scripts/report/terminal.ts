import type { Incident } from '../contract/figures.ts';
import { recoveryText } from '../contract/promise-text.ts';
import type { Change, RunReport, StepReport } from '../contract/run-report.ts';
import { slicesText } from '../contract/slice-lengths.ts';
import type { Reason } from '../contract/verdict-words.ts';
import { voidedText } from '../contract/voided-text.ts';
import { formatDurationMs } from '../core/quantities.ts';
import { plainText } from '../core/text/plain-text.ts';
import { faultLines, heldText, invariantLines } from './fault-lines.ts';
import {
  amplificationLines,
  funnelLines,
  latencyLines,
  limitLines,
  partLines,
  thresholdLines,
} from './shopper-lines.ts';
import { paint, wrap } from './text.ts';

export interface ScreenOptions {
  color: boolean;
  /** Columns; lines longer than this are wrapped. */
  width: number;
  /** Where the full report lies, as the reader would type it; null when it was not written. */
  reportPath: string | null;
  /** Minutes east of UTC for times of day; default 0, and then they are marked as UTC. */
  utcOffsetMin?: number;
}

const SHOWN_INCIDENTS = 5;
const SHOWN_REASONS = 4;

/** What the terminal says at the end of a run, before any detail. Ends without a line break. */
export function firstScreen(report: RunReport, options: ScreenOptions): string {
  const step = decidingStep(report);
  const lines = [headline(report, step, options)];
  if (report.scale !== 1)
    lines.push(`scale ${report.scale}: rates, stock and capacities are ${report.scale} of production`);
  lines.push(...report.changed.map(changeLine));
  if (report.steps.length > 1) lines.push(...stepTable(report.steps));
  if (step) lines.push(...downtimeLines(step, options));
  lines.push(holdsLine(report), ...lenientLines(report));
  if (step)
    lines.push(
      ...incidentLines(step, options),
      ...faultLines(step, options.width),
      ...worthLines(report, step),
    );
  if (step) lines.push(...shopperLines(step, options), ...invariantLines(step));
  lines.push(...reasonLines(report));
  if (step) lines.push(...evidenceLines(step), ...voidedLines(report, step));
  if (options.reportPath !== null) lines.push(`report: ${plainText(options.reportPath)}`);
  const screen = lines.flatMap((line) => wrap(line, options.width)).join('\n');
  const { status } = report.verdict;
  return paint(screen.slice(0, status.length), status, options.color) + screen.slice(status.length);
}

function changeLine({ key, from, to }: Change): string {
  const value = (one: number): string =>
    key === 'slo.downAbove' ? `${Number((one * 100).toPrecision(6))} %` : formatDurationMs(one);
  const before = from === null ? 'its share of allowedDowntime' : value(from);
  return `judged again with ${key.replace('slo.', '')} ${value(to)} instead of ${before}`;
}

function decidingStep(report: RunReport): StepReport | undefined {
  const { decidedBy } = report.verdict;
  return report.steps.find(({ index }) => index === decidedBy) ?? report.steps[0];
}

function headline(report: RunReport, step: StepReport | undefined, { width }: ScreenOptions): string {
  const { status, exitCode } = report.verdict;
  const rate = step && step.peakOrdersPerSec !== null ? ` = ${rateText(step.peakOrdersPerSec)}` : '';
  const left = `${status}  ${plainText(report.name)}${step ? `   ${step.multiple}x${rate}` : ''}`;
  const right = `exit ${exitCode}`;
  const room = Math.min(width, 80) - left.length - right.length;
  return left + ' '.repeat(Math.max(2, room)) + right;
}

const rateText = (perSec: number): string => `${Number(perSec.toFixed(1))} orders/s`;

function stepTable(steps: readonly StepReport[]): string[] {
  return steps.map((step) => {
    const down = step.downtime
      ? `down ${formatDurationMs(step.downtime.chargedMs)} of ${formatDurationMs(step.budgetMs)}`
      : 'not run';
    const rate = step.peakOrdersPerSec === null ? '' : rateText(step.peakOrdersPerSec);
    const code = step.reasons[0]?.code ?? '';
    return `  ${`${step.multiple}x`.padEnd(6)}${step.status.padEnd(14)}${rate.padEnd(18)}${down.padEnd(24)}${code}`.trimEnd();
  });
}

function downtimeLines(step: StepReport, { width }: ScreenOptions): string[] {
  if (!step.downtime) return [];
  const { chargedMs, possibleMs, strictMs, requestWeightedMs } = step.downtime;
  const text = `down ${formatDurationMs(chargedMs)}, ${formatDurationMs(step.budgetMs)} allowed`;
  const cells = Math.min(width, 80) - text.length - 6;
  const lines = [cells >= 12 ? `${text}   ${bar(chargedMs, step.budgetMs, cells)}` : text];
  if (possibleMs > chargedMs)
    lines.push(`possibly down ${formatDurationMs(possibleMs)}: some slices are UNKNOWN`);
  if (strictMs > 0 || requestWeightedMs > 0) {
    lines.push(
      `by first tries ${formatDurationMs(strictMs)}, weighted by turns ${formatDurationMs(requestWeightedMs)}`,
    );
  }
  return lines;
}

/** Downtime as `#`; the allowance ends at the inner `|`. */
function bar(chargedMs: number, budgetMs: number, cells: number): string {
  const most = Math.max(chargedMs, budgetMs, 1);
  const share = cells / most;
  const filled = chargedMs > 0 ? Math.max(1, Math.round(chargedMs * share)) : 0;
  const allowed = Math.min(cells - (chargedMs > budgetMs ? 1 : 0), Math.round(budgetMs * share));
  const body = '#'.repeat(filled).padEnd(cells, '.');
  return chargedMs > budgetMs ? `[${body.slice(0, allowed)}|${body.slice(allowed)}]` : `[${body}|]`;
}

/** What makes the verdict milder than the defaults would. */
function lenientLines({ verdict: { lenient } }: RunReport): string[] {
  return lenient.length === 0 ? [] : [`lenient: ${lenient.map(({ text }) => plainText(text)).join('; ')}`];
}

function holdsLine({ verdict }: RunReport): string {
  const isPeakless = verdict.lenient.some(({ what }) => what === 'peak');
  if (isPeakless && verdict.failsAt === null)
    return 'holds at: not said, as the peak of the window was not replayed';
  const holds = verdict.holdsAt === null ? 'none' : `${verdict.holdsAt}x`;
  return `holds at ${holds}${verdict.failsAt === null ? '' : `, fails at ${verdict.failsAt}x`}`;
}

/** Time of day, and what marks it as UTC. */
function dayTime({ utcOffsetMin }: ScreenOptions): { clock: (at: number) => string; zone: string } {
  return {
    clock: (at) => new Date(at + (utcOffsetMin ?? 0) * 60_000).toISOString().slice(11, 19),
    zone: utcOffsetMin === undefined ? ' UTC' : '',
  };
}

/** Where orders ended, what their clients added to the load, what their parts took, and the target's own limit. */
function shopperLines(step: StepReport, options: ScreenOptions): string[] {
  const { clock, zone } = dayTime(options);
  const timed = (at: number): string => clock(at) + zone;
  return [
    ...funnelLines(step),
    ...latencyLines(step),
    ...amplificationLines(step, timed),
    ...partLines(step),
    ...limitLines(step, timed),
    ...thresholdLines(step),
  ];
}

function incidentLines(step: StepReport, options: ScreenOptions): string[] {
  const { clock, zone } = dayTime(options);
  const numbered = step.incidents.map((incident, index) => ({ incident, number: index + 1 }));
  // The heaviest ones, in their order of time.
  const shown = numbered
    .toSorted((a, b) => b.incident.chargedMs - a.incident.chargedMs)
    .slice(0, SHOWN_INCIDENTS)
    .toSorted((a, b) => a.number - b.number);
  const lines = shown.map(({ incident, number }) => {
    const when = `${clock(incident.startedAt)}-${clock(incident.endedAt)}${zone}`;
    return [`#${number}  ${when}`, ...incidentParts(incident, step)].join('   ');
  });
  const more = step.incidents.length - shown.length;
  return more > 0 ? [...lines, `and ${more} more in the report`] : lines;
}

function incidentParts(incident: Incident, step: StepReport): string[] {
  const kind = incident.kinds[0];
  const labels = incident.faults.map((id) => step.faults.find((fault) => fault.id === id)?.label ?? id);
  return [
    incident.chargedMs === 0 ? 'in the warm-up' : chargedText(incident, step),
    ...(kind ? [`${plainText(kind.kind)} ${Math.round(kind.share * 100)} %`] : []),
    ...(labels.length > 0 ? [`during ${plainText(labels.join(', '))}`] : []),
    ...[recoveryText(incident)].filter((text) => text !== ''),
  ];
}

/** Slices are charged whole, so it may be more than there was between the edges. */
function chargedText({ chargedMs, startedAt, endedAt }: Incident, { slices }: StepReport): string {
  const charged = `${formatDurationMs(chargedMs)} charged`;
  const isMore = chargedMs > endedAt - startedAt;
  return isMore && slices ? `${charged} in slices of ${formatDurationMs(slices.lengthMs)}` : charged;
}

function worthLines(report: RunReport, step: StepReport): string[] {
  if (!step.worth || !step.downtime) return [];
  const { boundMs, certifyingTestMs, outageMs } = step.worth;
  const observed = `${formatDurationMs(step.downtime.chargedMs)} in ${formatDurationMs(step.measuredMs)}`;
  const bound = `${formatDurationMs(boundMs)} in ${formatDurationMs(report.slo.windowMs)}`;
  const proof =
    certifyingTestMs === null
      ? 'no length of test can prove an allowance of 0'
      : `${formatDurationMs(certifyingTestMs)} like this would prove the ${formatDurationMs(report.slo.allowedDowntimeMs)} allowed`;
  return [
    `worth: ${observed} is consistent with up to ${bound} if outages last ${formatDurationMs(outageMs)}; ${proof}`,
  ];
}

function reasonLines(report: RunReport): string[] {
  const { reasons } = report.verdict;
  const shown = shownReasons(reasons);
  const lines = shown.map((reason) => `${reason.code}: ${plainText(reason.message)}`);
  if (reasons.length > shown.length)
    lines.push(
      `and ${reasons.length - shown.length} more ${reasons.length - shown.length === 1 ? 'reason' : 'reasons'} in the report`,
    );
  const next = shown[0]?.next;
  return next === undefined ? lines : [...lines, `next: ${plainText(next)}`];
}

/** The heaviest ones; a target that stays down by itself is named among them. */
function shownReasons(reasons: readonly Reason[]): readonly Reason[] {
  const first = reasons.slice(0, SHOWN_REASONS);
  const metastable = reasons.slice(SHOWN_REASONS).find(({ code }) => code === 'metastable');
  return metastable ? [...first.slice(0, -1), metastable] : first;
}

/** Which readings voided which slices, unless a reason above has said it. */
function voidedLines({ verdict }: RunReport, step: StepReport): string[] {
  const said = shownReasons(verdict.reasons).some(({ code }) => code.startsWith('generator-unhealthy'));
  const voided = step.generator?.voided ?? [];
  return said || voided.length === 0 ? [] : [`measuring side: ${voidedText(voided)}`];
}

function evidenceLines(step: StepReport): string[] {
  if (!step.generator || !step.prober) return ['evidence: none, the load of this step never started'];
  const count = (value: number): string => value.toLocaleString('en-US');
  const { generator, prober, faults, slices } = step;
  const agrees = prober.agreementRatio;
  const parts = [
    `${count(generator.started)} of ${count(generator.planned)} orders started`,
    `${count(generator.dropped)} dropped`,
    agrees === null
      ? 'no slice where load and prober could be compared'
      : `prober agrees ${Number((agrees * 100).toFixed(1))} %`,
    ...(faults.length > 0
      ? [`${faults.filter((one) => one.fired).length} of ${faults.length} faults fired`]
      : []),
    ...heldText(step),
    ...(slices ? [slicesText(slices)] : []),
  ];
  return [`evidence: ${parts.join(', ')}`];
}
