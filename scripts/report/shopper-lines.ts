import type { LimitFigures } from '../contract/figures.ts';
import type { StepReport } from '../contract/run-report.ts';
import { AMPLIFIED_FROM } from '../core/limits.ts';
import { formatDurationMs } from '../core/quantities.ts';
import { sumBy } from '../core/statistics.ts';
import { plainText } from '../core/text/plain-text.ts';

const SHOWN_STEPS = 3;
const SHOWN_KINDS = 2;
const SHOWN_PARTS = 5;
const SHOWN_THRESHOLDS = 3;

/** Where orders ended that were not placed in time, by journey; nothing where none did. */
export function funnelLines({ funnels }: Pick<StepReport, 'funnels'>): string[] {
  return funnels.flatMap((funnel) => {
    const { journey, started, turnedAway, cutOff, neverEnded, confirmed } = funnel;
    const others = [
      ...stepEnds(funnel),
      ...(neverEnded > 0 ? [`${number(neverEnded)} never ended`] : []),
      ...(turnedAway > 0 ? [`${number(turnedAway)} more turned away`] : []),
    ];
    if (others.length === 0) return [];
    const cut = cutOff > 0 ? `, ${number(cutOff)} cut off` : '';
    const orders = `${number(started)} orders, ${number(confirmed)} confirmed`;
    return [`${plainText(journey)}: ${orders}; ${others.join(', ')}${cut}`];
  });
}

/** The steps at which most ended, in their order. */
function stepEnds({ steps }: StepReport['funnels'][number]): string[] {
  const some = steps.filter(({ ended }) => ended.length > 0);
  const heaviest = some.toSorted((a, b) => countIn(b.ended) - countIn(a.ended)).slice(0, SHOWN_STEPS);
  const others = some.filter((step) => !heaviest.includes(step));
  const shown = some
    .filter((step) => heaviest.includes(step))
    .map(({ name, index, ended }, place) => {
      const kinds = ended.slice(0, SHOWN_KINDS).map(({ how }) => how);
      const more = ended.length > SHOWN_KINDS ? ' and others' : '';
      const isAlone = steps.filter((one) => one.name === name).length === 1;
      const where = plainText(
        name === null ? `request ${index + 1}` : isAlone ? name : `${name}, step ${index + 1}`,
      );
      return `${number(countIn(ended))} ${place === 0 ? 'ended ' : ''}at ${where} (${kinds.join(', ')}${more})`;
    });
  return others.length === 0
    ? shown
    : [...shown, `${number(countIn(others.flatMap(({ ended }) => ended)))} at other steps`];
}

/** How long answers took; those of good turns beside them, as late ones are missing there. */
export function latencyLines({ latency }: Pick<StepReport, 'latency'>): string[] {
  const { answered, good } = latency ?? { answered: null, good: null };
  if (answered === null) return [];
  const text = ({ p50Ms, p99Ms }: typeof answered): string =>
    `${formatDurationMs(Math.round(p50Ms))} (p99 ${formatDurationMs(Math.round(p99Ms))})`;
  const same = good !== null && text(good) === text(answered);
  return [`answers took ${text(answered)}${same ? '' : `, good ones ${good === null ? '–' : text(good)}`}`];
}

const countIn = (counts: readonly { count: number }[]): number => sumBy(counts, ({ count }) => count);

/** What repeats added to the load, where that was much. */
export function amplificationLines(
  { traffic, metastable }: Pick<StepReport, 'traffic' | 'metastable'>,
  clock: (at: number) => string,
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

export function limitLines({ limit }: Pick<StepReport, 'limit'>, clock: (at: number) => string): string[] {
  if (!limit) return [];
  const name = `limit ${figure(limit.limitPerSec)} orders/s`;
  if (limit.aboveMs === 0) return [`${name}: never offered more, so it was not tried`];
  const engaged =
    limit.engagedAt === null
      ? 'nobody was told to wait'
      : `engaged at ${clock(limit.engagedAt)}${toldText(limit)}`;
  return [`${name}: offered more for ${formatDurationMs(limit.aboveMs)}, ${engaged}; ${goodputText(limit)}`];
}

function toldText({ toldToWaitRatio, servedRatio }: LimitFigures): string {
  if (toldToWaitRatio === null) return '';
  const served = servedRatio === null ? '' : `, ${percent(servedRatio)} of them served`;
  return `, ${percent(toldToWaitRatio)} told to wait${served}`;
}

function goodputText({ goodputRatio, held }: LimitFigures): string {
  if (goodputRatio === null) return 'too short to tell whether goodput held';
  const word = held === 'plateau' ? 'plateau' : held === 'collapsed' ? 'COLLAPSED' : 'too close to tell';
  return `goodput ${percent(goodputRatio)} of it: ${word}`;
}

const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`;
const figure = (value: number): string => String(Number(value.toFixed(1)));
const number = (value: number): string => value.toLocaleString('en-US');
