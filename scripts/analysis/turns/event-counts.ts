import type { BadKind } from '../../../k6/contract.ts';

/** What was bad about a turn. */
export type BadTurn = BadKind | 'never-ended' | 'turned-away' | 'false-sold-out';

/** Turns (and dropped arrivals) that were meant to start in one piece of time, by what became of them. */
export interface EventCounts {
  /** Turns, those included that begin an order. */
  started: number;
  /** Orders. */
  ordersStarted: number;
  /** Orders placed in time: good turns that ended with their journey's last step. */
  confirmed: number;
  /** Orders placed after slowAfter: bad turns. */
  late: number;
  /** Includes turns by ticket, after Retry-After, and truly told "sold out" or "closed". */
  good: number;
  /** Served by queue ticket. */
  byTicket: number;
  /** Served after Retry-After, without a ticket. */
  byRetryAfter: number;
  soldOut: number;
  closed: number;
  /** Of both: without naming the item, so that its truth is only that some item was out. */
  politeUnnamed: number;
  falseSoldOut: number;
  /** Includes false sold-out, never-ended and turned-away. */
  bad: number;
  /** Bad by the first try; at least `bad`. */
  firstBad: number;
  /** Arrivals that the target kept from starting by holding all VUs; part of `bad`. */
  turnedAway: number;
  /** Arrivals that k6 dropped for its own reasons. */
  droppedByK6: number;
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
  /** Bad by kind; `countBadKind` adds to it. */
  kinds: ReadonlyMap<BadTurn, number>;
}

/** Most seconds have nothing bad: these share one map. */
const NONE: ReadonlyMap<BadTurn, number> = new Map();

export const noEvents = (): EventCounts => ({
  started: 0,
  ordersStarted: 0,
  confirmed: 0,
  late: 0,
  good: 0,
  byTicket: 0,
  byRetryAfter: 0,
  soldOut: 0,
  closed: 0,
  politeUnnamed: 0,
  falseSoldOut: 0,
  bad: 0,
  firstBad: 0,
  turnedAway: 0,
  droppedByK6: 0,
  harness: 0,
  harnessThrown: 0,
  censored: 0,
  generator: 0,
  endsMissing: 0,
  neverStarted: 0,
  answered: 0,
  waited: 0,
  kinds: NONE,
});

export function addEvents(into: EventCounts, more: EventCounts): EventCounts {
  into.started += more.started;
  into.ordersStarted += more.ordersStarted;
  into.confirmed += more.confirmed;
  into.late += more.late;
  into.good += more.good;
  into.byTicket += more.byTicket;
  into.byRetryAfter += more.byRetryAfter;
  into.soldOut += more.soldOut;
  into.closed += more.closed;
  into.politeUnnamed += more.politeUnnamed;
  into.falseSoldOut += more.falseSoldOut;
  into.bad += more.bad;
  into.firstBad += more.firstBad;
  into.turnedAway += more.turnedAway;
  into.droppedByK6 += more.droppedByK6;
  into.harness += more.harness;
  into.harnessThrown += more.harnessThrown;
  into.censored += more.censored;
  into.generator += more.generator;
  into.endsMissing += more.endsMissing;
  into.neverStarted += more.neverStarted;
  into.answered += more.answered;
  into.waited += more.waited;
  for (const [kind, count] of more.kinds) countBadKind(into, kind, count);
  return into;
}

export function countBadKind(counts: EventCounts, kind: BadTurn, count: number): void {
  const kinds = counts.kinds === NONE ? new Map<BadTurn, number>() : (counts.kinds as Map<BadTurn, number>);
  counts.kinds = kinds;
  countKind(kinds, kind, count);
}

/** Arrivals that k6 dropped, whoever's fault it was. */
export const droppedOf = ({ turnedAway, droppedByK6 }: EventCounts): number => turnedAway + droppedByK6;

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
