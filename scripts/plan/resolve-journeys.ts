import type {
  AnswerMatch,
  AnswerSource,
  HttpStep,
  JourneySpec,
  MessageMatch,
  MessageSource,
  ScriptSpec,
  StepBody,
  StepSpec,
  TelegramStep,
  Times,
} from '../../k6/journey-spec.ts';
import { sumBy } from '../core/statistics.ts';
import {
  type ChatInput,
  type JourneyInput,
  messageCounts,
  type ScriptInput,
  STEP_METHODS,
  type StepInput,
  type StepsInput,
  type TelegramInput,
} from './schema/journeys-schema.ts';
import type { PlanInput } from './schema/schema.ts';
import { normalizeTemplates } from './source/templates.ts';

// Journeys as written → the steps that load script and prober walk, whatever their kind.

/** Without those that only others go on in. */
export function resolveJourneys({ journeys, partners }: PlanInput): JourneySpec[] {
  const entries = Object.entries(journeys).filter(([, journey]) => journey.share !== 0);
  // Shares such as three times 33.3% are meant to make 100%.
  const total = sumBy(entries, ([, journey]) => journey.share ?? 1);
  const telegrams = Object.keys(partners).filter((name) => partners[name]?.kind === 'telegram');
  return entries.map(([name, journey]) => ({
    kind: journey.kind,
    name,
    shareRatio: (journey.share ?? 1) / total,
    data: journey.data,
    halves: null,
    chat: null,
    redeems: null,
    script: null,
    ...resolveKind(journey, journeys, telegrams[0] ?? ''),
  }));
}

type OfItsKind = Pick<JourneySpec, 'steps'> & Partial<JourneySpec>;

function resolveKind(
  journey: JourneyInput,
  journeys: PlanInput['journeys'],
  onlyTelegram: string,
): OfItsKind {
  switch (journey.kind) {
    case 'steps':
      return { steps: journey.steps.map(resolveStep) };
    case 'script':
      return { steps: [], script: resolveScript(journey) };
    case 'chat-bot':
      return { steps: chatSteps(journey) };
    default:
      return telegramJourney(journey, journeys, onlyTelegram);
  }
}

function resolveScript({ script, requests, exec }: ScriptInput): ScriptSpec {
  return { file: script, requestsPerOrder: requests, exec: exec ?? 'default' };
}

function telegramJourney(
  journey: TelegramInput,
  journeys: PlanInput['journeys'],
  onlyTelegram: string,
): OfItsKind {
  const { partner = onlyTelegram, webhook, secret = null, turns, then: second, redeems } = journey;
  const chatting = turns.map(telegramStep);
  const next = second === undefined ? undefined : journeys[second];
  const [voucher] = Object.entries(redeems ?? {});
  return {
    steps: [...chatting, ...(next?.kind === 'steps' ? next.steps.map(resolveStep) : [])],
    data: { ...(next?.kind === 'steps' ? next.data : {}), ...journey.data },
    halves: second === undefined ? null : { at: chatting.length, second },
    chat: { partner, webhook: webhook === undefined ? null : { path: webhook, secret } },
    redeems: voucher ? { variable: voucher[0], partner: voucher[1] } : null,
  };
}

function telegramStep(turn: TelegramInput['turns'][number]): TelegramStep {
  const { send, tap, reply, confirmed, soldOut, closed, queued, capture } = turn;
  const text = normalizeTemplates(send ?? tap ?? '');
  return {
    kind: 'telegram',
    name: send !== undefined ? `send ${text}` : tap !== undefined ? `tap ${text}` : 'pay',
    act:
      send !== undefined
        ? { do: 'send', text }
        : tap !== undefined
          ? { do: 'tap', button: text }
          : { do: 'pay' },
    capture: Object.fromEntries(Object.entries(capture).map(([name, from]) => [name, messageSource(from)])),
    reply: messageMatch(confirmed ?? reply),
    confirms: confirmed !== undefined,
    soldOut: messageMatch(soldOut),
    closed: messageMatch(closed),
    queued: messageMatch(queued),
  };
}

type TurnInput = TelegramInput['turns'][number];

function messageMatch(match: TurnInput['reply']): MessageMatch | null {
  if (match === undefined) return null;
  const { contains = null, matches = null, button = null, invoice = false } = match;
  return { contains, matches, button, invoice };
}

function messageSource(from: TurnInput['capture'][string]): MessageSource {
  if ('start' in from) return { from: 'start' };
  if (!('link' in from)) return { from: 'text', find: from.find };
  return { from: 'link', button: from.link === true ? null : from.link, find: from.find ?? null };
}

/** A step for what is said before, done as often as an order takes, and the one that orders. */
function chatSteps(journey: ChatInput): HttpStep[] {
  const { post, headers, json, answer, reply, turns, messages, order } = journey;
  const before: Times = messageCounts(turns).map(({ count, shareRatio }) => ({
    count: count - 1,
    shareRatio,
  }));
  const posted = {
    method: 'POST',
    path: normalizeTemplates(post),
    headers: normalizeTemplates(headers),
    answer,
  } as const;
  const talk: HttpStep = {
    ...PLAIN_STEP,
    ...posted,
    name: `POST ${post} (talk)`,
    body: { as: 'json', json: normalizeTemplates(json) },
    times: before,
    says: messages.map((text) => normalizeTemplates(text)),
    confirmed: { status: null, has: reply ?? null, where: {} },
  };
  const deciding: HttpStep = {
    ...PLAIN_STEP,
    ...posted,
    ...answers(order),
    name: `POST ${post} (order)`,
    body: { as: 'json', json: withMessage(normalizeTemplates(json), normalizeTemplates(order.message)) },
  };
  return before.some(({ count }) => count > 0) ? [talk, deciding] : [deciding];
}

/** The body with what the shopper says in place of {{message}}. */
function withMessage(json: unknown, message: string): unknown {
  if (typeof json === 'string') return json.replaceAll('{{message}}', message);
  if (Array.isArray(json)) return json.map((inner: unknown) => withMessage(inner, message));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, inner]) => [key, withMessage(inner, message)]));
}

const PLAIN_STEP = {
  kind: 'http',
  headers: {},
  body: null,
  answer: 'json',
  graphql: false,
  times: null,
  says: [],
  capture: {},
  soldOut: null,
  closed: null,
  queued: null,
} as const satisfies Partial<HttpStep>;

function resolveStep(step: StepInput): StepSpec {
  const method = STEP_METHODS.find((candidate) => step[candidate] !== undefined) ?? 'get';
  const path = normalizeTemplates(step[method] ?? '/');
  const verb = VERBS[method];
  const operation = /^\s*(?:query|mutation|subscription)\s+(\w+)/.exec(step.graphql ?? '')?.[1];
  return {
    ...PLAIN_STEP,
    ...answers(step),
    name: [verb, path, ...(operation === undefined ? [] : [operation])].join(' '),
    method: verb,
    path,
    headers: normalizeTemplates(step.headers),
    body: stepBody(step),
    graphql: step.graphql !== undefined,
  };
}

function stepBody({ graphql, variables, json, form }: StepInput): StepBody | null {
  if (graphql !== undefined) {
    return {
      as: 'json',
      json: {
        query: graphql,
        ...(variables === undefined ? {} : { variables: normalizeTemplates(variables) }),
      },
    };
  }
  if (form !== undefined) return { as: 'form', fields: normalizeTemplates(form) };
  return json === undefined ? null : { as: 'json', json: normalizeTemplates(json) };
}

const VERBS = { get: 'GET', post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const;

/** What answers mean, and what is taken from them. */
function answers(
  step: Pick<StepInput, 'capture' | 'confirmed' | 'soldOut' | 'closed' | 'queued'>,
): Pick<HttpStep, 'capture' | 'confirmed' | 'soldOut' | 'closed' | 'queued'> {
  const { capture, confirmed, soldOut, closed, queued } = step;
  return {
    capture: Object.fromEntries(Object.entries(capture).map(([name, from]) => [name, answerSource(from)])),
    confirmed: answerMatch(confirmed),
    soldOut: soldOut ? { ...answerMatch(soldOut), item: soldOut.item ?? null } : null,
    closed: closed ? answerMatch(closed) : null,
    queued: queued
      ? {
          ...answerMatch(queued),
          poll: queued.poll === undefined ? null : normalizeTemplates(queued.poll),
          everyMs: queued.every,
        }
      : null,
  };
}

function answerSource(from: StepsInput['steps'][number]['capture'][string]): AnswerSource {
  if (typeof from === 'string') return { from: 'json', path: from, find: null };
  if ('json' in from) return { from: 'json', path: from.json, find: from.find ?? null };
  if ('header' in from) return { from: 'header', name: from.header.toLowerCase(), find: from.find ?? null };
  return { from: 'body', find: from.find };
}

/** Without conditions: any status from 200 to 299. */
function answerMatch(match: StepInput['confirmed']): AnswerMatch {
  return { status: match?.status ?? null, has: match?.has ?? null, where: match?.where ?? {} };
}
