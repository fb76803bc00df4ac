import { PARTS } from '../../k6/contract.ts';
import type { GeneratorFigures, OrderFigures, PartFigures } from '../contract/figures.ts';
import { PEAK_EACH_SIDE_MS } from '../core/limits.ts';
import type { RunTimeline, StepTimeline } from '../observe/timeline.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { voidedFigures } from './instrument/voided.ts';
import type { JudgedSlice, JudgedStep } from './judgement.ts';
import { percentilesMs } from './shoppers/latency.ts';
import { peakOffsetMs } from './time/arrivals.ts';
import { lengthOf, overlaps } from './time/grid.ts';
import { byFrequency, type EventCounts } from './turns/event-counts.ts';
import { eventsBetween, type StepEvents } from './turns/events.ts';
import { nothingToSell } from './turns/stock-truth.ts';

const MINUTE_MS = 60_000;
/** Halves of an order come after all of these. */
const PART_ORDER: readonly string[] = PARTS;

export function highest(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>(
    (most, value) => (value === null ? most : Math.max(most ?? value, value)),
    null,
  );
}

export function orderFigures(totals: EventCounts): OrderFigures {
  const { ordersStarted, confirmed, started: turns } = totals;
  const { good, recovered, soldOut, falseSoldOut, bad, turnedAway, harness, censored, generator } = totals;
  return {
    started: ordersStarted,
    confirmed,
    turns,
    good,
    recovered,
    soldOut,
    falseSoldOut,
    bad,
    turnedAway,
    harness,
    censored,
    generator,
    kinds: byFrequency(totals.kinds),
    fulfilmentRatio: confirmed + soldOut === 0 ? null : confirmed / (confirmed + soldOut),
  };
}

/** Journeys in the order of their schedules, parts as they follow one another. */
export function partFigures({ parts, schedules }: StepTimeline): PartFigures[] {
  const journeys = schedules.map(({ journey }) => journey);
  const rank = (part: string): number => {
    const place = PART_ORDER.indexOf(part);
    return place === -1 ? PART_ORDER.length : place;
  };
  return parts
    .flatMap(({ journey, part, histogram }) => {
      const percentiles = percentilesMs([histogram]);
      return percentiles === null ? [] : [{ journey, part, count: histogram.count, ...percentiles }];
    })
    .sort(
      (a, b) =>
        journeys.indexOf(a.journey) - journeys.indexOf(b.journey) ||
        rank(a.part) - rank(b.part) ||
        (a.part < b.part ? -1 : 1),
    );
}

/** Lengths of maximal runs of DOWN slices, before any merging. */
export function outagesOf(measured: readonly JudgedSlice[]): number[] {
  const outages: number[] = [];
  let before: JudgedSlice | undefined;
  for (const slice of measured) {
    if (slice.state === 'DOWN') {
      const running = before?.state === 'DOWN' ? (outages.pop() ?? 0) : 0;
      outages.push(running + lengthOf(slice));
    }
    before = slice;
  }
  return outages;
}

/** Time without trusted load evidence in the 60 s around the highest planned rate, and the readings behind it. */
export function unhealthyAtPeak(
  step: StepTimeline,
  measured: readonly JudgedSlice[],
): { lengthMs: number; voided: GeneratorFigures['voided'] } {
  const offsetMs = peakOffsetMs(step);
  if (offsetMs === null || step.startedAt === null) return { lengthMs: 0, voided: [] };
  const peakAt = step.startedAt + offsetMs;
  const around = { fromAt: peakAt - PEAK_EACH_SIDE_MS, toAt: peakAt + PEAK_EACH_SIDE_MS };
  const unhealthy = measured.filter((slice) => !slice.healthy && overlaps(slice, around));
  const lengthMs = unhealthy.reduce(
    (sum, slice) => sum + Math.min(slice.toAt, around.toAt) - Math.max(slice.fromAt, around.fromAt),
    0,
  );
  return { lengthMs, voided: voidedFigures(unhealthy) };
}

function perMinute(measured: readonly JudgedSlice[]): { startedAt: number; slices: JudgedSlice[] }[] {
  const anchorAt = measured[0]?.fromAt ?? 0;
  const minutes: { startedAt: number; slices: JudgedSlice[] }[] = [];
  for (const slice of measured) {
    const index = Math.floor((slice.fromAt - anchorAt) / MINUTE_MS);
    const minute = minutes[index] ?? { startedAt: anchorAt + index * MINUTE_MS, slices: [] };
    minute.slices.push(slice);
    minutes[index] = minute;
  }
  return minutes;
}

/** A last piece under half a minute is judged with the minute before it. */
function wholeMinutes(measured: readonly JudgedSlice[]): { startedAt: number; slices: JudgedSlice[] }[] {
  const minutes = perMinute(measured);
  const last = minutes.at(-1);
  const before = minutes.at(-2);
  if (!last || !before || (last.slices.at(-1)?.toAt ?? 0) - last.startedAt >= MINUTE_MS / 2) return minutes;
  return [...minutes.slice(0, -2), { ...before, slices: [...before.slices, ...last.slices] }];
}

/**
 * Minutes in which orders were planned and none was confirmed, unless something was out of stock or every café closed. If
 * answers said "sold out" of no item in particular, there must have been nothing to sell.
 * @param firstSaleAt when the first order may be expected to have come about, epoch ms
 */
export function minutesWithoutSale(
  plan: LaunchPlan,
  timeline: RunTimeline,
  measured: readonly JudgedSlice[],
  firstSaleAt: number,
): number[] {
  return wholeMinutes(measured)
    .filter((minute) => minute.startedAt >= firstSaleAt)
    .filter(({ startedAt, slices }) => {
      const span = { fromAt: startedAt, toAt: slices.at(-1)?.toAt ?? startedAt };
      const within = (out: { fromAt: number; toAt: number | null }): boolean =>
        overlaps({ fromAt: out.fromAt, toAt: out.toAt ?? Number.POSITIVE_INFINITY }, span);
      const stockOuts = timeline.stockOuts.filter(within);
      const closures = timeline.closures.filter(within);
      const named = slices.every((slice) => slice.soldOutUnnamed === 0);
      const outOfStock =
        (stockOuts.length > 0 && named) ||
        (stockOuts.length + closures.length > 0 && nothingToSell(plan, { stockOuts, closures }));
      const planned = slices.reduce((sum, slice) => sum + slice.planned, 0);
      return !outOfStock && planned > 0 && slices.every((slice) => slice.confirmed === 0);
    })
    .map((minute) => minute.startedAt);
}

export function minutesOf(events: StepEvents, measured: readonly JudgedSlice[]) {
  return perMinute(measured).map(({ startedAt, slices }) => {
    const toAt = slices.at(-1)?.toAt ?? startedAt;
    const { good, bad } = eventsBetween(events, null, startedAt / 1_000, toAt / 1_000);
    return { startedAt, good, bad, badRatio: good + bad === 0 ? null : bad / (good + bad) };
  });
}

export function partnersOf(
  plan: LaunchPlan,
  timeline: RunTimeline,
  step: StepTimeline,
): JudgedStep['partners'] {
  const span = { fromAt: step.startedAt ?? 0, toAt: step.endedAt ?? Number.POSITIVE_INFINITY };
  return plan.partners.map(({ name, kind }) => ({
    name,
    kind,
    soldOut: timeline.stockOuts
      .filter((out) => out.partner === name)
      .filter((out) => overlaps({ fromAt: out.fromAt, toAt: out.toAt ?? Number.POSITIVE_INFINITY }, span))
      .map((out) => ({ item: out.item, at: out.fromAt, until: out.toAt })),
  }));
}
