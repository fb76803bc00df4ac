import { Counter, Trend } from 'k6/metrics';
import {
  type FailedTurnEvent,
  isPolite,
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

/** The newest turn that has ended; a VU has one order at a time. */
let last: TurnEnd | null = null;

export const countTurnStart = (intendedAt: number, at: number | null): void => {
  turnsStarted.add(1, at === null ? { slot: slot(intendedAt) } : { slot: slot(intendedAt), at: String(at) });
};

export const countRepeat = (why: Repeat): void => {
  repeats.add(1, { why });
};

export const countPart = (part: Part, ms: number): void => {
  partDuration.add(ms, { part });
};

export const recordTurnEnd = (end: TurnEnd): void => {
  const { intendedAt, endedAt, outcome, kind, item, cafe } = end;
  last = end;
  const durationMs = endedAt - intendedAt;
  const tags = fateOf(end, slot(intendedAt));
  if (end.first === 'bad' && (outcome === 'good' || isPolite(outcome))) tags['first'] = 'bad';
  if (item !== null) tags['item'] = item;
  if (cafe !== null) tags['cafe'] = cafe;
  if (end.placed && !end.proven) tags['proof'] = 'none';
  turnsEnded.add(1, tags);
  if (outcome === 'good') turnDuration.add(durationMs);
  else turnDuration.add(durationMs, kind === null ? { outcome } : { outcome, kind });
};

const fateOf = ({ outcome, kind, at, placed }: TurnEnd, slot: string): Record<string, string> => {
  const tags: Record<string, string> = { slot };
  if (outcome !== 'good') tags['outcome'] = outcome;
  if (kind !== null) tags['kind'] = kind;
  if (!placed) tags['at'] = String(at);
  return tags;
};

/** The turn with which the order ended that is over. */
export const takeLast = (): TurnEnd | null => {
  const end = last;
  last = null;
  return end;
};

export const hasFailed = ({ outcome }: TurnEnd): boolean => outcome === 'bad' || isPolite(outcome);

export const failedTurn = (end: TurnEnd, name: string, detail: string): FailedTurnEvent => {
  const { journey, intendedAt, endedAt, kind, at, item, cafe } = end;
  return { event: 'failed-turn', journey, intendedAt, endedAt, kind, at, item, cafe, name, detail };
};

const slot = (intendedAt: number): string => String(Math.floor(intendedAt / 1_000) % SLOT_MODULUS);
