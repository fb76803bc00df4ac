import type { BadKind, LoadSpec } from '../contract.ts';
import type {
  DottedPath,
  HttpMethod,
  JourneySpec,
  MessageMatch,
  MessageSource,
  PatternSource,
  Times,
} from '../journey-spec.ts';

// A journey after compilation: plain data, so it is made once when the script is bundled, and a VU only reads it.

// Arrays and objects are few in it: each one costs every VU half a kilobyte. Pairs stand in flat lists, which a loop
// by index walks ten times faster than `for in` or `for of`.

/**
 * A text without variables, or pieces in turn: text, variable, text, variable … A variable is its encoding's
 * letter and its name, e.g. `porderKey`.
 */
export type Template = string | readonly string[];

/**
 * - p: percent-encoded, for a path or a form; u: as it is, a whole address
 * - h: without control characters, for a header, so that no answer can add one; t: as it is, a text
 * - j: a JSON value of the variable's own type; s: within a JSON string
 */
export type Encoding = 'p' | 'u' | 'h' | 't' | 'j' | 's';

/** Values of variables by name; captures are put in while the order goes on. */
export type Variables = Record<string, string | number | boolean>;

/** Conditions on an answer; all of them must hold. */
export interface MatchProgram {
  /** null = any 2xx. */
  status: number | null;
  /** Path that must exist and not be null. */
  has: DottedPath | null;
  /** Path, value, path, value …; null = none. */
  where: readonly (string | number | boolean | null)[] | null;
}

/** A path in the JSON answer; or what stands elsewhere, or is a part of a value. */
export type SourceProgram =
  | DottedPath
  | { from: 'json' | 'header' | 'body'; name: string; find: PatternSource | null };

export interface HttpProgram {
  kind: 'http';
  name: string;
  method: HttpMethod;
  /** Absolute. */
  url: Template;
  /** The address is the value of a variable: it must lead to the target. */
  followsLink: boolean;
  /** Name, value, name, value … */
  headers: readonly Template[];
  body: Template | null;
  needsBody: boolean;
  answer: 'json' | 'sse';
  graphql: boolean;
  /** First byte and end of its answers are timed. */
  timed: boolean;
  /** An impatient shopper sends this one twice. */
  tapped: boolean;
  times: Times | null;
  /** {{message}} is one of these, each time it is done. */
  says: readonly Template[] | null;
  /** Variable, source, variable, source …; null = nothing. */
  capture: readonly (string | SourceProgram)[] | null;
  /** Of the step that proves the order: where else than at `has` its right answer may name it; null of the others. */
  proof: readonly SourceProgram[] | null;
  confirmed: MatchProgram;
  /** `confirmed` asks for more than any 2xx. */
  particular: boolean;
  soldOut: (MatchProgram & { item: DottedPath | null }) | null;
  closed: MatchProgram | null;
  queued: (MatchProgram & { poll: Template | null; everyMs: number }) | null;
}

export interface TelegramProgram {
  kind: 'telegram';
  name: string;
  do: 'send' | 'tap' | 'pay';
  /** Text to send, or of the label to tap; empty for `pay`. */
  text: Template;
  tapped: boolean;
  times: null;
  /** Variable, source, variable, source …; null = nothing. */
  capture: readonly (string | MessageSource)[] | null;
  reply: MessageMatch | null;
  confirms: boolean;
  /** What it confirms has a name: a group of `matches`, or what is captured of it. */
  names: boolean;
  soldOut: MessageMatch | null;
  closed: MessageMatch | null;
  queued: MessageMatch | null;
}

export type StepProgram = HttpProgram | TelegramProgram;

/** Where the chat of a Telegram journey takes place. */
export interface ChatProgram {
  /** Of the mocked partner. */
  partnerUrl: string;
  /** null = the partner gives the updates out. */
  webhookUrl: string | null;
  /** Name, value, name, value … of every update to the webhook. */
  webhookHeaders: readonly string[];
}

/** What an order in own code needs to know. */
export interface OwnProgram {
  /** No trailing slash. */
  baseUrl: string;
  /** Of every request. */
  headers: Readonly<Record<string, string>>;
  requestsPerOrder: number;
}

export interface JourneyProgram {
  name: string;
  /** Scheme, host and port of the target: no answer leads elsewhere. */
  origin: string;
  steps: readonly StepProgram[];
  halves: JourneySpec['halves'];
  chat: ChatProgram | null;
  /** Address that tells what became of the order's voucher. */
  redeems: Template | null;
  /** Of a script; null otherwise. */
  own: OwnProgram | null;
  /** Variables that an order must bring: used, and not captured before. */
  variables: readonly string[];
  data: Readonly<Record<string, readonly string[]>>;
}

/** What the load script carries: the LoadSpec with its journeys compiled. */
export type LoadProgram = Omit<LoadSpec, 'journeys' | 'partnerUrls'> & {
  journeys: readonly JourneyProgram[];
};

/** How a step ended. `closed`: whether the shopper moves on is still to be asked. */
export type StepEnd =
  | { how: 'right' }
  | { how: 'sold-out'; item: string | null }
  | { how: 'closed' }
  | { how: 'bad'; kind: BadKind };
