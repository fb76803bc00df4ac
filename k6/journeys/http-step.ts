import { call, deadline, outOfTime, recover, retryAfterMs, type Turn } from '../client.ts';
import type { ClientSettings } from '../contract.ts';
import type { Answer, Flow, WireRequest } from '../effects.ts';
import {
  capturable,
  captured,
  hasErrors,
  itemName,
  matches,
  type ReadAnswer,
  readAnswer,
  valueAt,
} from './answers.ts';
import type { HttpProgram, JourneyProgram, Variables, WalkEnd } from './program.ts';
import { ticketRequest, tryAgain } from './requests.ts';
import type { Trace } from './trace.ts';

// What an answer to a step's request means, and what is done about one that is not right at the first try.

export type Meaning = 'sold-out' | 'closed' | 'confirmed' | 'queued' | 'wrong';

/** The answer that was read last. */
export interface Seen {
  answer: Answer;
  read: ReadAnswer;
  meaning: Meaning;
}

export interface Walk {
  step: HttpProgram;
  program: JourneyProgram;
  turn: Turn;
  trace: Trace;
  client: ClientSettings;
  variables: Variables;
  /** The step's first try. */
  request: WireRequest;
}

/** Sold out is the most particular answer, "any 2xx" the least: a ticket is not taken for a confirmation. */
export const understand = (step: HttpProgram, answer: ReadAnswer): Meaning => {
  if (step.soldOut !== null && matches(step.soldOut, answer)) return 'sold-out';
  if (step.closed !== null && matches(step.closed, answer)) return 'closed';
  const confirmed = matches(step.confirmed, answer) && !(step.graphql && hasErrors(answer));
  if (confirmed && step.particular) return 'confirmed';
  if (step.queued !== null && matches(step.queued, answer)) return 'queued';
  return confirmed ? 'confirmed' : 'wrong';
};

/** Takes what the step captures; true if every variable of it has a value now (a ticket may have brought one before). */
export const capture = (step: HttpProgram, answer: ReadAnswer, variables: Variables): boolean => {
  const { capture: wanted } = step;
  if (wanted === null) return true;
  let complete = true;
  for (let index = 0; index < wanted.length; index += 2) {
    const name = String(wanted[index]);
    const value = captured(answer, wanted[index + 1] ?? '');
    if (value !== undefined) variables[name] = value;
    else if (variables[name] === undefined) complete = false;
  }
  return complete;
};

/** Whatever is not one right answer at the first try: retries, waits, queues, and ends other than "right". */
export function* takeLongWay(walk: Walk, seen: Seen, timeoutMs: number): Flow<WalkEnd> {
  const { step, turn, trace, client, request } = walk;
  // Sent twice, the other answer may be the one that shows the order.
  if (seen.meaning === 'wrong' && seen.answer.twin !== undefined) see(seen, seen.answer.twin, step);
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

const see = (seen: Seen, answer: Answer, step: HttpProgram): Meaning => {
  seen.answer = answer;
  seen.read = readAnswer(answer, step.answer);
  seen.meaning = understand(step, seen.read);
  return seen.meaning;
};

const finish = (step: HttpProgram, { meaning, read }: Seen, variables: Variables): WalkEnd => {
  if (meaning === 'closed') return { how: 'closed' };
  if (meaning === 'sold-out') {
    const item = step.soldOut?.item ?? null;
    return { how: 'sold-out', item: item === null ? null : itemName(valueAt(read, item)) };
  }
  return capture(step, read, variables) ? { how: 'right' } : { how: 'bad', kind: 'wrong-answer' };
};

/** A ticket was given: polls until the step is confirmed, sold out or closed, something fails, or patience is out. */
function* waitInQueue(walk: Walk, seen: Seen): Flow<WalkEnd> {
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
    turn.onRepeat?.('ticket');
    const result = yield* call(asking, turn, client);
    if (result.answer === null) return { how: 'bad', kind: result.kind };
  }
  return finish(step, seen, variables);
}

/** While the ticket is waited for, an answer need not repeat it: 202 or the ticket's own status will do. */
const stillWaiting = ({ queued }: HttpProgram, answer: ReadAnswer): boolean => {
  return (
    answer.status === 202 || (queued !== null && queued.status !== null && answer.status === queued.status)
  );
};
