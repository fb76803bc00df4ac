import type { JudgedSlice } from '../judgement.ts';
import { eventsBetween, type StepEvents } from '../turns/events.ts';
import { isTooBad } from './counted.ts';

/** Orders that were begun and came to nothing outside of the slices that are charged or unknown. */
export interface NotServed {
  /** null: of all journeys. */
  journey: string | null;
  orders: number;
  notServed: number;
}

/**
 * Of the orders begun in measured time, those left out whose bad turn lies in a DOWN or UNKNOWN slice, too many were neither
 * confirmed (late ones are) nor truly refused: by more than chance brings, of all or of one journey; else null.
 */
export function ordersNotServed(
  events: StepEvents,
  measured: readonly JudgedSlice[],
  downAboveRatio: number,
): NotServed | null {
  const journeys = [...events.byJourney.keys()];
  for (const journey of [null, ...(journeys.length > 1 ? journeys : [])]) {
    let orders = 0;
    let notServed = 0;
    for (const { fromAt, toAt, state } of measured) {
      const counts = eventsBetween(events, journey, fromAt / 1_000, toAt / 1_000);
      orders += counts.ordersStarted + counts.turnedAway;
      if (state === 'DOWN' || state === 'UNKNOWN') orders -= counts.bad;
      else notServed += counts.bad - counts.late;
    }
    if (isTooBad({ valid: orders, bad: notServed }, downAboveRatio)) return { journey, orders, notServed };
  }
  return null;
}
