import { answered, outOfTime, sendTwice, tryTimeoutMs } from '../client.ts';
import type { Answer, Flow } from '../effects.ts';
import type { Times } from '../journey-spec.ts';
import { readAnswer } from './http/answers.ts';
import { take, understand } from './http/http-step.ts';
import { takeLongWay } from './http/long-way.ts';
import { render, stepRequest } from './http/requests.ts';
import type { JourneyProgram, StepEnd, Template } from './program.ts';
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
  /** When the half that goes on began, epoch ms. */
  halfAt: number;
}

/**
 * Walks the steps. What almost every step is, one right answer at the first try, happens here without a generator
 * of its own: each level of them costs k6 as much as everything else that is done for a request.
 */
export function* orderOfSteps(program: JourneyProgram, manners: Manners, start: OrderStart): Flow<void> {
  const { steps, halves, redeems } = program;
  const { client } = manners;
  const order = beginOrder(program, manners, start);
  const chat = program.chat && openChat(program.chat, start.variables);
  let end: StepEnd = RIGHT;
  let at = 0;
  /** How often the step is still to be done. */
  let left = 0;
  for (let step = steps[at], next = 1; step !== undefined; at = next, step = steps[at]) {
    next = at + 1;
    if (step.times !== null && left === 0) left = drawTimes(step.times, start.random());
    if (step.times !== null && left === 0) continue;
    const { turn } = order;
    const timeoutMs = tryTimeoutMs(turn, client);
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
        meaning === 'confirmed' && take(step, read, order)
          ? RIGHT
          : yield* takeLongWay(order, { step, request, timeoutMs }, { answer, read, meaning });
    }
    if (end.how === 'closed' && start.moveOn?.() === true) {
      // The same turn goes on with the first step: the shopper still waits for what they wanted.
      next = 0;
      left = 0;
      continue;
    }
    if (end.how !== 'right') break;
    if (step.times !== null && --left > 0) next = at;
    else if (halves !== null && at === halves.at - 1) timeHalf(program.name, order);
    if (client.thinkTime === null || next === steps.length) continue;
    if (!(yield* think(client.thinkTime, order, at, next))) return;
  }
  if (end.how === 'right' && halves !== null) timeHalf(halves.second, order);
  if (end.how === 'right' && redeems !== null) {
    end = yield* checkRedeemed(redeems, order);
    order.proven = true;
  }
  start.onTurnEnd(judged(order, Math.min(at, steps.length - 1), end));
}

const beginOrder = (program: JourneyProgram, manners: Manners, start: OrderStart): SteppedOrder => {
  const { intendedAt } = start;
  start.onTurnStart(intendedAt, null);
  const turn = beginTurn(manners, start, intendedAt);
  return {
    program,
    manners,
    start,
    turn,
    trace: startTrace(start.traceId, 0),
    proven: false,
    halfAt: intendedAt,
  };
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
