// A journey as the plan says it: its steps, what answers mean, and what is taken from them. Times in ms.

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Request headers that the client writes itself; in lower case. */
export const CLIENT_HEADERS: readonly string[] = [
  'content-length',
  'expect',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
];

/** Where a value stands in a JSON answer: dotted path, e.g. `order.id` or `lines.0.sku`. */
export type DottedPath = string;
/** Source of a JavaScript regular expression without flags; a capture takes its first group, without groups the whole match. */
export type PatternSource = string;

/** Conditions on an answer; all of them must hold. */
export interface AnswerMatch {
  /** Exact status; null = any 2xx. */
  status: number | null;
  /** Path that must exist and not be null. */
  has: DottedPath | null;
  /** Paths that must equal these values. */
  where: Readonly<Record<DottedPath, string | number | boolean | null>>;
}

/** Where an HTTP answer holds a value for later steps. `find`: the part of it that is taken; null = all of it. */
export type AnswerSource =
  | { from: 'json'; path: DottedPath; find: PatternSource | null }
  /** Name in lower case. */
  | { from: 'header'; name: string; find: PatternSource | null }
  | { from: 'body'; find: PatternSource };

export type StepBody =
  | { as: 'json'; json: unknown }
  | { as: 'form'; fields: Readonly<Record<string, string>> };

/** One HTTP request. `{{name}}` in path, headers and body is replaced by a variable. */
export interface HttpStep {
  kind: 'http';
  /** Label of the request, e.g. `POST /orders`; bounded, so it is used as k6's `name` tag. */
  name: string;
  method: HttpMethod;
  /** Path template, begins with `/`; or `{{link}}` alone: a whole address on the target, as an answer gave it. */
  path: string;
  headers: Readonly<Record<string, string>>;
  /** null = none. */
  body: StepBody | null;
  /** How its answer is read: sse = a stream of events (`data:` lines), whose JSON counts as one answer each. */
  answer: 'json' | 'sse';
  /** A GraphQL request: an answer with `errors` does not confirm it, whatever its status. */
  graphql: boolean;
  /** How often the step is done in one order, one after the other; each time with a value of `says` as {{message}}. */
  times: Times | null;
  says: readonly string[];
  /** Variable → where the answer holds its value. A step whose capture is missing fails as wrong-answer. */
  capture: Readonly<Record<string, AnswerSource>>;
  /** What a right answer is. */
  confirmed: AnswerMatch;
  soldOut: (AnswerMatch & { item: DottedPath | null }) | null;
  /** What "closed" looks like: some shoppers then begin anew at another café (`movesRatio`). */
  closed: AnswerMatch | null;
  queued: QueuedSpec | null;
}

/** How many times, as a distribution: shares sum to 1; counts are at least 0. */
export type Times = readonly { count: number; shareRatio: number }[];

/** A queue ticket: what it looks like and how the client asks for the result. */
export interface QueuedSpec extends AnswerMatch {
  /**
   * Path template that is polled with GET (the answer's JSON fields captured by the step, and `ticket` = the
   * value at `has`, may be used); null = the answer's Location header, and without one the same request again.
   */
  poll: string | null;
  /** Wait between polls, ms, when the answer has no Retry-After. */
  everyMs: number;
}

/** Conditions on one message of a bot; all of them must hold. */
export interface MessageMatch {
  /** Text that it contains. */
  contains: string | null;
  /** Expression that its text matches. */
  matches: PatternSource | null;
  /** Text that the label of one of its buttons contains. */
  button: string | null;
  /** It is an invoice. */
  invoice: boolean;
}

/** Where a bot's message holds a value for later steps. */
export type MessageSource =
  | { from: 'text'; find: PatternSource }
  /** Address of the first link: of a button with this label (null = any), else in the text. */
  | { from: 'link'; button: string | null; find: PatternSource | null }
  /** What a deep link into the bot carries: `https://t.me/<bot>?start=<this>`. */
  | { from: 'start' };

/** What a shopper does in a chat with a Telegram bot, and the message that they want. */
export interface TelegramStep {
  kind: 'telegram';
  /** Label, e.g. `send /start`, `tap Tea`, `pay`; bounded. */
  name: string;
  /** `tap`: a button of the bot's newest keyboard whose label contains it. `pay`: the bot's newest invoice. */
  act: { do: 'send'; text: string } | { do: 'tap'; button: string } | { do: 'pay' };
  /** Variable → where the wanted message holds its value. */
  capture: Readonly<Record<string, MessageSource>>;
  /** null = any message. */
  reply: MessageMatch | null;
  /** The reply proves an order. */
  confirms: boolean;
  soldOut: MessageMatch | null;
  closed: MessageMatch | null;
  /** "Please wait": the shopper then waits as long as patience lasts. */
  queued: MessageMatch | null;
}

export type StepSpec = HttpStep | TelegramStep;

export interface JourneySpec {
  kind: 'steps' | 'telegram-bot' | 'chat-bot' | 'script';
  name: string;
  /** Share of all orders, 0 to 1; shares sum to 1. */
  shareRatio: number;
  /** Lists of values from which each order draws one, by name of the variable. */
  data: Readonly<Record<string, readonly string[]>>;
  /** Empty for a script. Those of `then` are the last ones. */
  steps: readonly StepSpec[];
  /** An order that goes on in another journey: `second` is its name, which begins with step `at`. Null without. */
  halves: { at: number; second: string } | null;
  /** Of a telegram-bot; null otherwise. */
  chat: TelegramChat | null;
  /** A voucher that the order must redeem once, looked up at a partner of kind promo after its confirmation. */
  redeems: { variable: string; partner: string } | null;
  /** Own code instead of steps. */
  script: ScriptSpec | null;
}

export interface TelegramChat {
  /** Partner of kind telegram: gives out updates to a bot that polls, and shows what the bot said. */
  partner: string;
  /** Where updates are sent to; null = the partner gives them out. */
  webhook: { path: string; secret: string | null } | null;
}

export interface ScriptSpec {
  /** Absolute. */
  file: string;
  /** How many requests an order makes, for rates and limits; a placed order ends with the last of them. */
  requestsPerOrder: number;
  /** Export that is the order, in a k6 script without the kit. */
  exec: string;
}

/** Statuses that prove neither an order, nor that something is sold out or closed: whoever sends them turned the shopper away. */
export const provesNothing = (status: number): boolean =>
  status === 401 || status === 403 || status === 408 || status === 429 || status >= 500;
