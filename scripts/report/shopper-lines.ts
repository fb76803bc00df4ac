import type { LimitReport } from '../contract/figures.ts';
import type { StepReport } from '../contract/run-report.ts';
import { AMPLIFIED_FROM } from '../core/limits.ts';
import { formatDurationMs } from '../core/quantities.ts';
import { sumBy } from '../core/statistics.ts';
import { plainText } from '../core/text/plain-text.ts';

const SHOWN_STEPS = 3;
const SHOWN_KINDS = 2;
const SHOWN_PARTS = 5;
const SHOWN_THRESHOLDS = 3;

/** Where shoppers were lost, by journey; nothing where none was. */
export function funnelLines({ funnels }: Pick<StepReport, 'funnels'>): string[] {
  return funnels.flatMap((funnel) => {
    const { journey, started, turnedAway, cutOff, neverEnded, confirmed } = funnel;
    const losses = [
      ...(turnedAway > 0 ? [`${number(turnedAway)} turned away`] : []),
      ...stepLosses(funnel),
      ...(neverEnded > 0 ? [`${number(neverEnded)} never ended`] : []),
    ];
    if (losses.length === 0) return [];
    const cut = cutOff > 0 ? `, ${number(cutOff)} cut off` : '';
    return [
      `${plainText(journey)}: ${number(started)} orders, lost ${losses.join(', ')}; ${number(confirmed)} confirmed${cut}`,
    ];
  });
}

/** The steps at which most were lost, in their order. */
function stepLosses({ steps }: StepReport['funnels'][number]): string[] {
  const losses = steps.filter(({ lost }) => lost.length > 0);
  const heaviest = losses.toSorted((a, b) => countIn(b.lost) - countIn(a.lost)).slice(0, SHOWN_STEPS);
  const others = losses.filter((step) => !heaviest.includes(step));
  const shown = losses
    .filter((step) => heaviest.includes(step))
    .map(({ name, index, lost }) => {
      const kinds = lost.slice(0, SHOWN_KINDS).map(({ why }) => why);
      const more = lost.length > SHOWN_KINDS ? ' and others' : '';
      return `${number(countIn(lost))} at ${plainText(name ?? `request ${index + 1}`)} (${kinds.join(', ')}${more})`;
    });
  return others.length === 0
    ? shown
    : [...shown, `${number(countIn(others.flatMap(({ lost }) => lost)))} at other steps`];
}

const countIn = (lost: readonly { count: number }[]): number => sumBy(lost, ({ count }) => count);

/** What repeats added to the load, where that was much. */
export function amplificationLines(
  { traffic, metastable }: Pick<StepReport, 'traffic' | 'metastable'>,
  clock: (iso: string) => string,
): string[] {
  if (!traffic || traffic.amplification === null) return [];
  const { amplification, peak, repeats, requestsPerTurn } = traffic;
  const most = Math.max(amplification, peak?.amplification ?? 0);
  if (most < AMPLIFIED_FROM && !metastable) return [];
  const sent = countIn(repeats);
  const whys = repeats.map(({ why, count }) => `${why} ${Math.round((count / sent) * 100)} %`);
  const parts = [
    `amplification ${figure(amplification)}`,
    ...(peak ? [`up to ${figure(peak.amplification)} at ${clock(peak.startedAt)}`] : []),
    ...(requestsPerTurn === null ? [] : [`${figure(requestsPerTurn)} requests a turn`]),
  ];
  return [`${parts.join(', ')}${whys.length > 0 ? `; repeats: ${whys.join(', ')}` : ''}`];
}

/** Thresholds of a k6 script that were not met, by k6's own count. */
export function thresholdLines({ thresholds }: Pick<StepReport, 'thresholds'>): string[] {
  const missed = thresholds.filter(({ passed }) => !passed);
  if (missed.length === 0) return [];
  const named = missed.slice(0, SHOWN_THRESHOLDS).map((one) => plainText(`${one.metric} ${one.threshold}`));
  const more =
    missed.length > SHOWN_THRESHOLDS ? [`${missed.length - SHOWN_THRESHOLDS} more in the report`] : [];
  return [
    `thresholds of the script: ${missed.length} of ${thresholds.length} not met (${[...named, ...more].join(', ')}); they do not decide the verdict`,
  ];
}

/** Medians and tails of what is timed for itself, by journey. */
export function partLines({ parts }: Pick<StepReport, 'parts'>): string[] {
  const journeys = [...new Set(parts.map(({ journey }) => journey))];
  return journeys.map((journey) => {
    const own = parts.filter((one) => one.journey === journey);
    const shown = own
      .slice(0, SHOWN_PARTS)
      .map(
        ({ part, p50Ms, p99Ms }) =>
          `${plainText(part)} ${formatDurationMs(p50Ms)} (p99 ${formatDurationMs(p99Ms)})`,
      );
    const more = own.length > SHOWN_PARTS ? [`${own.length - SHOWN_PARTS} more in the report`] : [];
    return `${plainText(journey)}: ${[...shown, ...more].join(', ')}`;
  });
}

export function limitLines({ limit }: Pick<StepReport, 'limit'>, clock: (iso: string) => string): string[] {
  if (!limit) return [];
  const name = `limit ${figure(limit.limitPerSec)} orders/s`;
  if (limit.aboveMs === 0) return [`${name}: never offered more, so it was not tried`];
  const engaged =
    limit.engagedAt === null
      ? 'nobody was told to wait'
      : `engaged at ${clock(limit.engagedAt)}${toldText(limit)}`;
  return [`${name}: offered more for ${formatDurationMs(limit.aboveMs)}, ${engaged}; ${goodputText(limit)}`];
}

function toldText({ toldToWaitRatio, servedRatio }: LimitReport): string {
  if (toldToWaitRatio === null) return '';
  const served = servedRatio === null ? '' : `, ${percent(servedRatio)} of them served`;
  return `, ${percent(toldToWaitRatio)} told to wait${served}`;
}

function goodputText({ goodputRatio, held }: LimitReport): string {
  if (goodputRatio === null) return 'too short to tell whether goodput held';
  const word = held === 'plateau' ? 'plateau' : held === 'collapsed' ? 'COLLAPSED' : 'too close to tell';
  return `goodput ${percent(goodputRatio)} of it: ${word}`;
}

const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`;
const figure = (value: number): string => String(Number(value.toFixed(1)));
const number = (value: number): string => value.toLocaleString('en-US');
