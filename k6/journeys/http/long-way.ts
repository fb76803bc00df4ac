import { call, deadline, outOfTime, recover, retryAfterMs } from '../../client.ts';
import type { Answer, Flow } from '../../effects.ts';
import type { HttpProgram, StepEnd } from '../program.ts';
import { type OrderUnderWay, RIGHT, WRONG } from '../turn.ts';
import { capturable, itemName, readAnswer, valueAt } from './answers.ts';
import { capture, type Meaning, type Seen, type TriedStep, take, understand } from './http-step.ts';
import { ticketRequest, tryAgain } from './requests.ts';

// What is done about an answer that is not right at the first try.

/** Whatever is not one right answer at the first try: retries, waits, queues, and ends other than "right". */
export function* takeLongWay(order: OrderUnderWay, tried: TriedStep, seen: Seen): Flow<StepEnd> {
  const { turn, trace, manners } = order;
  const { step, request, timeoutMs } = tried;
  // Sent twice, the other answer may be the one that shows the order.
  if (seen.meaning === 'wrong' && seen.answer.twin !== undefined) see(seen, seen.answer.twin, step);
  if (seen.meaning === 'wrong') {
    const asking = {
      makeRequest: (nextTimeoutMs: number) => tryAgain(request, trace, nextTimeoutMs),
      isRight: (answer: Answer) => see(seen, answer, step) !== 'wrong',
    };
    const result = yield* recover({ answer: seen.answer, timeoutMs }, asking, turn, manners.client);
    if (result.answer === null) return { how: 'bad', kind: result.kind };
  }
  return seen.meaning === 'queued' ? yield* waitInQueue(order, tried, seen) : finish(step, seen, order);
}

const see = (seen: Seen, answer: Answer, step: HttpProgram): Meaning => {
  seen.answer = answer;
  seen.read = readAnswer(answer, step.answer);
  seen.meaning = understand(step, seen.read);
  return seen.meaning;
};

const finish = (step: HttpProgram, { meaning, read }: Seen, order: OrderUnderWay): StepEnd => {
  if (meaning === 'closed') return { how: 'closed' };
  if (meaning === 'sold-out') {
    const item = step.soldOut?.item ?? null;
    return { how: 'sold-out', item: item === null ? null : itemName(valueAt(read, item)) };
  }
  return take(step, read, order) ? RIGHT : WRONG;
};

/** A ticket was given: polls until the step is confirmed, sold out or closed, something fails, or patience is out. */
function* waitInQueue(order: OrderUnderWay, tried: TriedStep, seen: Seen): Flow<StepEnd> {
  const { turn, trace, manners, start } = order;
  const { variables } = start;
  const { step } = tried;
  const { queued } = step;
  if (queued === null) return WRONG;
  turn.invited = true;
  turn.ticketed = true;
  capture(step, seen.read, variables);
  const ticket = queued.has === null ? undefined : capturable(valueAt(seen.read, queued.has));
  if (ticket !== undefined) variables['ticket'] = ticket;
  const poll = ticketRequest(tried, order, seen.answer.headers['location']);
  if (poll === null) return WRONG;
  const asking = {
    makeRequest: (timeoutMs: number) => tryAgain(poll, trace, timeoutMs),
    isRight: (answer: Answer) => {
      if (see(seen, answer, step) !== 'wrong') return true;
      // While the ticket is waited for, an answer need not repeat it: 202 or the ticket's own status will do.
      const { status } = seen.read;
      if (status !== 202 && status !== queued.status) return false;
      seen.meaning = 'queued';
      return true;
    },
  };
  while (seen.meaning === 'queued') {
    const waitMs = retryAfterMs(seen.answer, turn.now()) ?? queued.everyMs;
    if (turn.now() + waitMs >= deadline(turn)) return { how: 'bad', kind: outOfTime(turn).kind };
    yield { do: 'sleep', ms: waitMs };
    turn.onRepeat?.('ticket');
    const result = yield* call(asking, turn, manners.client);
    if (result.answer === null) return { how: 'bad', kind: result.kind };
  }
  return finish(step, seen, order);
}
