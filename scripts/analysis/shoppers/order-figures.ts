import { PARTS } from '../../../k6/contract.ts';
import type { OrderFigures, PartFigures } from '../../contract/figures.ts';
import type { StepTimeline } from '../../observe/timeline.ts';
import { byFrequency, type EventCounts } from '../turns/event-counts.ts';
import { percentilesMs } from './latency.ts';

/** Halves of an order come after all of these. */
const PART_ORDER: readonly string[] = PARTS;

export function orderFigures(totals: EventCounts): OrderFigures {
  const { ordersStarted, confirmed, started: turns } = totals;
  const { late, good, byTicket, byRetryAfter, soldOut, closed, falseSoldOut, bad, turnedAway } = totals;
  const { harness, censored, generator } = totals;
  const refused = soldOut + closed;
  return {
    started: ordersStarted,
    confirmed,
    late,
    turns,
    good,
    byTicket,
    byRetryAfter,
    soldOut,
    closed,
    falseSoldOut,
    bad,
    turnedAway,
    harness,
    censored,
    generator,
    kinds: byFrequency(totals.kinds),
    fulfilmentRatio: confirmed + refused === 0 ? null : confirmed / (confirmed + refused),
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
