import { Counter, Trend } from 'k6/metrics';
import {
  type FailedTurnEvent,
  METRIC,
  type Part,
  type Repeat,
  SLOT_MODULUS,
  type TurnEnd,
} from './contract.ts';

// What k6 writes down of turns.

const turnsStarted = new Counter(METRIC.turnsStarted);
const turnsEnded = new Counter(METRIC.turnsEnded);
const turnDuration = new Trend(METRIC.turnDuration, true);
const repeats = new Counter(METRIC.repeats);
const partDuration = new Trend(METRIC.partDuration, true);

/** How the running order failed or was sold out; a VU has one order at a time. */
let failed: TurnEnd | null = null;

/** The number of the journey's step only where no order begins: a tag more would cost every order. */
export const countTurnStart = (journey: string, intendedAt: number, at: number | null): void => {
  turnsStarted.add(
    1,
    at === null ? { journey, slot: slot(intendedAt) } : { journey, slot: slot(intendedAt), at: String(at) },
  );
};

export const countRepeat = (journey: string, why: Repeat): void => {
  repeats.add(1, { journey, why });
};

export const countPart = (journey: string, part: Part, ms: number): void => {
  partDuration.add(ms, { journey, part });
};

export const recordTurnEnd = (end: TurnEnd): void => {
  const { journey, outcome, kind } = end;
  // k6 drops empty tags on the way out; they keep the object's shape the same.
  const tags: Record<string, string> = {
    journey,
    slot: slot(end.intendedAt),
    outcome,
    kind: kind ?? '',
    at: String(end.at),
    first: end.first,
    item: end.item ?? '',
  };
  if (outcome === 'bad' || outcome === 'sold-out') failed = end;
  if (end.cafe !== null) tags['cafe'] = end.cafe;
  turnsEnded.add(1, tags);
  turnDuration.add(end.endedAt - end.intendedAt, { journey, outcome, kind: kind ?? '' });
};

/** How the order that is over failed or was sold out; null = neither. */
export const takeFailed = (): TurnEnd | null => {
  const end = failed;
  failed = null;
  return end;
};

export const failedTurn = (end: TurnEnd, name: string, detail: string): FailedTurnEvent => {
  const { journey, intendedAt, endedAt, kind, at, item, cafe } = end;
  return { event: 'failed-turn', journey, intendedAt, endedAt, kind, at, item, cafe, name, detail };
};

const slot = (intendedAt: number): string => String(Math.floor(intendedAt / 1_000) % SLOT_MODULUS);
