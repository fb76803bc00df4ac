import { CHAT_REQUEST, type LoadSpec, type Person, type TurnEnd } from '../../k6/contract.ts';
import { ANSWER_HEADERS, type Answer, type Flow, type WireRequest } from '../../k6/effects.ts';
import type { JourneySpec, StepSpec } from '../../k6/journey-spec.ts';
import { compileJourney } from '../../k6/journeys/compile.ts';
import { orderOfSteps } from '../../k6/journeys/order.ts';
import type { JourneyProgram, Variables } from '../../k6/journeys/program.ts';
import { type Heard, heardIn } from '../../k6/journeys/telegram/chat.ts';
import type { FlowOf } from '../../k6/journeys/turn.ts';
import { shoppers } from '../../k6/shopper.ts';
import type { PlannedSpec } from '../run/load/load-spec.ts';
import { driveOverFreshConnection } from './driver/send.ts';

// One canary order of a journey, with everything that was said.

/** A request, its answer, and what the journey made of it. */
export interface WalkedExchange {
  /** Index of the journey's step that it belongs to, from 0. */
  at: number;
  /** Label of the step, or of a request to a mocked partner. */
  name: string;
  request: Pick<WireRequest, 'method' | 'url' | 'headers' | 'body'>;
  /** With the headers that people are shown. */
  answer: Answer;
  /** All that came. */
  headerNames: readonly string[];
  tookMs: number;
  /** How long the client waited before it (backoff, Retry-After, a ticket), ms. */
  waitedMs: number;
  /** Variables that got their value, or a new one, from this answer. */
  captured: Variables;
  /** What a bot said, when this looked into its chat; null = it is another request. */
  chat: readonly Heard[] | null;
}

export interface WalkedOrder {
  journey: JourneySpec;
  exchanges: readonly WalkedExchange[];
  /** The turn with which the order ended. */
  end: TurnEnd;
  /** The error that own code threw; null = none. */
  thrown: string | null;
  /** Values at the end, captures included. */
  variables: Variables;
  tookMs: number;
}

export type WalkSpec = PlannedSpec &
  Pick<LoadSpec, 'runId' | 'stepIndex' | 'partnerUrls'> & { people: readonly Person[] };

export interface WalkOptions {
  /** Default: the journey's steps. */
  flowOf?: FlowOf;
  signal: AbortSignal;
  /** As soon as it is known what an answer meant. */
  onExchange: (exchange: WalkedExchange) => void;
}

/** Walks one order as a shopper's client would, but as a canary, and without the time that a shopper thinks. */
export async function walkOrder(
  journey: JourneySpec,
  spec: WalkSpec,
  { flowOf = orderOfSteps, signal, onExchange }: WalkOptions,
): Promise<WalkedOrder> {
  const { program, position } = watchPosition(compileJourney(journey, spec));
  const { people } = spec;
  const pool = { count: people.length, at: (index: number) => people[index] ?? NOBODY };
  const shopper = shoppers(spec, program, pool, 'canary')(0);
  const manners = { client: withoutThinking(spec.client), limitMs: spec.client.patienceMs };
  const startedAt = Date.now();
  const exchanges: WalkedExchange[] = [];
  const ends: TurnEnd[] = [];
  let thrown: string | null = null;
  const flow = flowOf(program, manners, {
    intendedAt: startedAt,
    ...shopper,
    now: Date.now,
    onTurnStart: () => undefined,
    onTurnEnd: (end) => ends.push(end),
    onThrown: (message) => {
      thrown = message;
    },
    onRepeat: () => {
      position.repeats = true;
    },
  });
  const { variables } = shopper;
  const names = new Set(['ticket', ...journey.steps.flatMap(({ capture }) => Object.keys(capture))]);
  const watched = watch(flow, { steps: journey.steps, variables, names, position }, (exchange) => {
    exchanges.push(exchange);
    onExchange(exchange);
  });
  await driveOverFreshConnection(watched, { signal });
  const end = ends.at(-1);
  if (end === undefined) throw new TypeError(`journey ${journey.name} ended without ending its turn`);
  return { journey, exchanges, end, thrown, variables, tookMs: end.endedAt - startedAt };
}

const NOBODY: Person = { firstName: '', lastName: '', street: '', city: '' };

/** Thinking splits an order into turns, each with a patience of its own: kept, but for no time. */
function withoutThinking(client: LoadSpec['client']): LoadSpec['client'] {
  return { ...client, thinkTime: client.thinkTime && { shape: 'fixed', ms: 0 } };
}

/** Index of the step that an order is at. */
interface Position {
  at: number;
  /** Of own code, which has no list of steps: how many requests it has begun, and whether the next one repeats the last. */
  begun: number | null;
  repeats: boolean;
}

/** An order does not say which step it is at, which would cost every order of the load: it takes it from this list. */
function watchPosition(program: JourneyProgram): { program: JourneyProgram; position: Position } {
  const position: Position = { at: 0, begun: program.own === null ? null : 0, repeats: false };
  const steps = new Proxy(program.steps, {
    get: (list, key, receiver) => {
      const index = typeof key === 'string' ? Number(key) : Number.NaN;
      if (index >= 0 && index < list.length) position.at = index;
      return Reflect.get(list, key, receiver);
    },
  });
  return { program: { ...program, steps }, position };
}

/** Of interest to people, whether the journey looks at them or not. */
const SHOWN_HEADERS = ['content-type', 'set-cookie'];

interface Watched {
  steps: readonly StepSpec[];
  variables: Variables;
  names: ReadonlySet<string>;
  position: Position;
}

/** Passes a flow on and tells of each exchange, with bodies and headers that the journey does not ask for. */
function* watch(
  flow: Flow<void>,
  { steps, variables, names, position }: Watched,
  onExchange: (exchange: WalkedExchange) => void,
): Flow<void> {
  let next = flow.next(null);
  let lastAt = 0;
  let waitedMs = 0;
  while (!next.done) {
    const effect = next.value;
    if (effect.do === 'send' && position.begun !== null && !position.repeats) position.at = position.begun++;
    if (effect.do === 'send') position.repeats = false;
    const { at } = position;
    const before = { ...variables };
    const startedAt = performance.now();
    if (effect.do === 'sleep') {
      next = flow.next(yield effect);
      waitedMs += performance.now() - startedAt;
      continue;
    }
    const { request } = effect;
    const answer = yield { ...effect, request: { ...request, needsBody: true } };
    const tookMs = Math.round(performance.now() - startedAt);
    next = flow.next(answer);
    if (answer !== null) {
      onExchange({
        at,
        ...said(request, answer, steps[at]),
        tookMs,
        // A wait before another step is no wait for an answer.
        waitedMs: at === lastAt ? Math.round(waitedMs) : 0,
        captured: changed(before, variables, names),
      });
    }
    lastAt = at;
    waitedMs = 0;
  }
}

/** What was asked and answered, as people are shown it. */
function said(
  request: WireRequest,
  answer: Answer,
  step: StepSpec | undefined,
): Pick<WalkedExchange, 'name' | 'request' | 'answer' | 'headerNames' | 'chat'> {
  const { name, method, url, headers, body } = request;
  return {
    name,
    request: { method, url, headers, body },
    answer: withShownHeaders(answer, step),
    headerNames: Object.keys(answer.headers),
    chat: looksIntoChat(request) ? heardIn(answer.body ?? '') : null,
  };
}

function withShownHeaders(answer: Answer, step: StepSpec | undefined): Answer {
  const captured = Object.values(step?.capture ?? {}).flatMap((source) =>
    source.from === 'header' ? [source.name] : [],
  );
  const shown = [...ANSWER_HEADERS, ...captured, ...SHOWN_HEADERS];
  return { ...answer, headers: Object.fromEntries(shown.map((name) => [name, answer.headers[name]])) };
}

const looksIntoChat = ({ name, url }: WireRequest): boolean =>
  name === CHAT_REQUEST && url.includes('/peakproof/chats/');

function changed(before: Variables, now: Variables, names: ReadonlySet<string>): Variables {
  return Object.fromEntries(
    Object.entries(now).filter(([name, value]) => names.has(name) && before[name] !== value),
  );
}
