import chisquareQuantile from '@stdlib/stats-base-dists-chisquare-quantile';
import type { LimitFigures } from '../../contract/figures.ts';
import {
  CHANCE_LEVEL,
  FEWEST_GOODPUT_SLICES,
  PLATEAU_RATIO,
  POOLED_EACH_SIDE,
  SHORTEST_GOODPUT_MS,
} from '../../core/limits.ts';
import { sumBy, sumOf } from '../../core/statistics.ts';
import type { StepTimeline } from '../../observe/timeline.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import type { JudgedFault, JudgedSlice, Span } from '../judgement.ts';
import { lengthOf, overlaps } from '../time/grid.ts';
import { droppedOf } from '../turns/event-counts.ts';
import type { StepEvents } from '../turns/events.ts';
import { SENT_AWAY } from '../turns/turn-ending.ts';

interface Seen {
  step: Pick<StepTimeline, 'traffic'>;
  events: Pick<StepEvents, 'servedPerSec'>;
  /** Without the warm-up. */
  measured: readonly JudgedSlice[];
  faults: readonly Pick<JudgedFault, 'spans'>[];
}

/** What came of the target's own limit; null if the plan has none. */
export function limitOf(plan: LaunchPlan, { step, events, measured, faults }: Seen): LimitFigures | null {
  const { limitPerSec: declared } = plan.target;
  if (declared === null) return null;
  const limitPerSec = declared * plan.rehearsal.scale;
  const above = measured.filter((_, index) => isAbove(measured, index, limitPerSec));
  const sound = above.filter(({ healthy, state }) => healthy && state !== 'UNKNOWN');
  const invited = step.traffic.filter((one) => one.invited > 0).map(({ second }) => second * 1_000);
  const told = sumOf(sound.map(toldToWait));
  const turns = sumBy(sound, ({ counts }) => counts.good + counts.bad);
  return {
    limitPerSec,
    aboveMs: sumOf(above.map(lengthOf)),
    engagedAt:
      sound.find((slice) => toldToWait(slice) > 0 || invited.some((at) => contains(slice, at)))?.fromAt ??
      null,
    toldToWaitRatio: turns === 0 ? null : told / turns,
    servedRatio:
      told === 0 ? null : sumOf(sound.map(({ counts }) => counts.byTicket + counts.byRetryAfter)) / told,
    ...goodputOf(judgedTime(sound, faults, plan.slo.slowAfterMs), events, limitPerSec),
  };
}

const offered = ({ counts }: JudgedSlice): number => counts.ordersStarted + droppedOf(counts);

/** More orders than the limit, beyond chance; else in this slice and, pooled, in the five around it. */
function isAbove(measured: readonly JudgedSlice[], index: number, limitPerSec: number): boolean {
  const slice = measured[index];
  if (!slice || offered(slice) <= atLimit(slice, limitPerSec)) return false;
  // The least mean of a Poisson count that brings so many.
  const meanAtLeast = chisquareQuantile(1 - CHANCE_LEVEL, 2 * offered(slice)) / 2;
  if (meanAtLeast > atLimit(slice, limitPerSec)) return true;
  const pool = measured.slice(Math.max(0, index - POOLED_EACH_SIDE), index + POOLED_EACH_SIDE + 1);
  return sumOf(pool.map(offered)) > sumOf(pool.map((one) => atLimit(one, limitPerSec)));
}

const atLimit = (span: Span, limitPerSec: number): number => (limitPerSec * lengthOf(span)) / 1_000;

/** Turns that were told to come again and were not served within slowAfter. */
function toldToWait({ counts }: JudgedSlice): number {
  const served = counts.byTicket + counts.byRetryAfter;
  return served + sumBy(SENT_AWAY, (kind) => counts.kinds.get(kind) ?? 0);
}

/**
 * Unbroken time above the limit, without what a fault did. The first `slowAfter` of each piece is left out: answers of
 * that time are to orders from before.
 */
function judgedTime(
  sound: readonly JudgedSlice[],
  faults: Seen['faults'],
  slowAfterMs: number,
): { pieces: Span[]; slices: number } {
  const inForce = faults
    .flatMap(({ spans }) => spans)
    .filter(({ hit }) => hit > 0)
    .map(({ onAt, offAt }) => ({ fromAt: onAt, toAt: offAt ?? Number.POSITIVE_INFINITY }));
  const clear = sound.filter((slice) => !inForce.some((span) => overlaps(span, slice)));
  const pieces: Span[] = [];
  for (const { fromAt, toAt } of clear) {
    const last = pieces.at(-1);
    if (last?.toAt === fromAt) last.toAt = toAt;
    else pieces.push({ fromAt, toAt });
  }
  const late = pieces.map(({ fromAt, toAt }) => ({ fromAt: fromAt + slowAfterMs, toAt }));
  return { pieces: late.filter(({ fromAt, toAt }) => fromAt < toAt), slices: clear.length };
}

function goodputOf(
  { pieces, slices }: { pieces: readonly Span[]; slices: number },
  { servedPerSec }: Seen['events'],
  limitPerSec: number,
): Pick<LimitFigures, 'judgedMs' | 'goodputPerSec' | 'goodputRatio' | 'held'> {
  // Answers are told by the second.
  const seconds = pieces.flatMap(({ fromAt, toAt }) => wholeSeconds(Math.ceil(fromAt / 1_000), toAt / 1_000));
  const judgedMs = seconds.length * 1_000;
  if (judgedMs < SHORTEST_GOODPUT_MS || slices < FEWEST_GOODPUT_SLICES) {
    return { judgedMs, goodputPerSec: null, goodputRatio: null, held: null };
  }
  const served = sumOf(seconds.map((second) => servedPerSec.get(second) ?? 0));
  const goodputPerSec = served / seconds.length;
  const plateau = PLATEAU_RATIO * limitPerSec * seconds.length;
  const mostMean = chisquareQuantile(CHANCE_LEVEL, 2 * served + 2) / 2;
  const held = served >= plateau ? 'plateau' : mostMean < plateau ? 'collapsed' : null;
  return { judgedMs, goodputPerSec, goodputRatio: goodputPerSec / limitPerSec, held };
}

const wholeSeconds = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);

const contains = ({ fromAt, toAt }: Span, at: number): boolean => fromAt <= at && at < toAt;
