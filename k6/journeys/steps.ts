import { type Latency, sampleLatencyMs } from '../../scripts/core/latency.ts';
import {
  answered,
  call,
  deadline,
  outOfTime,
  recover,
  retryAfterMs,
  type Turn,
  tryTimeoutMs,
} from '../client.ts';
import type { BadKind, ClientSettings, Outcome, TurnEnd } from '../contract.ts';
import type { Answer, Flow, WireRequest } from '../effects.ts';
import { capturable, itemName, matches, type ReadAnswer, readAnswer, valueAt } from './answers.ts';
import type { JourneyProgram, StepEnd, StepProgram, Variables } from './program.ts';
import { stepRequest, ticketRequest, tryAgain } from './requests.ts';
import { startTrace, type Trace } from './trace.ts';

// A journey of kind `steps`: requests one after another. Without think time an order is one turn, with it each step.

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
  /**
   * Called when the café says that it is closed. true: the shopper goes to another one, for which `variables` are as
   * at the start of the order. Absent: such shoppers never do.
   */
  moveOn?: () => boolean;
  /** Called for each turn of the order; `at` = the step with which it begins, 0 for the one that begins the order. */
  onTurnStart: (intendedAt: number, at: number) => void;
  onTurnEnd: (end: TurnEnd) => void;
}

/**
 * Walks the steps. What almost every step is, one right answer at the first try, happens here without a generator
 * of its own: each level of them costs k6 as much as everything else that is done for a request.
 */
export function* order(program: JourneyProgram, manners: Manners, start: OrderStart): Flow<void> {
  start.onTurnStart(start.intendedAt, 0);
  const { steps } = program;
  const { client } = manners;
  const { thinkTime } = client;
  const { variables } = start;
  let turn = beginTurn(manners, start, start.intendedAt);
  let trace = startTrace(start.random);
  let end: StepEnd = RIGHT;
  let at = 0;
  for (let step = steps[at]; step !== undefined; step = steps[++at]) {
    const timeoutMs = tryTimeoutMs(turn, client);
    if (timeoutMs < 1) {
      end = { how: 'bad', kind: outOfTime(turn).kind };
      break;
    }
    const request = stepRequest(step, variables, trace, timeoutMs);
    const answer = answered(yield { do: 'send', request });
    const read = readAnswer(answer);
    const meaning = understand(step, read);
    if (meaning !== 'confirmed' || !capture(step, read, variables)) {
      const walk = { step, program, turn, trace, client, variables, request };
      const result = yield* takeLongWay(walk, { answer, read, meaning }, timeoutMs);
      if (result.how === 'closed' && start.moveOn?.() === true) {
        // The same turn goes on with the first step: the shopper still waits for what they wanted.
        at = -1;
        continue;
      }
      end = result.how === 'closed' ? REFUSED : result;
      if (end.how !== 'right') break;
    }
    if (thinkTime === null || at === steps.length - 1) continue;
    const next = yield* think(thinkTime, { program, manners, start, turn, at });
    if (next === null) return;
    turn = next;
    trace = startTrace(start.random);
  }
  start.onTurnEnd(judged({ program, manners, start, turn, at: Math.min(at, steps.length - 1) }, end));
}

const RIGHT: StepEnd = { how: 'right' };
/** What "closed" is to a shopper who does not move on. */
const REFUSED: StepEnd = { how: 'sold-out', item: null };

/** A turn of an order whose step `at` is over. */
interface TurnOver {
  program: JourneyProgram;
  manners: Manners;
  start: OrderStart;
  turn: Turn;
  at: number;
}

/** Ends a turn whose step was right, thinks, and begins the next one; null = the answer came too late, which ends the order. */
function* think(thinkTime: Latency, over: TurnOver): Flow<Turn | null> {
  const { manners, start, at } = over;
  const end = judged(over, RIGHT);
  start.onTurnEnd(end);
  if (end.kind !== null) return null;
  const ms = Math.round(sampleLatencyMs(thinkTime, start.random));
  yield { do: 'sleep', ms };
  // Not when the sleep really ended: the shopper meant to act then, however late this machine wakes up.
  const intendedAt = end.endedAt + ms;
  start.onTurnStart(intendedAt, at + 1);
  return beginTurn(manners, start, intendedAt);
}

const beginTurn = ({ client, limitMs }: Manners, { now, random }: OrderStart, intendedAt: number): Turn => ({
  intendedAt,
  limitAt: intendedAt + limitMs,
  patienceAt: intendedAt + client.patienceMs,
  invited: false,
  ticketed: false,
  stumbled: false,
  now,
  random,
});

const judged = ({ program, manners, start, turn, at }: TurnOver, end: StepEnd): TurnEnd => {
  const { intendedAt } = turn;
  const endedAt = turn.now();
  const inTime = endedAt - intendedAt <= manners.client.slowAfterMs;
  const kind = badKind(end, turn, endedAt, inTime);
  const soldOut = kind === null && end.how === 'sold-out';
  return {
    journey: program.name,
    intendedAt,
    endedAt,
    outcome: outcome(end, turn, kind, inTime),
    kind,
    at,
    first: end.how !== 'bad' && inTime && !turn.stumbled ? 'good' : 'bad',
    item: soldOut ? end.item : null,
    cafe: soldOut ? cafeOf(start.variables) : null,
  };
};

const cafeOf = ({ cafe }: Variables): string | null => {
  return typeof cafe === 'string' && cafe !== '' ? cafe : null;
};

/** What was bad about a turn; null = nothing. */
const badKind = (end: StepEnd, turn: Turn, endedAt: number, inTime: boolean): BadKind | null => {
  if (end.how === 'bad') return end.kind;
  if (!inTime && !turn.invited) return 'slow';
  return !inTime && endedAt > turn.patienceAt ? 'gave-up' : null;
};

const outcome = (end: StepEnd, turn: Turn, kind: BadKind | null, inTime: boolean): Outcome => {
  if (kind !== null) return kind === 'local' ? 'generator' : 'bad';
  if (end.how === 'sold-out') return 'sold-out';
  if (inTime) return 'good';
  return turn.ticketed ? 'recovered' : 'waited';
};

interface Walk {
  step: StepProgram;
  program: JourneyProgram;
  turn: Turn;
  trace: Trace;
  client: ClientSettings;
  variables: Variables;
  /** The step's first try. */
  request: WireRequest;
}

/** The answer that was read last. */
interface Seen {
  answer: Answer;
  read: ReadAnswer;
  meaning: Meaning;
}

type LongWayEnd = StepEnd | { how: 'closed' };

/** Whatever is not one right answer at the first try: retries, waits, queues, and ends other than "right". */
function* takeLongWay(walk: Walk, seen: Seen, timeoutMs: number): Flow<LongWayEnd> {
  const { step, turn, trace, client, request } = walk;
  if (seen.meaning === 'wrong') {
    const asking = {
      makeRequest: (nextTimeoutMs: number) => tryAgain(request, trace, nextTimeoutMs),
      isRight: (answer: Answer) => see(seen, answer, step) !== 'wrong',
    };
    const result = yield* recover({ answer: seen.answer, timeoutMs }, asking, turn, client);
    if (result.answer === null) return { how: 'bad', kind: result.kind };
  }
  return seen.meaning === 'queued' ? yield* waitInQueue(walk, seen) : finish(step, seen, walk.variables);
}

const see = (seen: Seen, answer: Answer, step: StepProgram): Meaning => {
  seen.answer = answer;
  seen.read = readAnswer(answer);
  seen.meaning = understand(step, seen.read);
  return seen.meaning;
};

type Meaning = 'sold-out' | 'closed' | 'confirmed' | 'queued' | 'wrong';

/** Sold out is the most particular answer, "any 2xx" the least: a ticket is not taken for a confirmation. */
const understand = (step: StepProgram, answer: ReadAnswer): Meaning => {
  if (step.soldOut !== null && matches(step.soldOut, answer)) return 'sold-out';
  if (step.closed !== null && matches(step.closed, answer)) return 'closed';
  const confirmed = matches(step.confirmed, answer);
  if (confirmed && step.particular) return 'confirmed';
  if (step.queued !== null && matches(step.queued, answer)) return 'queued';
  return confirmed ? 'confirmed' : 'wrong';
};

const finish = (step: StepProgram, { meaning, read }: Seen, variables: Variables): LongWayEnd => {
  if (meaning === 'closed') return { how: 'closed' };
  if (meaning === 'sold-out') {
    const item = step.soldOut?.item ?? null;
    return { how: 'sold-out', item: item === null ? null : itemName(valueAt(read, item)) };
  }
  return capture(step, read, variables) ? { how: 'right' } : { how: 'bad', kind: 'wrong-answer' };
};

/** Takes what the step captures; true if every variable of it has a value now (a ticket may have brought one before). */
const capture = (step: StepProgram, answer: ReadAnswer, variables: Variables): boolean => {
  const { capture: wanted } = step;
  if (wanted === null) return true;
  let complete = true;
  for (let index = 0; index < wanted.length; index += 2) {
    const name = wanted[index] ?? '';
    const value = capturable(valueAt(answer, wanted[index + 1] ?? ''));
    if (value !== undefined) variables[name] = value;
    else if (variables[name] === undefined) complete = false;
  }
  return complete;
};

/** A ticket was given: polls until the step is confirmed, sold out or closed, something fails, or patience is out. */
function* waitInQueue(walk: Walk, seen: Seen): Flow<LongWayEnd> {
  const { step, program, turn, trace, client, variables } = walk;
  const { queued } = step;
  if (queued === null) return { how: 'bad', kind: 'wrong-answer' };
  turn.invited = true;
  turn.ticketed = true;
  capture(step, seen.read, variables);
  const ticket = queued.has === null ? undefined : capturable(valueAt(seen.read, queued.has));
  if (ticket !== undefined) variables['ticket'] = ticket;
  const location = seen.answer.headers['location'];
  const asked = { variables, location, again: walk.request, origin: program.origin };
  const poll = ticketRequest(step, asked, trace);
  if (poll === null) return { how: 'bad', kind: 'wrong-answer' };
  const asking = {
    makeRequest: (timeoutMs: number) => tryAgain(poll, trace, timeoutMs),
    isRight: (answer: Answer) => {
      const wrong = see(seen, answer, step) === 'wrong';
      if (wrong && stillWaiting(step, seen.read)) seen.meaning = 'queued';
      return seen.meaning !== 'wrong';
    },
  };
  while (seen.meaning === 'queued') {
    const waitMs = retryAfterMs(seen.answer, turn.now()) ?? queued.everyMs;
    if (turn.now() + waitMs >= deadline(turn)) return { how: 'bad', kind: outOfTime(turn).kind };
    yield { do: 'sleep', ms: waitMs };
    const result = yield* call(asking, turn, client);
    if (result.answer === null) return { how: 'bad', kind: result.kind };
  }
  return finish(step, seen, variables);
}

/** While the ticket is waited for, an answer need not repeat it: 202 or the ticket's own status will do. */
const stillWaiting = ({ queued }: StepProgram, answer: ReadAnswer): boolean => {
  return (
    answer.status === 202 || (queued !== null && queued.status !== null && answer.status === queued.status)
  );
};
