// Takes secrets out of texts, in whatever way a target may send them back. Without imports, and without what k6's engine
// lacks (Buffer, TextEncoder, `\p` in expressions): a bundled load script has it too.

/** @param mayBeCut the text may end in the middle of a secret; default: as a long one may */
export type Redact = (text: string, mayBeCut?: boolean) => string;

const MARK = '[secret]';
/** A secret has at least so many characters (`secret-too-short`); fewer of one tell little, and stand in many texts. */
export const SHORTEST_SECRET = 6;
/** Nothing shorter has been cut before it gets here: an item's name is, after as many characters. */
export const SHORTEST_CUT = 64;

/** What may stand for one character of a secret; '' = it may be missing. */
type Ways = readonly string[];
/** A secret in one encoding, character by character. */
type Form = readonly Ways[];
/** Where in a text something stands: its start, and the end behind it. */
type Range = readonly [number, number];

/** Forms that are searched for in the same text, and what they may begin with. */
interface Search {
  forms: readonly Form[];
  starts: RegExp;
}

/**
 * Searches are put together here, once. Forms are walked by hand: as one regular expression a secret of some thousand
 * characters overflows the stack of V8.
 */
export function redactor(secrets: readonly string[], mark = MARK): Redact {
  const all = [...new Set(secrets)].filter((secret) => secret !== '');
  if (all.length === 0) return (text) => text;
  const waysOf = remembered(waysOfCharacter);
  const anyCase = searchFor(all.flatMap((secret) => [plainForm(secret, waysOf), hexForm(secret)]));
  const exact = searchFor(all.flatMap(base64Forms));
  const shortest = Math.min(...[...anyCase.forms, ...exact.forms].map(shortestOf));
  return (text, mayBeCut = text.length >= SHORTEST_CUT) => {
    if (text.length < (mayBeCut ? SHORTEST_SECRET : shortest)) return text;
    const ranges = [...found(lowered(text), anyCase, mayBeCut), ...found(text, exact, mayBeCut)];
    return ranges.length === 0 ? text : replaced(text, ranges, mark);
  };
}

/** A JSON value in which no text contains a secret; what holds none is not copied. Numbers and names of keys stay. */
export function redacted<T>(value: T, redact: Redact): T;
export function redacted(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  let copy: object | null = null;
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner !== 'string' && typeof inner !== 'object') continue;
    const safe = redacted(inner, redact);
    if (safe === inner) continue;
    copy ??= Array.isArray(value) ? [...value] : { ...value };
    Reflect.set(copy, key, safe);
  }
  return copy ?? value;
}

/** The same error: commands, answers and last lines of a child may hold secrets of the plan. */
export function withoutSecrets<E>(error: E, redact: Redact): E {
  if (!(error instanceof Error)) return error;
  for (const key of ['message', 'stack', 'hint', 'details']) {
    const value: unknown = Reflect.get(error, key);
    const safe = redacted(value, redact);
    // Not by assignment: the message of a DOMException can't be set.
    if (safe !== value) Object.defineProperty(error, key, { value: safe });
  }
  return error;
}

function searchFor(forms: readonly Form[]): Search {
  const starts = forms.map(([first = [], second = []]) => {
    const next = second.includes('') ? '' : `(?:[${second.map((way) => escaped(way.charAt(0))).join('')}]|$)`;
    return `(?:${first.map(escaped).join('|')})${next}`;
  });
  return { forms, starts: new RegExp(`(?=${starts.join('|')})`, 'g') };
}

function escaped(text: string): string {
  return text.replace(/\W/g, (unit) => `\\u${hex(unit.charCodeAt(0), 4)}`);
}

function shortestOf(form: Form): number {
  return form.reduce((sum, ways) => sum + Math.min(...ways.map((way) => way.length)), 0);
}

function found(text: string, { forms, starts }: Search, mayBeCut: boolean): Range[] {
  const ranges: Range[] = [];
  let end = 0;
  for (const { index } of text.matchAll(starts)) {
    for (const form of forms) {
      const formEnd = endOf(form, text, index, mayBeCut);
      if (formEnd > end) ranges.push([index, formEnd]);
      end = Math.max(end, formEnd);
    }
  }
  return ranges;
}

/** Where a form that starts there ends; 0 = none does. Of all ways to read the text the longest counts. */
function endOf(form: Form, text: string, start: number, mayBeCut: boolean): number {
  let ends = [start];
  let isBegun = false;
  for (const ways of form) {
    const next: number[] = [];
    for (const end of ends) {
      for (const way of ways) {
        if (text.startsWith(way, end)) {
          if (!next.includes(end + way.length)) next.push(end + way.length);
        } else if (mayBeCut && end + way.length > text.length && way.startsWith(text.slice(end))) {
          isBegun = true;
        }
      }
    }
    ends = next;
    if (ends.length === 0) break;
  }
  if (isBegun && text.length - start >= SHORTEST_SECRET) return text.length;
  return Math.max(0, ...ends);
}

/** Secrets may overlap or hold one another: then one mark stands for them, and nothing of either is left. */
function replaced(text: string, ranges: readonly Range[], mark: string): string {
  let safe = '';
  let done = 0;
  for (const [start, end] of [...ranges].sort(([a], [b]) => a - b)) {
    if (start >= done) safe += text.slice(done, start) + mark;
    done = Math.max(done, end);
  }
  return safe + text.slice(done);
}

/** Lower case without a change of length: what stands where must stay. */
function lowered(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return Array.from(text, (character) => {
    const one = character.toLowerCase();
    return one.length === character.length ? one : character;
  }).join('');
}

/** As it is, in a URL or form, in JSON, in HTML, or all of these mixed; on one line; in capitals or small letters. */
function plainForm(secret: string, waysOf: (character: string) => Ways): Form {
  let isGap = false;
  return Array.from(secret, (character) => {
    const isControl = character < ' ' || (character > '~' && character < '\u00a0');
    const ways = isControl ? [...waysOf(character), isGap ? '' : ' '] : waysOf(character);
    isGap = isControl;
    return ways;
  });
}

const SHORT_ESCAPES: Readonly<Record<string, readonly string[]>> = {
  ' ': ['+'],
  '"': ['\\"', '&quot;'],
  '&': ['&amp;'],
  "'": ['&apos;'],
  '/': ['\\/'],
  '<': ['&lt;'],
  '>': ['&gt;'],
  '\\': ['\\\\'],
  '\b': ['\\b'],
  '\f': ['\\f'],
  '\n': ['\\n'],
  '\r': ['\\r'],
  '\t': ['\\t'],
};

/** All of them in small letters. */
function waysOfCharacter(character: string): Ways {
  const ways = inAnyCase(character).flatMap((text) => [
    lowered(text),
    bytesOf(text)
      .map((byte) => `%${hex(byte, 2)}`)
      .join(''),
    Array.from({ length: text.length }, (_, index) => `\\u${hex(text.charCodeAt(index), 4)}`).join(''),
    ...htmlNumbers(text),
  ]);
  return [...new Set([...ways, ...(SHORT_ESCAPES[character] ?? [])])];
}

/** Digits of the longest number of a character in HTML that is recognised, with zeros before it. */
const HTML_DIGITS = 8;

function htmlNumbers(text: string): string[] {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  return Array.from({ length: HTML_DIGITS }, (_, index) => index + 1).flatMap((width) => [
    codes.map((code) => `&#${String(code).padStart(width, '0')};`).join(''),
    codes.map((code) => `&#x${hex(code, width)};`).join(''),
  ]);
}

/** Its bytes, as logs and `xxd` show them. */
function hexForm(secret: string): Form {
  return Array.from(secret, (character) =>
    inAnyCase(character).map((text) =>
      bytesOf(text)
        .map((byte) => hex(byte, 2))
        .join(''),
    ),
  );
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE64_ESCAPES: Readonly<Record<string, Ways>> = {
  '+': ['+', '-', '%2B', '%2b'],
  '/': ['/', '_', '%2F', '%2f', '\\/'],
};
const PADDING: Ways = ['=', '%3D', '%3d', ''];

/**
 * What of the secret can be read in base64 or base64url of a longer text (`user:secret`, `Bearer secret`): four characters
 * hold three bytes, so how many stand before decides between three forms. Characters that also hold bits of what
 * stands around it are left out, but for the last one before the padding.
 */
function base64Forms(secret: string): Form[] {
  const bits = bytesOf(secret)
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  return [0, 1, 2].flatMap((before) => {
    const sixes = `${'0'.repeat(8 * before)}${bits}`.match(/.{1,6}/g) ?? [];
    const ways = sixes.map((six) => {
      const character = BASE64.charAt(Number.parseInt(six.padEnd(6, '0'), 2));
      return BASE64_ESCAPES[character] ?? [character];
    });
    const own = ways.slice(Math.ceil((before * 8) / 6));
    const last = sixes.at(-1)?.length === 6 ? [] : own.splice(-1).map((shared) => [...shared, '']);
    return own.length < SHORTEST_SECRET ? [] : [[...own, ...last, PADDING, PADDING]];
  });
}

function inAnyCase(character: string): string[] {
  return [...new Set([character, character.toLowerCase(), character.toUpperCase()])];
}

/** In UTF-8. */
function bytesOf(text: string): number[] {
  // encodeURIComponent throws on a lone surrogate.
  const wellFormed = Array.from(text, (character) =>
    character >= '\ud800' && character <= '\udfff' && character.length === 1 ? '\ufffd' : character,
  ).join('');
  const parts = encodeURIComponent(wellFormed).match(/%..|./g) ?? [];
  return parts.map((part) => (part.length === 1 ? part.charCodeAt(0) : Number.parseInt(part.slice(1), 16)));
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}

function remembered(make: (character: string) => Ways): (character: string) => Ways {
  const made = new Map<string, Ways>();
  return (character) => {
    const ways = made.get(character) ?? make(character);
    made.set(character, ways);
    return ways;
  };
}
