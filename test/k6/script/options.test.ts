import { expect, test } from 'vitest';
import { canaryOptions, guardOf, loadOptions } from '../../../k6/script/options.ts';

const OWN = {
  vus: 10,
  duration: '1m',
  stages: [{ duration: '1m', target: 5 }],
  scenarios: { a: {} },
  rps: 5,
  systemTags: ['url'],
  insecureSkipTLSVerify: true,
  tags: { team: 'shop', testid: 'mine' },
  thresholds: {
    http_req_duration: ['p(95)<500', { threshold: 'p(99)<900', abortOnFail: true }],
    checks: 'rate>0.9',
  },
};

test('the load keeps what is not the plan’s to say', () => {
  expect(loadOptions(OWN, { testid: 'run-1' })).toEqual({
    insecureSkipTLSVerify: true,
    tags: { team: 'shop', testid: 'run-1' },
    thresholds: { http_req_duration: ['p(95)<500', 'p(99)<900'], checks: ['rate>0.9'] },
  });
});

test('canaries have no thresholds', () => {
  expect(canaryOptions(OWN)).toEqual({ insecureSkipTLSVerify: true, tags: OWN.tags });
});

test('a script without options has none', () => {
  expect(loadOptions(undefined, {})).toEqual({ tags: {}, thresholds: {} });
  expect(guardOf(undefined, [])).toEqual({ allowHosts: [], maxRedirects: 10, throws: false });
});

test('what the options say of redirects and failures is kept for the requests', () => {
  expect(guardOf({ maxRedirects: 0, throw: true }, ['a.example'])).toEqual({
    allowHosts: ['a.example'],
    maxRedirects: 0,
    throws: true,
  });
});
