import type { DottedPath } from '../contract.ts';
import type { Answer } from '../effects.ts';
import type { MatchProgram } from './program.ts';

// Reading what the target sent. It is untrusted: never run, never used as a key, bounded before it goes on.

/** Longest item name that is kept; it becomes a label. */
const LONGEST_ITEM = 64;
/** Longest text that is captured; it goes back to the target in later requests. */
const LONGEST_CAPTURE = 2_048;

/** An answer whose JSON is parsed when, and only when, somebody asks for it. */
export interface ReadAnswer {
  /** 0 without an answer. */
  readonly status: number;
  /** What is still to be parsed; null = nothing. */
  unread: string | null;
  json: unknown;
}

export const readAnswer = ({ status, error, body }: Answer): ReadAnswer => {
  return { status: error === null ? status : 0, unread: body, json: undefined };
};

/** undefined when the body is no JSON or the path leads nowhere. */
export const valueAt = (answer: ReadAnswer, path: DottedPath): unknown => {
  if (answer.unread !== null) {
    answer.json = parseJson(answer.unread);
    answer.unread = null;
  }
  const keys = path.split('.');
  let value = answer.json;
  for (let index = 0; index < keys.length; index++) {
    value = ownField(value, keys[index] ?? '');
  }
  return value;
};

const ownField = (value: unknown, key: string): unknown => {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => {
  return typeof value === 'object' && value !== null;
};

const parseJson = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    // Prose where JSON was expected: no path leads anywhere in it.
    return undefined;
  }
};

/** Does the answer meet every condition? Without a status any 2xx will do. */
export const matches = ({ status: expected, has, where }: MatchProgram, answer: ReadAnswer): boolean => {
  const { status } = answer;
  if (expected === null ? status < 200 || status > 299 : status !== expected) return false;
  if (has !== null && (valueAt(answer, has) ?? null) === null) return false;
  if (where === null) return true;
  for (let index = 0; index < where.length; index += 2) {
    if (valueAt(answer, String(where[index])) !== where[index + 1]) return false;
  }
  return true;
};

/** A value that later requests may carry; undefined for none, for objects and for endless texts. */
export const capturable = (value: unknown): string | number | boolean | undefined => {
  if (typeof value === 'string')
    return value.length <= LONGEST_CAPTURE && isWellFormed(value) ? value : undefined;
  return typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
};

/** Without lone surrogates, which no path can carry (encodeURIComponent throws). */
const isWellFormed = (text: string): boolean => {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xd800 && code < 0xe000) return false;
  }
  return true;
};

/** Item of a sold-out answer: at most 64 characters, without control characters; null when there is none. */
export const itemName = (value: unknown): string | null => {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  let name = '';
  let length = 0;
  for (const character of String(value).slice(0, 4 * LONGEST_ITEM)) {
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
