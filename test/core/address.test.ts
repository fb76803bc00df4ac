import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeText, wireAddress, wireText } from '../../scripts/core/address.ts';

const ORIGIN = 'http://shop.example:8080';

/** As `new URL` writes it, with the two exceptions that are named at `wireAddress`. */
function byUrl(address: string): string {
  const url = new URL(address);
  url.hash = '';
  const path = url.pathname.replace(/[|^]/g, encodeURIComponent);
  const query = url.href.slice(url.origin.length + url.pathname.length);
  return url.origin + (path + query).replace(/%(?![\dA-Fa-f]{2})/g, '%25');
}

test.each([
  ['/promo/50%', '/promo/50%25'],
  ['/?q=чай', '/?q=%D1%87%D0%B0%D0%B9'],
  ['/a/../b/./c', '/b/c'],
  ['/a/%2E%2e/b', '/b'],
  ['/a%2Fb|c^d', '/a%2Fb%7Cc%5Ed'],
  ["/it's?it's", "/it's?it%27s"],
  ['/a\\b?a\\b', '/a/b?a\\b'],
  ['/menu#tea', '/menu'],
  ['/%zz%4', '/%25zz%254'],
])('%s goes out as %s', (path, expected) => {
  expect(wireAddress(ORIGIN + path)).toBe(ORIGIN + expected);
});

test('any address goes out as URL has it, and twice is as once', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme-ascii' }),
    fc.constantFrom('..', '.', '%2e', '/', '\\', '%', '%2', '%25', '?', "'", '#', '\t', '|', '\ud800', ' '),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const address = `${ORIGIN}/${pieces.join('')}`;
      const once = wireAddress(address);
      expect(once).toBe(byUrl(address));
      expect(wireAddress(once)).toBe(once);
    }),
    { numRuns: 5_000 },
  );
});

test('a piece of an address is written by where it stands', () => {
  expect(wireText("/50%/it's?a='")).toBe("/50%25/it's?a=%27");
  expect(wireText("'|", true)).toBe('%27|');
});

test('text of which half a character is missing can be encoded, too', () => {
  expect(encodeText('a/ч\ud800')).toBe('a%2F%D1%87%EF%BF%BD');
});
