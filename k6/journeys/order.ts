import { type Latency, sampleLatencyMs } from '../../scripts/core/latency.ts';
import { answered, outOfTime, type Turn, tryTimeoutMs } from '../client.ts';
import type { BadKind, ClientSettings, Outcome, Part, Repeat, Times, TurnEnd } from '../contract.ts';
import type { Answer, Flow, WireRequest } from '../effects.ts';
import { readAnswer } from './answers.ts';
import { capture, understand } from './http-step.ts';
import { takeLongWay } from './long-way.ts';
import type { JourneyProgram, StepEnd, Template, Variables, WalkEnd } from './program.ts';
import { checkRedeemed } from './redemption.ts';
import { render, stepRequest, withinTarget } from './requests.ts';
import { openChat } from './telegram-chat.ts';
import { telegramStep } from './telegram-step.ts';
import { startTrace } from './trace.ts';

// An order: the steps of a journey one after another. Without think time it is one turn, with it each step is.

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
  /** The shopper is one of those who tap twice. */
  tapsTwice?: boolean;
  /** Told of each request that is no first try. */
  onRepeat?: (why: Repeat) => void;
  /** Told how long a part of the order took, ms. */
  onPart?: (part: Part, ms: number) => void;
  /** Called for each turn of the order; `at` = the step with which it begins, null for the one that begins the order. */
  onTurnStart: (intendedAt: number, at: number | null) => void;
  onTurnEnd: (end: TurnEnd) => void;
}

/**
 * Walks the steps. What almost every step is, one right answer at the first try, happens here without a generator
 * of its own: each level of them costs k6 as much as everything else that is done for a request.
 */
export function* order(program: JourneyProgram, manners: Manners, start: OrderStart): Flow<void> {
  start.onTurnStart(start.intendedAt, null);
  const { steps, halves } = program;
  const { client } = manners;
  const { thinkTime } = client;
  const { variables } = start;
  const chat = program.chat === null ? null : openChat(program.chat, variables);
  let turn = beginTurn(manners, start, start.intendedAt);
  let trace = startTrace(start.random);
  let end: WalkEnd = RIGHT;
  let at = 0;
  /** How often the step is still to be done. */
  let left = 0;
  let halfAt = start.intendedAt;
  for (let step = steps[at], next = 1; step !== undefined; at = next, step = steps[at]) {
    next = at + 1;
    if (step.times !== null && left === 0) {
      left = drawTimes(step.times, start.random());
      if (left === 0) continue;
    }
    const timeoutMs = tryTimeoutMs(turn, client);
    if (timeoutMs < 1) {
      end = { how: 'bad', kind: outOfTime(turn).kind };
      break;
    }
    turn.servedAt = null;
    if (step.kind === 'telegram') {
      if (chat === null) throw new TypeError(`journey ${program.name} has no chat`);
      const { tapsTwice = false, onPart } = start;
      end = yield* telegramStep({ step, chat, turn, trace, client, variables, tapsTwice, onPart });
    } else if (step.followsLink && withinTarget(render(step.url, variables), program.origin) === null) {
      end = WRONG;
    } else {
      if (step.says !== null) say(step.says, variables, start.random);
      const request = stepRequest(step, variables, trace, timeoutMs);
      const sentAt = turn.now();
      const answer = answered(
        start.tapsTwice === true && step.tapped
          ? yield* sendTwice(request, turn)
          : yield { do: 'send', request },
      );
      if (step.timed) time(answer, sentAt, turn, start);
      const read = readAnswer(answer, step.answer);
      const meaning = understand(step, read);
      end =
        meaning === 'confirmed' && capture(step, read, variables)
          ? RIGHT
          : yield* takeLongWay(
              { step, program, turn, trace, client, variables, request },
              { answer, read, meaning },
              timeoutMs,
            );
    }
    if (end.how === 'closed' && start.moveOn?.() === true) {
      // The same turn goes on with the first step: the shopper still waits for what they wanted.
      next = 0;
      left = 0;
      continue;
    }
    if (end.how !== 'right') break;
    if (step.times !== null && --left > 0) next = at;
    else if (halves !== null && at === halves.at - 1) halfAt = timeHalf(program.name, halfAt, turn, start);
    if (thinkTime === null || next === steps.length) continue;
    const turnAfter = yield* think(thinkTime, { program, manners, start, turn, at }, next);
    if (turnAfter === null) return;
    turn = turnAfter;
    trace = startTrace(start.random);
  }
  if (end.how === 'right' && halves !== null) timeHalf(halves.second, halfAt, turn, start);
  if (end.how === 'right' && program.redeems !== null) {
    turn.servedAt ??= turn.now();
    end = yield* checkRedeemed(program.redeems, variables, client);
  }
  if (end.how === 'closed') end = REFUSED;
  start.onTurnEnd(judged({ program, manners, start, turn, at: Math.min(at, steps.length - 1) }, end));
}

const RIGHT: StepEnd = { how: 'right' };
/** What "closed" is to a shopper who does not move on. */
const REFUSED: StepEnd = { how: 'sold-out', item: null };
const WRONG: StepEnd = { how: 'bad', kind: 'wrong-answer' };

/** Gives the instant at which the half was over. */
const timeHalf = (journey: string, fromAt: number, turn: Turn, { onPart }: OrderStart): number => {
  const endedAt = turn.servedAt ?? turn.now();
  onPart?.(`half:${journey}`, Math.max(0, endedAt - fromAt));
  return endedAt;
};

const time = (answer: Answer, sentAt: number, turn: Turn, { onPart }: OrderStart): void => {
  if (answer.error !== null) return;
  const endMs = turn.now() - sentAt;
  onPart?.('first-byte', Math.max(0, endMs - answer.receivedInMs));
  onPart?.('answer-end', endMs);
};

/** An impatient shopper's tap. */
function* sendTwice(request: WireRequest, turn: Turn): Flow<Answer | null> {
  turn.onRepeat?.('double-tap');
  return yield { do: 'send', request, twice: true };
}

const drawTimes = (times: Times, drawn: number): number => {
  let below = 0;
  for (let index = 0; index < times.length; index++) {
    below += times[index]?.shareRatio ?? 0;
    if (drawn < below) return times[index]?.count ?? 0;
  }
  return times[times.length - 1]?.count ?? 0;
};

const say = (says: readonly Template[], variables: Variables, random: () => number): void => {
  variables['message'] = render(says[Math.floor(random() * says.length)] ?? '', variables);
};

/** A turn of an order whose step `at` is over. */
interface TurnOver {
  program: JourneyProgram;
  manners: Manners;
  start: OrderStart;
  turn: Turn;
  at: number;
}

/**
 * Ends a turn whose step was right, thinks, and begins the one of step `next`; null = the answer came too late, which
 * ends the order.
 */
function* think(thinkTime: Latency, over: TurnOver, next: number): Flow<Turn | null> {
  const { manners, start } = over;
  const end = judged(over, RIGHT);
  start.onTurnEnd(end);
  if (end.kind !== null) return null;
  const ms = Math.round(sampleLatencyMs(thinkTime, start.random));
  yield { do: 'sleep', ms };
  // Not when the sleep really ended: the shopper meant to act then, however late this machine wakes up.
  const intendedAt = end.endedAt + ms;
  start.onTurnStart(intendedAt, next);
  return beginTurn(manners, start, intendedAt);
}

const beginTurn = (
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

const judged = ({ program, manners, start, turn, at }: TurnOver, end: StepEnd): TurnEnd => {
  const { intendedAt } = turn;
  const endedAt = turn.servedAt ?? turn.now();
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
