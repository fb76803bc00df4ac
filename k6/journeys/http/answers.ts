import type { Answer, RawAnswer } from '../../effects.ts';
import type { DottedPath, PatternSource } from '../../journey-spec.ts';
import type { MatchProgram, SourceProgram } from '../program.ts';
import { lookUp, UNSURE } from './json-lookup.ts';
import { eventData } from './sse.ts';

// Reading what the target sent. It is untrusted: never run, never used as a key, bounded before it goes on.

/** Longest item name that is kept, characters; it becomes a label. */
export const LONGEST_ITEM = 64;
/** UTF-16 units of it that are looked at: a character has up to two, and as many again may be left out. */
const LONGEST_ITEM_LOOK = 4 * LONGEST_ITEM;
/** Longest text that is captured, UTF-16 units; it goes back to the target in later requests. */
const LONGEST_CAPTURE = 2_048;

/** An answer whose JSON is parsed when, and only when, somebody asks for it. */
export interface ReadAnswer {
  /** 0 without an answer. */
  readonly status: number;
  readonly headers: Answer['headers'];
  readonly body: string | null;
  readonly raw: RawAnswer | undefined;
  /** How the body is still to be parsed; null = it has been. */
  unread: 'json' | 'sse' | null;
  json: unknown;
  /** Of a stream: the JSON of each of its events. */
  events: readonly unknown[] | null;
  /** Value at the path that the last match with one asked for. */
  held: unknown;
}

export const readAnswer = ({ status, error, body, headers, raw }: Answer, as: 'json' | 'sse'): ReadAnswer => {
  return {
    status: error === null ? status : 0,
    headers,
    body,
    raw,
    unread: body === null ? null : as,
    json: undefined,
    events: null,
    held: undefined,
  };
};

/** undefined when the body is no JSON or the path leads nowhere; of a stream, what its last event with that path says. */
export const valueAt = (answer: ReadAnswer, path: DottedPath): unknown => {
  const known = lookedUp(answer, path);
  // An object that k6 has made is another than one that was parsed.
  if (known !== UNSURE && !isRecord(known)) return known;
  parse(answer);
  const { events } = answer;
  if (events === null) return at(answer.json, path);
  for (let index = events.length - 1; index >= 0; index--) {
    const value = at(events[index], path);
    if (value !== undefined) return value;
  }
  return undefined;
};

/** Without parsing the body. */
const lookedUp = ({ unread, body, raw }: ReadAnswer, path: DottedPath): unknown =>
  unread === 'json' && body !== null && raw !== undefined ? lookUp(raw, body, path) : UNSURE;

const parse = (answer: ReadAnswer): void => {
  const { unread, body } = answer;
  if (unread === null || body === null) return;
  answer.unread = null;
  if (unread === 'sse') answer.events = eventData(body).map(parseJson);
  else answer.json = parseJson(body);
};

/** undefined when the path leads nowhere. */
export const at = (json: unknown, path: DottedPath): unknown => {
  const keys = path.split('.');
  let value = json;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] ?? '';
    value = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
};

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => {
  return typeof value === 'object' && value !== null;
};

/** undefined for prose where JSON was expected: no path leads anywhere in it. */
export const parseJson = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

/** Does the answer meet every condition? Without a status any 2xx will do. Of a stream, one event must meet them all. */
export const matches = (match: MatchProgram, answer: ReadAnswer): boolean => {
  const { status: expected, has, where } = match;
  const { status } = answer;
  if (expected === null ? status < 200 || status > 299 : status !== expected) return false;
  if (has === null && where === null) return true;
  if (answer.unread === 'sse') parse(answer);
  const { events } = answer;
  if (events === null) return meets(answer, valueAt, match, answer);
  for (let index = 0; index < events.length; index++) {
    if (meets(events[index], at, match, answer)) return true;
  }
  return false;
};

const meets = <Holder>(
  holder: Holder,
  valueIn: (holder: Holder, path: DottedPath) => unknown,
  { has, where }: MatchProgram,
  answer: ReadAnswer,
): boolean => {
  if (has !== null) {
    answer.held = valueIn(holder, has);
    if (isEmpty(answer.held)) return false;
  }
  if (where === null) return true;
  for (let index = 0; index < where.length; index += 2) {
    if (valueIn(holder, String(where[index])) !== where[index + 1]) return false;
  }
  return true;
};

/** No value: null, false, a blank text, a list or an object without anything in it. 0 is one. */
export const isEmpty = (value: unknown): boolean => {
  if (value === null || value === undefined || value === false) return true;
  if (typeof value === 'string') return value.trim() === '';
  return isRecord(value) && Object.keys(value).length === 0;
};

/** Whether a value names something, such as an order: texts and numbers do; `true` and objects do not. */
export const isNaming = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && !isEmpty(value));

/** Whether a GraphQL answer tells of errors. */
export const hasErrors = (answer: ReadAnswer): boolean => {
  const errors = valueAt(answer, 'errors');
  return Array.isArray(errors) ? errors.length > 0 : (errors ?? null) !== null;
};

/** What an answer holds where the plan says; undefined for none. */
export const captured = (
  answer: ReadAnswer,
  source: SourceProgram,
): string | number | boolean | undefined => {
  if (typeof source === 'string') return capturable(valueAt(answer, source));
  const { from, name, find } = source;
  const value =
    from === 'json'
      ? valueAt(answer, name)
      : from === 'header'
        ? headerOf(answer, name)
        : (answer.body ?? undefined);
  return find === null ? capturable(value) : found(value, find);
};

/** Value of a header; `name` in lower case. */
export const headerOf = (
  { headers, raw }: Pick<ReadAnswer, 'headers' | 'raw'>,
  name: string,
): string | undefined => {
  const known = headers[name];
  if (known !== undefined || raw === undefined) return known;
  const names = Object.keys(raw.headers);
  for (let index = 0; index < names.length; index++) {
    const written = names[index] ?? '';
    if (written.toLowerCase() === name) return raw.headers[written];
  }
  return undefined;
};

const patterns: Record<string, RegExp> = {};

export const pattern = (source: PatternSource): RegExp => {
  const known = patterns[source];
  if (known !== undefined) return known;
  const made = new RegExp(source);
  patterns[source] = made;
  return made;
};

/** The part of a text that an expression finds: its first group, without groups the whole match. */
export const found = (value: unknown, find: PatternSource): string | undefined => {
  if (typeof value !== 'string' && typeof capturable(value) !== 'number') return undefined;
  const match = pattern(find).exec(String(value));
  const part = match === null ? undefined : capturable(match.length > 1 ? match[1] : match[0]);
  return part === undefined ? undefined : String(part);
};

/** A value that later requests may carry; undefined for none, for objects and for endless texts. */
export const capturable = (value: unknown): string | number | boolean | undefined => {
  if (typeof value === 'string')
    return value.length <= LONGEST_CAPTURE && isWellFormed(value) ? value : undefined;
  // A longer whole number has lost its last digits: another one would be sent in its place.
  if (typeof value === 'number')
    return !Number.isInteger(value) || Number.isSafeInteger(value) ? value : undefined;
  return typeof value === 'boolean' ? value : undefined;
};

/** Without lone surrogates, which no path can carry. A built-in looks at it a hundred times faster than a loop in k6. */
const isWellFormed = (text: string): boolean => {
  try {
    encodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

/** Item of a sold-out answer: at most 64 characters, without control characters; null when there is none. */
export const itemName = (value: unknown): string | null => {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  let name = '';
  let length = 0;
  for (const character of String(value).slice(0, LONGEST_ITEM_LOOK)) {
    if (length === LONGEST_ITEM) break;
    if (isControl(character.codePointAt(0) ?? 0)) continue;
    name += character;
    length += 1;
  }
  name = name.trim();
  return name === '' ? null : name;
};

/**
 * C0 and C1 control characters, invisible ones (zero width, direction, tags), line and paragraph separators, lone
 * surrogates. Spelled out, as k6's engine reads `\p{Cc}` in a regexp as the letters it is written with.
 */
export const isControl = (code: number): boolean => {
  return (
    code < 0x20 ||
    (code >= 0x7f && code < 0xa0) ||
    code === 0xad ||
    code === 0x61c ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    (code >= 0xd800 && code < 0xe000) ||
    code === 0xfeff ||
    (code >= 0xfff9 && code <= 0xfffb) ||
    (code >= 0xe0000 && code <= 0xe007f)
  );
};
