import { type Latency, sampleLatencyMs } from '../../scripts/core/latency.ts';
import type { Turn } from '../client.ts';
import type { BadKind, ClientSettings, Outcome, Part, Repeat, TurnEnd } from '../contract.ts';
import type { Flow } from '../effects.ts';
import type { JourneyProgram, StepEnd, Variables } from './program.ts';
import { startTrace, type Trace } from './trace.ts';

// The turns of an order, whatever it is made of: how they begin, how they are judged, and thinking between them.

export interface Manners {
  client: ClientSettings;
  /** A turn without ticket or Retry-After is given up after this long, ms; shoppers: patience, canaries: slowAfter. */
  limitMs: number;
}

export interface OrderStart {
  /** When the shopper meant to act, epoch ms. */
  intendedAt: number;
  /** Values of the program's `variables`; captures are added to it. */
  variables: Variables;
  now: () => number;
  random: () => number;
  /** 24 hex digits that no other order has. */
  traceId: string;
  /** Of own code: puts a variable into `variables`; undefined = there is none of this name. */
  invent?: (name: string) => string | undefined;
  /**
   * Called when the café says that it is closed. true: the shopper goes to another one, for which `variables` are as
   * at the start of the order. Absent: such shoppers never do.
   */
  moveOn?: () => boolean;
  /** The shopper is one of those who tap twice. */
  tapsTwice?: boolean;
  /** Told of each request that is no first try. */
  onRepeat?: (why: Repeat) => void;
  /** Told how long a part of the order took, ms. */
  onPart?: (part: Part, ms: number) => void;
  /** Told of an error that own code threw, which ended the order. */
  onThrown?: (message: string) => void;
  /** Called for each turn of the order; `at` = index of the journey's step with which it begins, null for the one that begins the order. */
  onTurnStart: (intendedAt: number, at: number | null) => void;
  onTurnEnd: (end: TurnEnd) => void;
}

/** Makes an order of a journey, whatever it is made of. */
export type FlowOf = (journey: JourneyProgram, manners: Manners, start: OrderStart) => Flow<void>;

export const RIGHT: StepEnd = { how: 'right' };
export const WRONG: StepEnd = { how: 'bad', kind: 'wrong-answer' };
export const bad = (kind: BadKind): StepEnd => ({ how: 'bad', kind });

/** An order that has begun, whatever it is made of. */
export interface OrderUnderWay {
  readonly program: JourneyProgram;
  readonly manners: Manners;
  readonly start: OrderStart;
  /** The one that goes on, or ended last. */
  turn: Turn;
  /** Of this turn. */
  trace: Trace;
  /** The answer that confirmed the order last names it. */
  proven: boolean;
}

/**
 * Ends a turn whose step `at` was right, thinks, and begins the one of step `next`; false = the answer came too late,
 * which ends the order.
 */
export function* think(thinkTime: Latency, order: OrderUnderWay, at: number, next: number): Flow<boolean> {
  const { manners, start } = order;
  const end = judged(order, at, RIGHT, false);
  start.onTurnEnd(end);
  if (end.kind !== null) return false;
  const ms = Math.round(sampleLatencyMs(thinkTime, start.random));
  yield { do: 'sleep', ms };
  // Not when the sleep really ended: the shopper meant to act then, however late this machine wakes up.
  const intendedAt = end.endedAt + ms;
  start.onTurnStart(intendedAt, next);
  order.turn = beginTurn(manners, start, intendedAt);
  order.trace = startTrace(start.traceId, order.trace.turn + 1);
  return true;
}

export const beginTurn = (
  { client, limitMs }: Manners,
  { now, random, onRepeat }: OrderStart,
  intendedAt: number,
): Turn => ({
  intendedAt,
  limitAt: intendedAt + limitMs,
  patienceAt: intendedAt + client.patienceMs,
  invited: false,
  ticketed: false,
  stumbled: false,
  servedAt: null,
  onRepeat,
  now,
  random,
});

/** The turn as its step `at` ended it. "Closed" is "sold out" to a shopper who does not move on. */
export const judged = (
  { program, manners, start, turn, proven }: OrderUnderWay,
  at: number,
  end: StepEnd,
  placed = end.how === 'right',
): TurnEnd => {
  const { intendedAt } = turn;
  const { cafe } = start.variables;
  const endedAt = turn.servedAt ?? turn.now();
  const inTime = endedAt - intendedAt <= manners.client.slowAfterMs;
  const kind = badKind(end, turn, endedAt, inTime);
  const soldOut = kind === null && end.how !== 'right';
  return {
    journey: program.name,
    intendedAt,
    endedAt,
    outcome: outcome(end, turn, kind, inTime),
    kind,
    at,
    placed,
    proven,
    first: end.how !== 'bad' && inTime && !turn.stumbled ? 'good' : 'bad',
    item: soldOut && end.how === 'sold-out' ? end.item : null,
    cafe: soldOut && typeof cafe === 'string' && cafe !== '' ? cafe : null,
  };
};

/** What was bad about a turn; null = nothing. */
const badKind = (end: StepEnd, turn: Turn, endedAt: number, inTime: boolean): BadKind | null => {
  if (end.how === 'bad') return end.kind;
  if (!inTime && !turn.invited) return 'slow';
  return !inTime && endedAt > turn.patienceAt ? 'gave-up' : null;
};

const outcome = (end: StepEnd, turn: Turn, kind: BadKind | null, inTime: boolean): Outcome => {
  if (kind !== null) return kind === 'local' ? 'generator' : 'bad';
  if (end.how === 'closed' || end.how === 'sold-out') return end.how;
  if (inTime) return 'good';
  return turn.ticketed ? 'by-ticket' : 'by-retry-after';
};
