import type { RawAnswer } from '../../effects.ts';
import type { DottedPath } from '../../journey-spec.ts';
import { remembered } from '../../remembered.ts';

// A value of a JSON answer without parsing all of it in JavaScript, which costs k6 a hundred times as much for answers of
// 8 kB. The driver's own look-up is believed only where a parser of JSON would surely find the same.

/** The look-up may differ from what a parser finds. No Symbol: the first one costs a VU of k6 memory. */
export const UNSURE: unknown = {};

/** What stands at `path` of a body that has not been parsed; undefined = nothing, or it is no JSON. */
export const lookUp = (raw: RawAnswer, body: string, path: DottedPath): unknown => {
  if (!isPlainPath(path) || !beginsWithBracket(body) || repeatsKey(raw, body, path)) return UNSURE;
  const value = raw.json(path);
  return isSure(value) ? value : UNSURE;
};

/** Of keys that mean to k6 what they mean here, and nothing more. */
const isPlainPath = remembered((path) => path.split('.').every((key) => isPlainKey(key)));

/** Longest number that is taken for a place in a list, digits. */
const LONGEST_INDEX = 9;

const isPlainKey = (key: string): boolean => {
  if (key === '' || key === 'length' || key === '__proto__') return false;
  let digits = 0;
  for (let index = 0; index < key.length; index++) {
    const code = key.charCodeAt(index);
    if (code >= 0x30 && code <= 0x39) digits += 1;
    else if (!isWordCode(code)) return false;
  }
  if (digits < key.length) return true;
  return digits <= LONGEST_INDEX && (digits === 1 || key[0] !== '0');
};

/** Of a letter, `_`, `-` or `$`. */
const isWordCode = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) ||
  (code >= 0x41 && code <= 0x5a) ||
  code === 0x5f ||
  code === 0x2d ||
  code === 0x24;

/** k6 finds the first bracket of a text that is a string, too. */
const beginsWithBracket = (body: string): boolean => {
  let at = 0;
  let code = body.charCodeAt(at);
  while (code === 0x20 || (code >= 0x09 && code <= 0x0d)) {
    at += 1;
    code = body.charCodeAt(at);
  }
  return code === 0x7b || code === 0x5b;
};

/** A parser takes the last of two equal keys, k6 the first one. */
const repeatsKey = (raw: RawAnswer, body: string, path: DottedPath): boolean => {
  // A key may be written with escapes, too.
  const escaped = body.indexOf('\\u') !== -1;
  let from = 0;
  while (from < path.length) {
    const dot = path.indexOf('.', from);
    const end = dot === -1 ? path.length : dot;
    const key = path.slice(from, end);
    if ((escaped || standsTwice(body, `"${key}"`)) && countIn(raw, path.slice(0, from), key) > 1) return true;
    from = end + 1;
  }
  return false;
};

const standsTwice = (body: string, text: string): boolean => {
  const first = body.indexOf(text);
  return first !== -1 && body.indexOf(text, first + 1) !== -1;
};

/** How often an object has the key; `prefix` leads to it and ends with a dot, or is empty. */
const countIn = (raw: RawAnswer, prefix: string, key: string): number => {
  const keys = raw.json(`${prefix}@keys`);
  if (!Array.isArray(keys)) return 0;
  let count = 0;
  for (let index = 0; index < keys.length; index++) {
    if (keys[index] === key) count += 1;
  }
  return count;
};

const isSure = (value: unknown): boolean => {
  // Half of a surrogate pair comes out as this character.
  if (typeof value === 'string') return value.indexOf('\ufffd') === -1;
  return typeof value !== 'number' || Math.abs(value) <= Number.MAX_SAFE_INTEGER;
};
