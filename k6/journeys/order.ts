import { answered, outOfTime, sendTwice, tryTimeoutMs } from '../client.ts';
import type { Answer, Flow } from '../effects.ts';
import type { Times } from '../journey-spec.ts';
import { readAnswer } from './http/answers.ts';
import { capture, understand } from './http/http-step.ts';
import { takeLongWay } from './http/long-way.ts';
import { render, stepRequest } from './http/requests.ts';
import type { JourneyProgram, StepEnd, StepProgram, Template } from './program.ts';
import { checkRedeemed } from './redemption.ts';
import { openChat } from './telegram/chat.ts';
import { telegramStep } from './telegram/step.ts';
import { startTrace } from './trace.ts';
import {
  beginTurn,
  judged,
  type Manners,
  type OrderStart,
  type OrderUnderWay,
  RIGHT,
  think,
  WRONG,
} from './turn.ts';

// An order: the steps of a journey one after another. Without think time it is one turn, with it each step is.

interface SteppedOrder extends OrderUnderWay {
  /** Index of the step that is done, or was done last. */
  at: number;
  /** How often this step is still to be done. */
  left: number;
  /** When the half that goes on began, epoch ms. */
  halfAt: number;
}

/**
 * Walks the steps. What almost every step is, one right answer at the first try, happens here without a generator
 * of its own: each level of them costs k6 as much as everything else that is done for a request.
 */
export function* orderOfSteps(program: JourneyProgram, manners: Manners, start: OrderStart): Flow<void> {
  const { steps, halves, redeems } = program;
  const { thinkTime } = manners.client;
  const order = begin(program, manners, start);
  const chat = program.chat && openChat(program.chat, start.variables);
  let end: StepEnd = RIGHT;
  for (let step = steps[0]; step !== undefined; step = steps[order.at]) {
    if (step.times !== null && order.left === 0) order.left = drawTimes(step.times, start.random());
    if (step.times !== null && order.left === 0) {
      order.at += 1;
      continue;
    }
    const { turn } = order;
    const timeoutMs = tryTimeoutMs(turn, manners.client);
    if (timeoutMs < 1) {
      end = { how: 'bad', kind: outOfTime(turn).kind };
      break;
    }
    turn.servedAt = null;
    if (step.kind === 'telegram') {
      end = yield* telegramStep(step, order, chat);
    } else {
      if (step.says !== null) say(step.says, start);
      const request = stepRequest(step, order, timeoutMs);
      if (request === null) {
        end = WRONG;
        break;
      }
      const sentAt = turn.now();
      const answer = answered(
        start.tapsTwice === true && step.tapped
          ? yield* sendTwice(request, turn)
          : yield { do: 'send', request },
      );
      if (step.timed) time(answer, sentAt, order);
      const read = readAnswer(answer, step.answer);
      const meaning = understand(step, read);
      end =
        meaning === 'confirmed' && capture(step, read, start.variables)
          ? RIGHT
          : yield* takeLongWay(order, { step, request, timeoutMs }, { answer, read, meaning });
    }
    const { at } = order;
    const next = nextAt(order, step, end);
    if (next === null) break;
    order.at = next;
    if (thinkTime === null || end.how !== 'right' || next === steps.length) continue;
    if (!(yield* think(thinkTime, order, at, next))) return;
  }
  if (end.how === 'right' && halves !== null) timeHalf(halves.second, order);
  if (end.how === 'right' && redeems !== null) end = yield* checkRedeemed(redeems, order);
  start.onTurnEnd(judged(order, Math.min(order.at, steps.length - 1), end));
}

const begin = (program: JourneyProgram, manners: Manners, start: OrderStart): SteppedOrder => {
  const { intendedAt, random } = start;
  start.onTurnStart(intendedAt, null);
  return {
    program,
    manners,
    start,
    turn: beginTurn(manners, start, intendedAt),
    trace: startTrace(random),
    at: 0,
    left: 0,
    halfAt: intendedAt,
  };
};

/** Index of what is done after a step that ended so; null = the order is over. */
const nextAt = (order: SteppedOrder, step: StepProgram, end: StepEnd): number | null => {
  if (end.how === 'closed' && order.start.moveOn?.() === true) {
    // The same turn goes on with the first step: the shopper still waits for what they wanted.
    order.left = 0;
    return 0;
  }
  if (end.how !== 'right') return null;
  const { at, program } = order;
  if (step.times !== null && --order.left > 0) return at;
  if (program.halves !== null && at === program.halves.at - 1) timeHalf(program.name, order);
  return at + 1;
};

const timeHalf = (journey: string, order: SteppedOrder): void => {
  const { turn, start, halfAt } = order;
  const endedAt = turn.servedAt ?? turn.now();
  start.onPart?.(`half:${journey}`, Math.max(0, endedAt - halfAt));
  order.halfAt = endedAt;
};

const time = (answer: Answer, sentAt: number, { turn, start }: SteppedOrder): void => {
  if (answer.error !== null) return;
  const endMs = turn.now() - sentAt;
  start.onPart?.('first-byte', Math.max(0, endMs - answer.receivedInMs));
  start.onPart?.('answer-end', endMs);
};

const drawTimes = (times: Times, drawn: number): number => {
  let below = 0;
  for (let index = 0; index < times.length; index++) {
    below += times[index]?.shareRatio ?? 0;
    if (drawn < below) return times[index]?.count ?? 0;
  }
  return times[times.length - 1]?.count ?? 0;
};

const say = (says: readonly Template[], { variables, random }: OrderStart): void => {
  variables['message'] = render(says[Math.floor(random() * says.length)] ?? '', variables);
};
