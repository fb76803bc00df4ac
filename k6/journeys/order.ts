import { answered, outOfTime, sendTwice, type Turn, tryTimeoutMs } from '../client.ts';
import type { Answer, Flow } from '../effects.ts';
import type { Times } from '../journey-spec.ts';
import { readAnswer } from './http/answers.ts';
import { capture, understand } from './http/http-step.ts';
import { takeLongWay } from './http/long-way.ts';
import { render, stepRequest, withinTarget } from './http/requests.ts';
import type { JourneyProgram, StepEnd, Template, Variables } from './program.ts';
import { checkRedeemed } from './redemption.ts';
import { openChat } from './telegram/chat.ts';
import { telegramStep } from './telegram/step.ts';
import { startTrace } from './trace.ts';
import { beginTurn, judged, type Manners, type OrderStart, RIGHT, think, WRONG } from './turn.ts';

// An order: the steps of a journey one after another. Without think time it is one turn, with it each step is.

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
  let end: StepEnd = RIGHT;
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
    } else {
      if (step.says !== null) say(step.says, variables, start.random);
      const address = render(step.url, variables);
      const url = step.followsLink ? withinTarget(address, program.origin) : address;
      if (url === null) {
        end = WRONG;
        break;
      }
      const request = stepRequest(step, url, variables, trace, timeoutMs);
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
  start.onTurnEnd(judged({ program, manners, start, turn, at: Math.min(at, steps.length - 1) }, end));
}

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
