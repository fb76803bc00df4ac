import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LONGEST_ITEM } from '../../k6/journeys/http/answers.ts';
import { redacted, redactor, SHORTEST_CUT, withoutSecrets } from '../../scripts/core/secrets.ts';
import { runs } from '../support/stories/tales.ts';

const AWKWARD = 'p@ss/w"o<rd>\'&+ ü';
const SECRETS = [AWKWARD, 'Zx81plainToken', "back\\slash!(~*)'😀Straße", 'BEGIN\r\nfirst\tsecond\nEND'];

const each = (text: string, write: (character: string) => string): string => Array.from(text, write).join('');
const hexOf = (text: string): string => Buffer.from(text).toString('hex');
const percent = (text: string): string => hexOf(text).replace(/../g, '%$&');
const small = (text: string): string => text.replace(/%[\dA-F]{2}/g, (byte) => byte.toLowerCase());
const strict = (text: string): string => encodeURIComponent(text).replace(/[!'()*~]/g, percent);
const units = (text: string): string =>
  text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
const numbered = (character: string, zeros = ''): string => `&#${zeros}${character.codePointAt(0)};`;
const hexNumbered = (character: string, zeros = ''): string =>
  `&#x${zeros}${character.codePointAt(0)?.toString(16)};`;
const NAMES: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };
const named = (text: string): string => text.replace(/[&<>"']/g, (character) => `&${NAMES[character]};`);

const ENCODINGS: [string, (secret: string) => string][] = [
  ['as it is', (secret) => secret],
  ['on one line', (secret) => secret.replace(/\p{Cc}+/gu, ' ')],
  ['in capitals', (secret) => secret.toUpperCase()],
  ['in small letters', (secret) => secret.toLowerCase()],
  ['in a URL', encodeURIComponent],
  ['in a URL, in small letters', (secret) => small(encodeURIComponent(secret))],
  ['in a URL, strictly', strict],
  ['in a URL, strictly, in small letters', (secret) => small(strict(secret))],
  ['in a URL, every character', percent],
  ['in a URL, in capitals', (secret) => encodeURIComponent(secret.toUpperCase())],
  ['in a form', (secret) => new URLSearchParams({ '': secret }).toString().slice(1)],
  ['in JSON', (secret) => JSON.stringify(secret).slice(1, -1)],
  [
    'in JSON of Python',
    (secret) =>
      JSON.stringify(secret)
        .slice(1, -1)
        .replace(/[^ -~]/g, units),
  ],
  [
    'in JSON of PHP',
    (secret) =>
      JSON.stringify(secret)
        .slice(1, -1)
        .replaceAll('/', '\\/')
        .replace(/[^ -~]/g, units),
  ],
  [
    'in JSON for HTML',
    (secret) =>
      JSON.stringify(secret)
        .slice(1, -1)
        .replace(/[<>&'ü]/g, units),
  ],
  ['in JSON, every character', units],
  ['in JSON, every character, in capitals', (secret) => units(secret).toUpperCase().replaceAll('\\U', '\\u')],
  ['in HTML', named],
  ['in HTML of Python', (secret) => named(secret).replaceAll('&apos;', '&#x27;')],
  ['in HTML of PHP', (secret) => named(secret).replaceAll('&apos;', '&#039;')],
  ['in HTML, by numbers', (secret) => each(secret, (one) => numbered(one))],
  ['in HTML, by numbers with zeros', (secret) => each(secret, (one) => numbered(one, '00'))],
  ['in HTML, by hexadecimal numbers', (secret) => each(secret, (one) => hexNumbered(one))],
  ['in HTML, in capitals', (secret) => each(secret, (one) => hexNumbered(one, '00').toUpperCase())],
  ['as bytes', hexOf],
  ['as bytes in capitals', (secret) => hexOf(secret).toUpperCase()],
  ['in base64', (secret) => Buffer.from(secret).toString('base64')],
  ['in base64 for a URL', (secret) => Buffer.from(secret).toString('base64url')],
];

describe.each(SECRETS)('the secret %j', (secret) => {
  const redact = redactor([secret]);

  test.each(ENCODINGS)('is taken out %s', (_where, encode) => {
    expect(redact(`token ${encode(secret)} refused`)).toBe('token [secret] refused');
    expect(redact(encode(secret))).toBe('[secret]');
  });

  test.each(ENCODINGS)('leaves no beginning where a text was cut, %s', (_where, encode) => {
    const encoded = encode(secret);
    const before = '-'.repeat(64);
    for (let length = Math.max(6, encode(secret.charAt(0)).length); length < encoded.length; length++) {
      expect(redact(`${before}${encoded.slice(0, length)}`)).toBe(`${before}[secret]`);
    }
    expect(redact(encoded.slice(0, 14), true)).toBe('[secret]');
  });

  test.each(['base64', 'base64url'] as const)('is taken out of longer texts in %s', (encoding) => {
    for (const before of ['', 'u', 'us', 'user:', 'Bearer ']) {
      for (const after of ['', '!', ' and more']) {
        const left = redact(Buffer.from(before + secret + after).toString(encoding));
        expect(left).toMatch(/^[\w+/-]{0,10}\[secret\][\w+/=-]{0,16}$/);
      }
    }
  });
});

test('base64 is taken out as it stands in JSON and in a URL too', () => {
  const secret = '???>>>~~~ooo';
  const base64 = Buffer.from(`${secret}x`).toString('base64');
  expect(base64).toMatch(/[+/]/);
  const redact = redactor([secret]);
  for (const text of [base64.replaceAll('/', '\\/'), encodeURIComponent(base64)]) {
    expect(redact(`a ${text} b`)).toMatch(/^a \[secret\][\w%=]{0,8} b$/);
  }
});

test('encodings mixed in one text make no difference', () => {
  expect(redactor([AWKWARD])('<p%40SS\\/w&#34;o&lt;rd>\\u0027&amp;%2b+%C3%9C>')).toBe('<[secret]>');
});

describe('of secrets that overlap', () => {
  test('the longer one is taken out whole', () => {
    for (const secrets of [
      ['abcdef', 'abcdefghij'],
      ['abcdefghij', 'abcdef'],
    ]) {
      const redact = redactor(secrets);
      expect(redact('x abcdefghij y abcdef z')).toBe('x [secret] y [secret] z');
    }
    expect(redactor(['cdefgh', 'abcdefghij'])('x abcdefghij y')).toBe('x [secret] y');
  });

  test('nothing is left where one begins in the other', () => {
    expect(redactor(['abcdef', 'defghijkl'])('x abcdefghijkl y')).toBe('x [secret] y');
    expect(redactor(['ababab'])('x ababababa y')).toBe('x [secret]a y');
  });

  test('each that stands by itself has its own mark', () => {
    expect(redactor(['abcdef', 'uvwxyz'])('abcdefuvwxyz')).toBe('[secret][secret]');
  });
});

test('a text that may not have been cut keeps what looks like the beginning of a secret', () => {
  const redact = redactor(['checkout-7f3a91']);
  expect(redact('POST /checkout')).toBe('POST /checkout');
  expect(redact('POST /checkout', true)).toBe('POST /[secret]');
  expect(redact(`${'x'.repeat(80)}check`)).toBe(`${'x'.repeat(80)}check`);
});

test('a long secret is no matter: it is searched for character by character', () => {
  const secret = Array.from({ length: 12_000 }, (_, index) => `${index % 97}\\/`).join('');
  const redact = redactor([secret]);
  expect(redact(`a ${secret} ${encodeURIComponent(secret)}`)).toBe('a [secret] [secret]');
  expect(redact(`a ${JSON.stringify(secret).slice(1, -9)}`)).toBe('a [secret]');
});

test('repetition in a text costs no more than its length', () => {
  const redact = redactor([`${'\\'.repeat(60)}x`]);
  const text = '\\'.repeat(2_000);
  expect(redact(text, false)).toBe(text);
});

test('without a secret every text stays', () => {
  expect(redactor([])('abc', true)).toBe('abc');
  expect(redactor([''])('abc', true)).toBe('abc');
});

test('lone surrogates are no reason to fail', () => {
  expect(redactor(['abc\ud800def'])('x abc\ud800def y abc\\ud800def')).toBe('x [secret] y [secret]');
});

test('a letter whose lower case is longer moves nothing', () => {
  expect(redactor([AWKWARD])(`İİ ${AWKWARD} İ`)).toBe('İİ [secret] İ');
});

test('what holds no secret is not copied', () => {
  const value = { list: [{ text: 'x' }], at: 900_123, missing: null };
  expect(redacted(value, redactor(['900123']))).toBe(value);
});

test('errors of any kind lose their secrets and stay what they are', () => {
  const redact = redactor(['s3cret-token']);
  const details = { details: ['one', 's3cret-token'], hint: 'run `x s3cret-token`' };
  const error = Object.assign(new RangeError('no s3cret-token'), details);
  expect(withoutSecrets(error, redact)).toBe(error);
  expect(error).toMatchObject({
    message: 'no [secret]',
    details: ['one', '[secret]'],
    hint: 'run `x [secret]`',
  });
  expect(error.stack).not.toContain('s3cret');
  expect(withoutSecrets(new DOMException('s3cret-token'), redact).message).toBe('[secret]');
  expect(withoutSecrets('s3cret-token', redact)).toBe('s3cret-token');
});

/** Ways to write one character; all that a text may mix. */
const WAYS: ((character: string) => string)[] = [
  (one) => one,
  (one) => one.toUpperCase(),
  (one) => one.toLowerCase(),
  percent,
  (one) => percent(one).toUpperCase(),
  strict,
  (one) => (one === ' ' ? '+' : one),
  (one) => JSON.stringify(one).slice(1, -1),
  (one) => (one === '/' ? '\\/' : one),
  units,
  named,
  (one) => numbered(one, '0'),
  (one) => hexNumbered(one, '000').toUpperCase(),
];

const secretText = fc
  .array(fc.constantFrom(...'aZk09%25\\u&#;x+/"\'<> ~!üßÇ漢😀\n'), { minLength: 6, maxLength: 30 })
  .map((characters) => characters.join(''));

test('no output contains a secret, in whatever mixture of encodings', () => {
  const written = secretText.chain((secret) => {
    const ways = fc.array(fc.constantFrom(...WAYS), { minLength: 30, maxLength: 30 });
    return fc.tuple(fc.constant(secret), ways);
  });
  fc.assert(
    fc.property(written, fc.string(), ([secret, ways], other) => {
      const text = Array.from(secret, (character, index) => ways[index]?.(character)).join('');
      expect(redactor([other, secret])(`§${text}§`)).not.toContain(text);
      expect(redactor([secret])(`§${text}§`)).toBe('§[secret]§');
    }),
    runs(300),
  );
});

test('no output contains a secret in any one encoding', () => {
  fc.assert(
    fc.property(secretText, fc.constantFrom(...ENCODINGS), (secret, [, encode]) => {
      const text = encode(secret);
      expect(redactor([secret])(`§${text}§`)).toBe('§[secret]§');
    }),
    runs(300),
  );
});

test('the shortest text that may have been cut is as long as an item’s name is cut to', () => {
  expect(SHORTEST_CUT).toBe(LONGEST_ITEM);
});
