import type { BadKind, ClientSettings, Repeat } from './contract.ts';
import type { Answer, Flow, WireRequest } from './effects.ts';

// How a shopper's client behaves: timeout, patience, retries, Retry-After. Every failure is classified here, once.

/** Retry-After knows only whole seconds, and `0` in a loop would be a flood that no shopper makes. */
const SHORTEST_INVITED_WAIT_MS = 1_000;

/** The clock of one turn and what has happened to it so far. */
export interface Turn {
  /** Epoch ms. */
  readonly intendedAt: number;
  /** Uninvited, the client gives up at this instant. */
  readonly limitAt: number;
  /** With a queue ticket or Retry-After it waits until this one. */
  readonly patienceAt: number;
  /** A queue ticket was given, or a Retry-After was waited for. */
  invited: boolean;
  /** It was a queue ticket. */
  ticketed: boolean;
  /** A try failed. */
  stumbled: boolean;
  /** When what the shopper wanted was there, if that is not when the turn's last request was answered; epoch ms. */
  servedAt: number | null;
  /** Told of each request that is no first try. */
  readonly onRepeat: ((why: Repeat) => void) | undefined;
  readonly now: () => number;
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number;
}

export type Unanswered = { answer: null; kind: BadKind };
/** What is left when tries, waits and retries are over: a final answer to be understood, or why there is none. */
export type CallResult = { answer: Answer } | Unanswered;

/** Makes the same request for each try, so that each has its own timeout and traceparent. */
export type RequestMaker = (timeoutMs: number) => WireRequest;

/** A request that can be tried again, and what is asked of its answer. */
export interface Asking {
  makeRequest: RequestMaker;
  /** Is the answer worth understanding, whatever its status (a plan may call a 503 "sold out")? */
  isRight: (answer: Answer) => boolean;
}

/** How long a try that is made now may take, whole ms; below 1 the turn is out of time. */
export const tryTimeoutMs = (turn: Turn, settings: ClientSettings): number => {
  return Math.min(settings.timeoutMs, Math.floor(deadline(turn) - turn.now()));
};

/** Sends a request until it has an answer that is worth understanding, or until the client gives up. */
export function* call(asking: Asking, turn: Turn, settings: ClientSettings): Flow<CallResult> {
  const timeoutMs = tryTimeoutMs(turn, settings);
  if (timeoutMs < 1) return outOfTime(turn);
  const answer = answered(yield { do: 'send', request: asking.makeRequest(timeoutMs) });
  return asking.isRight(answer) ? { answer } : yield* recover({ answer, timeoutMs }, asking, turn, settings);
}

/**
 * What the client does after a first try whose answer was not right.
 * 429 and 503 with Retry-After are waited for as long as patience lasts, whatever `retries` says; every other
 * failure is retried by `retries` only.
 */
export function* recover(
  first: { answer: Answer; timeoutMs: number },
  { makeRequest, isRight }: Asking,
  turn: Turn,
  settings: ClientSettings,
): Flow<CallResult> {
  let { answer, timeoutMs } = first;
  for (let retried = 0; ; ) {
    const kind = failureKind(answer);
    let why: Repeat = 'retry';
    turn.stumbled = true;
    const waitMs = invitedWaitMs(answer, turn.now());
    if (waitMs !== null) {
      if (turn.now() + waitMs >= turn.patienceAt)
        return { answer: null, kind: turn.invited ? 'gave-up' : kind };
      turn.invited = true;
      why = 'retry-after';
      yield { do: 'sleep', ms: waitMs };
    } else {
      const cutShort = answer.error === 'timeout' && timeoutMs < settings.timeoutMs;
      if (cutShort) return outOfTime(turn);
      if (kind === 'wrong-answer' || retried >= settings.retries.max || !retriable(kind, settings)) {
        return { answer: null, kind };
      }
      const pauseMs = backoffMs(retried, settings, turn.random);
      if (turn.now() + pauseMs >= deadline(turn)) return { answer: null, kind };
      retried += 1;
      yield { do: 'sleep', ms: pauseMs };
    }
    timeoutMs = tryTimeoutMs(turn, settings);
    if (timeoutMs < 1) return outOfTime(turn);
    answer = answered(yield { do: 'send', request: makeRequest(timeoutMs) });
    // Once it is over, as k6 counts requests: a second of a storm then has as many requests as repeats.
    turn.onRepeat?.(why);
    if (isRight(answer)) return { answer };
  }
}

/** An impatient shopper's tap. */
export function* sendTwice(request: WireRequest, turn: Turn): Flow<Answer | null> {
  turn.onRepeat?.('double-tap');
  return yield { do: 'send', request, twice: true };
}

/** The answer of a send. */
export const answered = (answer: Answer | null): Answer => {
  if (answer === null) throw new TypeError('a driver must answer every send');
  return answer;
};

export const deadline = (turn: Turn): number => {
  return turn.invited ? turn.patienceAt : turn.limitAt;
};

export const outOfTime = (turn: Turn): Unanswered => {
  return { answer: null, kind: turn.invited ? 'gave-up' : 'timeout' };
};

/** Kind of an answer that is not the right one. */
export const failureKind = (answer: Answer): BadKind => {
  if (answer.error !== null) return answer.error;
  const { status } = answer;
  if (status === 429) return '429';
  if (status === 503) return '503';
  if (status >= 500) return '5xx';
  if (status === 400 || status === 401 || status === 403 || status === 404) return 'client-error';
  if (status >= 400) return '4xx';
  if (status >= 200 && status < 300) return 'wrong-answer';
  return 'unexpected';
};

const retriable = (kind: BadKind, settings: ClientSettings): boolean => {
  const { retryOn } = settings.retries;
  switch (kind) {
    case 'timeout':
      return retryOn.includes('timeout');
    case '429':
      return retryOn.includes('429');
    case '5xx':
    case '503':
      return retryOn.includes('5xx');
    case 'refused':
    case 'reset':
    case 'network':
      return retryOn.includes('network');
    default:
      return false;
  }
};

/** Pause before retry number `retried` (from 0), ms: base × factor^retried, or with full jitter anything up to it. */
export const backoffMs = (retried: number, settings: ClientSettings, random: () => number): number => {
  const { baseMs, factor, jitter } = settings.retries.backoff;
  const fullMs = baseMs * factor ** retried;
  return jitter === 'full' ? fullMs * random() : fullMs;
};

const invitedWaitMs = (answer: Answer, now: number): number | null => {
  if (answer.status !== 429 && answer.status !== 503) return null;
  return retryAfterMs(answer, now);
};

/** What Retry-After asks for, at least one second; null without the header or with one that cannot be read. */
export const retryAfterMs = (answer: Answer, now: number): number | null => {
  const value = answer.headers['retry-after']?.trim();
  if (value === undefined || value === '') return null;
  if (/^\d{1,9}$/.test(value)) return Math.max(SHORTEST_INVITED_WAIT_MS, Number(value) * 1_000);
  const at = /^[A-Za-z]{3}, \d/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(SHORTEST_INVITED_WAIT_MS, at - now);
};
