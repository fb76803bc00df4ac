import type { BadTurn } from '../judgement.ts';

/** Turns (and dropped arrivals) that were meant to start in one piece of time, by what became of them. */
export interface EventCounts {
  /** Turns, those included that begin an order. */
  started: number;
  /** Orders. */
  ordersStarted: number;
  /** Orders that came about: good turns that ended with their journey's last step. */
  confirmed: number;
  /** Includes recovered and truly sold-out turns. */
  good: number;
  recovered: number;
  soldOut: number;
  /** Of these: without naming the item, so that its truth is only that some item was out. */
  soldOutUnnamed: number;
  falseSoldOut: number;
  /** Includes false sold-out, never-ended and turned-away. */
  bad: number;
  /** Bad by the first try; at least `bad`. */
  firstBad: number;
  /** Arrivals that the target kept from starting by holding all VUs; part of `bad`. */
  turnedAway: number;
  /** Arrivals that k6 dropped for its own reasons. */
  lost: number;
  harness: number;
  /** Of these: own code threw. The others were answered 400, 401, 403 or 404. */
  harnessThrown: number;
  censored: number;
  generator: number;
  /** Turns that k6 must have seen end, though no measurement says so; bad as `never-ended`. */
  endsMissing: number;
  /** Turns that ended in a second in which they had not started. */
  neverStarted: number;
  /** Turns that got any answer from the target. */
  answered: number;
  /** Turns whose answers told the client to come again later: waited, 429, 503, gave-up. No tickets. */
  waited: number;
  /** Those of them that were good in the end. */
  waitedGood: number;
  /** Bad by kind. */
  kinds: Map<BadTurn, number>;
}

export const noEvents = (): EventCounts => ({
  started: 0,
  ordersStarted: 0,
  confirmed: 0,
  good: 0,
  recovered: 0,
  soldOut: 0,
  soldOutUnnamed: 0,
  falseSoldOut: 0,
  bad: 0,
  firstBad: 0,
  turnedAway: 0,
  lost: 0,
  harness: 0,
  harnessThrown: 0,
  censored: 0,
  generator: 0,
  endsMissing: 0,
  neverStarted: 0,
  answered: 0,
  waited: 0,
  waitedGood: 0,
  kinds: new Map(),
});

export function addEvents(into: EventCounts, more: EventCounts): EventCounts {
  into.started += more.started;
  into.ordersStarted += more.ordersStarted;
  into.confirmed += more.confirmed;
  into.good += more.good;
  into.recovered += more.recovered;
  into.soldOut += more.soldOut;
  into.soldOutUnnamed += more.soldOutUnnamed;
  into.falseSoldOut += more.falseSoldOut;
  into.bad += more.bad;
  into.firstBad += more.firstBad;
  into.turnedAway += more.turnedAway;
  into.lost += more.lost;
  into.harness += more.harness;
  into.harnessThrown += more.harnessThrown;
  into.censored += more.censored;
  into.generator += more.generator;
  into.endsMissing += more.endsMissing;
  into.neverStarted += more.neverStarted;
  into.answered += more.answered;
  into.waited += more.waited;
  into.waitedGood += more.waitedGood;
  for (const [kind, count] of more.kinds) countKind(into.kinds, kind, count);
  return into;
}

export function countKind<Kind>(kinds: Map<Kind, number>, kind: Kind, count: number): void {
  kinds.set(kind, (kinds.get(kind) ?? 0) + count);
}

/** Most frequent first; equal counts by name, so that the same run always reads the same. */
export function byFrequency<Kind extends string>(
  kinds: ReadonlyMap<Kind, number>,
): { kind: Kind; count: number }[] {
  return [...kinds]
    .map(([kind, count]) => ({ kind, count }))
    .sort((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1));
}
