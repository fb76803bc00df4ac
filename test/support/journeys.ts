import type { ClientSettings, LoadSpec, Part, Repeat, TurnEnd } from '../../k6/contract.ts';
import type { Answer, WireError, WireRequest } from '../../k6/effects.ts';
import type {
  AnswerMatch,
  AnswerSource,
  HttpStep,
  JourneySpec,
  MessageMatch,
  StepSpec,
  TelegramStep,
} from '../../k6/journey-spec.ts';
import { compileJourney } from '../../k6/journeys/compile.ts';
import { orderOfSteps } from '../../k6/journeys/order.ts';
import { flowsOf } from '../../k6/journeys/own/code.ts';
import type { OrderCode } from '../../k6/kit.ts';
import type { Shopper } from '../../k6/shopper.ts';

// Journeys played with plain values and a clock that only moves when it is told to.

export const ANY_2XX: AnswerMatch = { status: null, has: null, where: {} };

export const CLIENT: ClientSettings = {
  timeoutMs: 10_000,
  patienceMs: 30_000,
  slowAfterMs: 3_000,
  thinkTime: null,
  retries: { max: 0, retryOn: [], backoff: { baseMs: 1_000, factor: 2, jitter: 'none' } },
  doubleTapRatio: 0,
};

/** Of every order that a test plays. */
export const TRACE_ID = '0af7651916cd43dd8448eb21';

/** What load and canaries know where nothing else is said. */
export const LOAD_SPEC: LoadSpec = {
  runId: 'run-1',
  baseUrl: 'http://127.0.0.1:1',
  stepIndex: 0,
  seed: 7,
  journeys: [],
  client: CLIENT,
  cafes: [],
  partnerUrls: {},
  loggedEvery: {},
};

/** A step with the short forms of the plan: `json`, and paths in the JSON answer to capture. */
export interface ShortStep extends Omit<Partial<HttpStep>, 'capture'> {
  json?: unknown;
  capture?: Record<string, string | AnswerSource>;
}

export function step({ json, capture = {}, ...parts }: ShortStep = {}): HttpStep {
  const sources = Object.entries(capture).map(([name, source]): [string, AnswerSource] => [
    name,
    typeof source === 'string' ? { from: 'json', path: source, find: null } : source,
  ]);
  return {
    kind: 'http',
    name: 'POST /orders',
    method: 'POST',
    path: '/orders',
    headers: {},
    body: json === undefined ? null : { as: 'json', json },
    answer: 'json',
    graphql: false,
    times: null,
    says: [],
    capture: Object.fromEntries(sources),
    confirmed: ANY_2XX,
    soldOut: null,
    closed: null,
    queued: null,
    ...parts,
  };
}

export function journey(steps: readonly StepSpec[], data: JourneySpec['data'] = {}): JourneySpec {
  const none = { halves: null, chat: null, redeems: null, script: null };
  return { kind: 'steps', name: 'checkout', shareRatio: 1, data, steps, ...none };
}

export const says = (parts: Partial<MessageMatch>): MessageMatch => ({
  contains: null,
  matches: null,
  button: null,
  invoice: false,
  ...parts,
});

/** A turn in a chat with a Telegram bot. */
export const turn = (parts: Pick<TelegramStep, 'name' | 'act'> & Partial<TelegramStep>): TelegramStep => ({
  kind: 'telegram',
  capture: {},
  reply: null,
  confirms: false,
  soldOut: null,
  closed: null,
  queued: null,
  ...parts,
});

/** A journey in own code; `requests`: how many the plan says an order makes. */
export function ownJourney(requests = 1, data: JourneySpec['data'] = {}): JourneySpec {
  const script = { file: '/own.ts', requestsPerOrder: requests, exec: 'default' };
  return { ...journey([], data), kind: 'script', script };
}

export interface Reply {
  status?: number;
  json?: unknown;
  body?: string;
  headers?: Record<string, string>;
  error?: WireError;
  /** Answer to the twin of a request that is sent twice; default: the same. */
  twin?: Reply;
  /** How long the try takes; default 10. */
  afterMs?: number;
}

export interface Played {
  /** The last turn's end; `ends` has them all. */
  end: TurnEnd | null;
  ends: TurnEnd[];
  requests: (WireRequest & { atMs: number; twice: boolean })[];
  repeats: Repeat[];
  parts: [Part, number][];
  /** Length of each sleep. */
  sleeps: number[];
  startedAt: number[];
  /** Step with which each turn began. */
  beganWith: (number | null)[];
  /** Errors of own code. */
  thrown: string[];
}

export interface Play {
  client?: Partial<ClientSettings>;
  limitMs?: number;
  variables?: Record<string, string>;
  random?: () => number;
  /** In place of `variables` and `random`. */
  shopper?: Shopper;
  tapsTwice?: boolean;
  /** The order in own code, of a script. */
  code?: OrderCode;
}

export const INTENDED_AT = 1_700_000_000_000;

/**
 * Plays one order against replies in their order, of which the last one repeats, or against what each request gets.
 * `atMs` is counted from the intended start.
 */
export function play(
  spec: JourneySpec,
  replies: readonly Reply[] | ((request: WireRequest) => Reply),
  options: Play = {},
): Played {
  const client = { ...CLIENT, ...options.client };
  const program = compileJourney(spec, {
    runId: 'run-1',
    baseUrl: 'http://shop.example/v1',
    partnerUrls: { telegram: 'http://telegram.example', promo: 'http://promo.example' },
  });
  const manners = { client, limitMs: options.limitMs ?? client.patienceMs };
  const played: Played = {
    end: null,
    ends: [],
    requests: [],
    sleeps: [],
    startedAt: [],
    beganWith: [],
    repeats: [],
    parts: [],
    thrown: [],
  };
  let now = INTENDED_AT;
  const { code } = options;
  const flowOf = code === undefined ? orderOfSteps : flowsOf({ [spec.name]: { peakproof: 'order', code } });
  const flow = flowOf(program, manners, {
    ...(options.tapsTwice === undefined ? {} : { tapsTwice: options.tapsTwice }),
    onThrown: (message) => played.thrown.push(message),
    intendedAt: INTENDED_AT,
    ...(options.shopper ?? {
      variables: { ...options.variables },
      random: options.random ?? (() => 0.5),
      traceId: TRACE_ID,
    }),
    now: () => now,
    onTurnStart: (intendedAt, at) => {
      played.startedAt.push(intendedAt);
      played.beganWith.push(at);
    },
    onTurnEnd: (end) => {
      played.end = end;
      played.ends.push(end);
    },
    onRepeat: (why) => played.repeats.push(why),
    onPart: (part, ms) => played.parts.push([part, ms]),
  });
  let next = flow.next(null);
  while (!next.done) {
    const effect = next.value;
    if (effect.do === 'sleep') {
      played.sleeps.push(effect.ms);
      now += effect.ms;
      next = flow.next(null);
    } else {
      const reply =
        typeof replies === 'function'
          ? replies(effect.request)
          : (replies[Math.min(played.requests.length, replies.length - 1)] ?? {});
      played.requests.push({
        ...effect.request,
        atMs: now - INTENDED_AT,
        twice: effect.twice === true,
      });
      now += Math.min(reply.afterMs ?? 10, effect.request.timeoutMs);
      const late = (reply.afterMs ?? 10) > effect.request.timeoutMs;
      const given = late ? answer({ error: 'timeout' }) : answer(reply);
      next = flow.next(effect.twice ? { ...given, twin: answer(reply.twin ?? reply) } : given);
    }
  }
  return played;
}

export function answer({ status = 200, json, body, headers = {}, error }: Reply): Answer {
  if (error !== undefined) return { status: 0, headers: {}, body: null, error, receivedInMs: 0 };
  return {
    status,
    headers,
    body: body ?? (json === undefined ? null : JSON.stringify(json)),
    error: null,
    receivedInMs: 4,
  };
}
