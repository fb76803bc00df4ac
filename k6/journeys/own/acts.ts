import {
  answered,
  call,
  deadline,
  failureKind,
  outOfTime,
  recover,
  retryAfterMs,
  sendTwice,
  type Turn,
  tryTimeoutMs,
} from '../../client.ts';
import type { Answer, Effect } from '../../effects.ts';
import type { HttpMethod } from '../../journey-spec.ts';
import type { PollOptions, Reply, RequestOptions } from '../../kit.ts';
import { tryAgain } from '../http/requests.ts';
import type { JourneyProgram, OwnProgram, StepEnd } from '../program.ts';
import { startTrace, type Trace } from '../trace.ts';
import { bad, type Manners, type OrderStart, think, WRONG } from '../turn.ts';
import { ownRequest, replyTo } from './requests.ts';

// What the shopper of an order in own code does: requests, polls, thinking.

/** `end`: the order is over, whatever its code would still do; null = its last turn has been told already. */
export type OwnAct = Effect | { do: 'end'; end: StepEnd | null };

export interface OwnWalk {
  readonly journey: JourneyProgram;
  readonly own: OwnProgram;
  readonly manners: Manners;
  readonly start: OrderStart;
  turn: Turn;
  trace: Trace;
  /** How many requests were begun, polls and retries not counted. */
  requests: number;
  last: Answer | null;
}

/** Index of the last request, within what the plan says of an order. Only an order that is placed ends with the last one. */
export const lastAt = ({ requests, own }: OwnWalk): number => {
  return Math.max(0, Math.min(requests, own.requestsPerOrder) - 1);
};

/** 429, 503 and other failures of the server are the client's to deal with; any other status is for the order to read. */
const isFinal = ({ error, status }: Answer): boolean => error === null && status !== 429 && status < 500;

const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300;

const DEFAULT_POLL_MS = 1_000;
/** A loop that does not end must not send what no plan has allowed. */
const MOST_TIMES = 10;

/** Ends the order where its code stands. */
function* over(end: StepEnd | null): Generator<OwnAct, never, unknown> {
  yield { do: 'end', end };
  throw new TypeError('the order is over');
}

/** An answer may have said where to go: such an order is bad, and its code no further asked. */
const ledAway = ({ start }: OwnWalk, path: string): Generator<OwnAct, never, unknown> => {
  start.onThrown?.(`${path} is neither a path nor an address on the target`);
  return over(WRONG);
};

export function* request(
  walk: OwnWalk,
  method: HttpMethod,
  path: string,
  options: RequestOptions = {},
): Generator<OwnAct, Reply, Answer | null> {
  const { turn, trace, manners, start } = walk;
  const { client } = manners;
  const timeoutMs = tryTimeoutMs(turn, client);
  if (timeoutMs < 1) yield* over(bad(outOfTime(turn).kind));
  walk.requests += 1;
  const mostRequests = MOST_TIMES * walk.own.requestsPerOrder;
  if (walk.requests > mostRequests) {
    throw new TypeError(
      `the order sends more than ${mostRequests} requests, ${MOST_TIMES} times its \`requests\` in the plan: end its loop, or say there how many it makes`,
    );
  }
  const asked = ownRequest(walk, method, path, options, timeoutMs);
  if (asked === null) return yield* ledAway(walk, path);
  const isRight = (answer: Answer): boolean =>
    isFinal(answer) || (answer.error === null && options.expect?.includes(answer.status) === true);
  let answer = answered(
    options.decides === true && start.tapsTwice === true
      ? yield* sendTwice(asked, turn)
      : yield { do: 'send', request: asked },
  );
  // Sent twice, the other answer may be the one that shows the order.
  if (answer.twin !== undefined && !isSuccess(answer) && isRight(answer.twin)) answer = answer.twin;
  walk.last = answer;
  if (!isRight(answer)) {
    const asking = { makeRequest: (ms: number) => tryAgain(asked, trace, ms), isRight };
    const result = yield* recover({ answer, timeoutMs }, asking, turn, client);
    if (result.answer === null) return yield* over(bad(result.kind));
    answer = result.answer;
    walk.last = answer;
  }
  return replyTo(answer);
}

export function* poll(
  walk: OwnWalk,
  path: string,
  options: PollOptions,
): Generator<OwnAct, Reply, Answer | null> {
  const { turn, trace, manners } = walk;
  const { client } = manners;
  turn.invited = true;
  turn.ticketed = true;
  const asked = ownRequest(walk, 'GET', path, options, client.timeoutMs);
  if (asked === null) return yield* ledAway(walk, path);
  const asking = { makeRequest: (ms: number) => tryAgain(asked, trace, ms), isRight: isFinal };
  for (;;) {
    const told = walk.last === null ? null : retryAfterMs(walk.last, turn.now());
    const waitMs = told ?? options.everyMs ?? DEFAULT_POLL_MS;
    if (turn.now() + waitMs >= deadline(turn)) return yield* over(bad(outOfTime(turn).kind));
    yield { do: 'sleep', ms: waitMs };
    turn.onRepeat?.('ticket');
    const result = yield* call(asking, turn, client);
    if (result.answer === null) return yield* over(bad(result.kind));
    walk.last = result.answer;
    const reply = replyTo(result.answer);
    if (options.until(reply)) return reply;
    if (reply.status >= 400) return yield* over(bad(failureKind(result.answer)));
  }
}

export function* thinkOver(walk: OwnWalk): Generator<OwnAct, void, Answer | null> {
  const { journey, own, manners, start, turn } = walk;
  // By the number of its last request an order that is placed is told from a turn within it.
  if (own.requestsPerOrder < 2) {
    throw new TypeError(
      'shop.think() needs `requests` in the journey: how many requests an order makes, at least 2',
    );
  }
  const { thinkTime } = manners.client;
  if (thinkTime === null) return;
  const at = Math.min(lastAt(walk), own.requestsPerOrder - 2);
  const next = yield* think(thinkTime, { program: journey, manners, start, turn, at }, at + 1);
  if (next === null) return yield* over(null);
  walk.turn = next;
  walk.trace = startTrace(start.random);
}
