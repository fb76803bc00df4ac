import { describe, expect, test } from 'vitest';
import { hostOf, nextHop } from '../../../k6/script/redirects.ts';

const FROM = 'http://shop.example/cart/items?page=2';

describe('a redirect', () => {
  test.each([
    ['/login', 'http://shop.example/login'],
    ['checkout', 'http://shop.example/cart/checkout'],
    ['?page=3', 'http://shop.example/cart/items?page=3'],
    ['//pay.example/x', 'http://pay.example/x'],
    ['https://pay.example/x#top', 'https://pay.example/x'],
  ])('to %s leads to %s', (location, url) => {
    expect(nextHop('GET', FROM, 302, location)?.url).toBe(url);
  });

  test('from an address without a path leads to one below it', () => {
    expect(nextHop('GET', 'http://shop.example', 302, 'menu')?.url).toBe('http://shop.example/menu');
  });

  test.each([
    ['POST', 303, 'GET', false],
    ['POST', 302, 'GET', false],
    ['HEAD', 301, 'HEAD', false],
    ['POST', 307, 'POST', true],
    ['PUT', 308, 'PUT', true],
  ])('of %s by %i is a %s', (method, status, next, keepsBody) => {
    expect(nextHop(method, FROM, status, '/x')).toMatchObject({ method: next, keepsBody });
  });

  test.each([
    [200, '/x'],
    [304, '/x'],
    [302, undefined],
  ])('is none: %i to %s', (status, location) => {
    expect(nextHop('GET', FROM, status, location)).toBeNull();
  });
});

test.each([
  ['http://Shop.example:80/x', 'Shop.example'],
  ['https://user:pw@shop.example/x', 'shop.example'],
  ['http://shop.example@evil.example/x', 'evil.example'],
  ['http://[::1]:8080/x', '[::1]'],
  ['http://shop.example\\@evil.example/', 'shop.example'],
  ['http://shop.example?x', 'shop.example'],
  ['ftp://shop.example', null],
  ['/menu', null],
])('the host of %s is %s', (url, host) => {
  expect(hostOf(url)).toBe(host);
});
