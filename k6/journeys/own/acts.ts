import {
  answered,
  call,
  deadline,
  failureKind,
  outOfTime,
  recover,
  retryAfterMs,
  sendTwice,
  tryTimeoutMs,
} from '../../client.ts';
import type { Answer, Effect } from '../../effects.ts';
import type { HttpMethod } from '../../journey-spec.ts';
import type { PollOptions, Reply, RequestOptions } from '../../kit.ts';
import { tryAgain } from '../http/requests.ts';
import type { StepEnd } from '../program.ts';
import { bad, think, WRONG } from '../turn.ts';
import { lastAt, type OwnOrderUnderWay } from './own-order.ts';
import { ownRequest, replyTo } from './requests.ts';

// What the shopper of an order in own code does: requests, polls, thinking.

/** `end`: the order is over, whatever its code would still do; null = its last turn has been told already. */
export type OwnAct = Effect | { do: 'end'; end: StepEnd | null };

/** 429, 503 and other failures of the server are the client's to deal with; any other status is for the order to read. */
const isFinal = ({ error, status }: Answer): boolean => error === null && status !== 429 && status < 500;

const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300;

/** Between two polls, where neither the answer nor the code says how long. */
const DEFAULT_POLL_MS = 1_000;
/** Most requests an order, times those of the plan: a loop that does not end must not send what no plan has allowed. */
const MOST_TIMES = 10;

/** Ends the order where its code stands. */
function* over(end: StepEnd | null): Generator<OwnAct, never, unknown> {
  yield { do: 'end', end };
  throw new TypeError('the order is over');
}

/** An answer may have said where to go: such an order is bad, and its code no further asked. */
const ledAway = ({ start }: OwnOrderUnderWay, path: string): Generator<OwnAct, never, unknown> => {
  start.onThrown?.(`${path} is neither a path nor an address on the target`);
  return over(WRONG);
};

export function* sendRequest(
  order: OwnOrderUnderWay,
  method: HttpMethod,
  path: string,
  options: RequestOptions = {},
): Generator<OwnAct, Reply, Answer | null> {
  const { turn, trace, manners, start } = order;
  const { client } = manners;
  const timeoutMs = tryTimeoutMs(turn, client);
  if (timeoutMs < 1) yield* over(bad(outOfTime(turn).kind));
  order.requests += 1;
  const mostRequests = MOST_TIMES * order.own.requestsPerOrder;
  if (order.requests > mostRequests) {
    throw new TypeError(
      `the order sends more than ${mostRequests} requests, ${MOST_TIMES} times its \`requests\` in the plan: end its loop, or say there how many it makes`,
    );
  }
  const asked = ownRequest(order, method, path, options, timeoutMs);
  if (asked === null) return yield* ledAway(order, path);
  const isRight = (answer: Answer): boolean =>
    isFinal(answer) || (answer.error === null && options.expect?.includes(answer.status) === true);
  let answer = answered(
    options.decides === true && start.tapsTwice === true
      ? yield* sendTwice(asked, turn)
      : yield { do: 'send', request: asked },
  );
  // Sent twice, the other answer may be the one that shows the order.
  if (answer.twin !== undefined && !isSuccess(answer) && isRight(answer.twin)) answer = answer.twin;
  order.last = answer;
  if (!isRight(answer)) {
    const asking = { makeRequest: (ms: number) => tryAgain(asked, trace, ms), isRight };
    const result = yield* recover({ answer, timeoutMs }, asking, turn, client);
    if (result.answer === null) return yield* over(bad(result.kind));
    answer = result.answer;
    order.last = answer;
  }
  return replyTo(answer);
}

export function* poll(
  order: OwnOrderUnderWay,
  path: string,
  options: PollOptions,
): Generator<OwnAct, Reply, Answer | null> {
  const { turn, trace, manners } = order;
  const { client } = manners;
  turn.invited = true;
  turn.ticketed = true;
  const asked = ownRequest(order, 'GET', path, options, client.timeoutMs);
  if (asked === null) return yield* ledAway(order, path);
  const asking = { makeRequest: (ms: number) => tryAgain(asked, trace, ms), isRight: isFinal };
  for (;;) {
    const told = order.last === null ? null : retryAfterMs(order.last, turn.now());
    const waitMs = told ?? options.everyMs ?? DEFAULT_POLL_MS;
    if (turn.now() + waitMs >= deadline(turn)) return yield* over(bad(outOfTime(turn).kind));
    yield { do: 'sleep', ms: waitMs };
    turn.onRepeat?.('ticket');
    const result = yield* call(asking, turn, client);
    if (result.answer === null) return yield* over(bad(result.kind));
    order.last = result.answer;
    const reply = replyTo(result.answer);
    if (options.until(reply)) return reply;
    if (reply.status >= 400) return yield* over(bad(failureKind(result.answer)));
  }
}

export function* thinkOver(order: OwnOrderUnderWay): Generator<OwnAct, void, Answer | null> {
  const { own, manners } = order;
  // By the number of its last request an order that is placed is told from a turn within it.
  if (own.requestsPerOrder < 2) {
    throw new TypeError(
      'shop.think() needs `requests` in the journey: how many requests an order makes, at least 2',
    );
  }
  const { thinkTime } = manners.client;
  if (thinkTime === null) return;
  const at = Math.min(lastAt(order), own.requestsPerOrder - 2);
  if (!(yield* think(thinkTime, order, at, at + 1))) yield* over(null);
}
