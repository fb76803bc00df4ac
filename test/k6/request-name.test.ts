import { expect, test } from 'vitest';
import { requestName } from '../../k6/request-name.ts';

test.each([
  ['/menu', 'GET /menu'],
  ['/', 'GET /'],
  ['http://shop.example', 'GET /'],
  ['https://shop.example:8443/v1/orders/42?full=1#top', 'GET /v1/orders/*'],
  ['/orders/8c1f2a7e-1111-4aaa-a000-000000000001/lines', 'GET /orders/*/lines'],
  ['/tickets/t-12', 'GET /tickets/*'],
  [`/pages/${'x'.repeat(40)}`, 'GET /pages/*'],
])('%s is labelled %j', (url, expected) => {
  expect(requestName(`get ${url}`)).toBe(expected);
});
