import { wireAddress } from '../../scripts/core/address.ts';
import { type CafeChoice, SHOPPER_VARIABLES, type ShopperVariable } from '../contract.ts';
import type {
  AnswerMatch,
  AnswerSource,
  HttpStep,
  JourneySpec,
  StepBody,
  StepSpec,
  TelegramStep,
} from '../journey-spec.ts';
import {
  compileAddress,
  compileForm,
  compileJson,
  compileText,
  onlyVariable,
  variablesOf,
} from './http/templates.ts';
import type {
  ChatProgram,
  HttpProgram,
  JourneyProgram,
  MatchProgram,
  SourceProgram,
  StepProgram,
  TelegramProgram,
  Template,
} from './program.ts';

/** Who says what to whom, on every request; the User-Agent is the driver's to say. */
export interface Sender {
  runId: string;
  /** No trailing slash. */
  baseUrl: string;
  /** Addresses of the mocked partners by name, no trailing slash. */
  partnerUrls: Readonly<Record<string, string>>;
  /** What orders in own code may be for; without them they have no `cafe` and `sku`. */
  cafes?: readonly CafeChoice[];
}

/** Of every journey with a Telegram chat. */
const CHAT_VARIABLES = ['chatId', 'firstName', 'lastName'] satisfies ShopperVariable[];

/** Turns a journey of the plan into what VUs and the prober execute. */
export function compileJourney(journey: JourneySpec, sender: Sender): JourneyProgram {
  const deciding = decidingStep(journey.steps);
  const isChat = journey.kind === 'chat-bot';
  const proving = provingStep(journey.steps);
  const steps = journey.steps.map((step, index) =>
    step.kind === 'http'
      ? compileHttp(step, sender, {
          tapped: index === deciding,
          timed: isChat,
          proof: index === proving ? proofOf(step) : null,
        })
      : compileTelegram(step, index === deciding),
  );
  const chat = journey.chat && compileChat(journey.chat, sender);
  const brought = broughtVariables(steps);
  return {
    name: journey.name,
    origin: /^https?:\/\/[^/?#]+/.exec(sender.baseUrl)?.[0] ?? sender.baseUrl,
    steps,
    halves: journey.halves,
    chat,
    redeems: journey.redeems && compileRedemption(journey.redeems, sender),
    variables:
      journey.script === null
        ? chat === null
          ? brought
          : [...new Set([...brought, ...CHAT_VARIABLES])]
        : variablesOfScript(journey, sender),
    own: journey.script && {
      baseUrl: sender.baseUrl,
      headers: senderHeaders(sender),
      requestsPerOrder: journey.script.requestsPerOrder,
    },
    data: journey.data,
  };
}

/**
 * The step whose request an impatient shopper sends twice: the last one that asks for more than to be shown something
 * and proves an order, else the last one that is not a GET; -1 = none.
 */
function decidingStep(steps: readonly StepSpec[]): number {
  const acts = (step: StepSpec): boolean => step.kind === 'telegram' || step.method !== 'GET';
  const proves = (step: StepSpec): boolean =>
    step.kind === 'telegram' ? step.confirms : step.confirmed.status !== null || looks(step.confirmed);
  const proving = steps.findLastIndex((step) => acts(step) && proves(step));
  return proving === -1 ? steps.findLastIndex(acts) : proving;
}

/** The last step that says what a confirmation is, else the last one. */
function provingStep(steps: readonly StepSpec[]): number {
  const says = steps.findLastIndex((step) =>
    step.kind === 'telegram' ? step.confirms : step.confirmed.status !== null || looks(step.confirmed),
  );
  return says === -1 ? steps.length - 1 : says;
}

/** Where else than at `has` the answer that proves an order may name it. */
const proofOf = ({ capture }: HttpStep): SourceProgram[] =>
  Object.values(capture)
    .filter((source) => source.from === 'header' || source.find !== null)
    .map(compileSource);

function compileHttp(
  spec: HttpStep,
  sender: Sender,
  { tapped, timed, proof }: Pick<HttpProgram, 'tapped' | 'timed' | 'proof'>,
): HttpProgram {
  const { soldOut, closed, queued } = spec;
  const { baseUrl } = sender;
  const link = onlyVariable(spec.path);
  return {
    kind: 'http',
    name: spec.name,
    method: spec.method,
    url: link === null ? compileAddress(baseUrl + spec.path) : compileText(spec.path, 'u'),
    followsLink: link !== null,
    headers: compileHeaders(spec, sender),
    body: spec.body && compileBody(spec.body),
    needsBody: looksAtBody(spec),
    answer: spec.answer,
    graphql: spec.graphql,
    timed,
    tapped,
    times: spec.times,
    says: emptyAsNull(spec.says.map((text) => compileText(text, 't'))),
    capture: captures(spec.capture, compileSource),
    proof,
    confirmed: compileMatch(spec.confirmed),
    particular: spec.confirmed.status !== null || looks(spec.confirmed),
    soldOut: soldOut && { ...compileMatch(soldOut), item: soldOut.item },
    closed: closed && compileMatch(closed),
    queued: queued && {
      ...compileMatch(queued),
      everyMs: queued.everyMs,
      poll: queued.poll === null ? null : compileAddress(baseUrl + queued.poll),
    },
  };
}

function compileTelegram(spec: TelegramStep, tapped: boolean): TelegramProgram {
  const { act, name, reply, confirms, soldOut, closed, queued } = spec;
  const text = act.do === 'send' ? act.text : act.do === 'tap' ? act.button : '';
  return {
    kind: 'telegram',
    name,
    do: act.do,
    text: compileText(text, 't'),
    tapped,
    times: null,
    capture: captures(spec.capture, (source) => source),
    reply,
    confirms,
    names: confirms && namesOrder(spec),
    soldOut,
    closed,
    queued,
  };
}

const namesOrder = ({ reply, capture }: TelegramStep): boolean =>
  hasGroup(reply?.matches ?? '') || Object.keys(capture).length > 0;

/** Any expression matches nothing if it may, and then tells of its groups. */
const hasGroup = (source: string): boolean => (new RegExp(`${source}|`).exec('')?.length ?? 1) > 1;

function compileChat({ partner, webhook }: NonNullable<JourneySpec['chat']>, sender: Sender): ChatProgram {
  const secret = webhook?.secret ?? null;
  const headers = {
    ...senderHeaders(sender),
    'Content-Type': 'application/json',
    ...(secret === null ? {} : { 'X-Telegram-Bot-Api-Secret-Token': secret }),
  };
  return {
    partnerUrl: partnerUrl(sender, partner),
    webhookUrl: webhook && wireAddress(sender.baseUrl + webhook.path),
    webhookHeaders: Object.entries(headers).flat(),
  };
}

function compileRedemption(
  { variable, partner }: NonNullable<JourneySpec['redeems']>,
  sender: Sender,
): Template {
  return compileAddress(`${partnerUrl(sender, partner)}/peakproof/vouchers/{{${variable}}}`);
}

function partnerUrl({ partnerUrls }: Sender, name: string): string {
  const url = partnerUrls[name];
  if (url === undefined) throw new TypeError(`the address of partner ${name} is not known`);
  return url;
}

function senderHeaders({ runId }: Sender): Record<string, string> {
  return { 'X-Load-Test': runId };
}

const CONTENT_TYPES: Readonly<Record<StepBody['as'], string>> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
};

function compileHeaders({ answer, body, headers }: HttpStep, sender: Sender): Template[] {
  const compiled: Record<string, Template> = senderHeaders(sender);
  if (answer === 'sse') compiled['Accept'] = 'text/event-stream';
  if (body !== null) compiled['Content-Type'] = CONTENT_TYPES[body.as];
  for (const [name, value] of Object.entries(headers)) compiled[name] = compileText(value, 'h');
  return Object.entries(compiled).flat();
}

function compileBody(body: StepBody): Template {
  return body.as === 'json' ? compileJson(body.json) : compileForm(body.fields);
}

function compileMatch({ status, has, where }: AnswerMatch): MatchProgram {
  return { status, has, where: emptyAsNull(Object.entries(where).flat()) };
}

function compileSource(source: AnswerSource): SourceProgram {
  if (source.from === 'json' && source.find === null) return source.path;
  const name = source.from === 'json' ? source.path : source.from === 'header' ? source.name : '';
  return { from: source.from, name, find: source.find };
}

function captures<Source, Compiled>(
  capture: Readonly<Record<string, Source>>,
  compile: (source: Source) => Compiled,
): (string | Compiled)[] | null {
  return emptyAsNull(Object.entries(capture).flatMap(([name, source]) => [name, compile(source)]));
}

function emptyAsNull<Item>(list: Item[]): Item[] | null {
  return list.length === 0 ? null : list;
}

function looksAtBody({ graphql, capture, confirmed, soldOut, closed, queued }: HttpStep): boolean {
  return (
    graphql ||
    Object.values(capture).some(({ from }) => from !== 'header') ||
    looks(confirmed) ||
    (soldOut !== null && (looks(soldOut) || soldOut.item !== null)) ||
    (closed !== null && looks(closed)) ||
    (queued !== null && looks(queued))
  );
}

function looks(match: AnswerMatch): boolean {
  return match.has !== null || Object.keys(match.where).length > 0;
}

/** Which of them the code asks for is not known before it runs; the kit has no chats. */
function variablesOfScript({ data }: JourneySpec, { cafes = [] }: Sender): string[] {
  const missing: readonly ShopperVariable[] = cafes.length === 0 ? ['chatId', 'sku', 'cafe'] : ['chatId'];
  const invented = SHOPPER_VARIABLES.filter((name) => !missing.includes(name));
  return [...new Set([...invented, ...Object.keys(data)])];
}

function broughtVariables(steps: readonly StepProgram[]): string[] {
  const brought = new Set<string>();
  const captured = new Set<string>();
  for (const step of steps) {
    for (const name of usedBy(step)) if (!captured.has(name)) brought.add(name);
    for (const [index, name] of (step.capture ?? []).entries()) {
      if (index % 2 === 0 && typeof name === 'string') captured.add(name);
    }
    if (step.kind !== 'http') continue;
    for (const name of variablesOf(step.queued?.poll ?? '')) {
      if (!captured.has(name) && name !== 'ticket') brought.add(name);
    }
  }
  return [...brought];
}

function usedBy(step: StepProgram): string[] {
  if (step.kind === 'telegram') return variablesOf(step.text);
  const sent = [step.url, ...step.headers, step.body ?? ''].flatMap(variablesOf);
  const { says } = step;
  return says === null ? sent : [...sent.filter((name) => name !== 'message'), ...says.flatMap(variablesOf)];
}
