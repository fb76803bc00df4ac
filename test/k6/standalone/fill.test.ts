import { describe, expect, test } from 'vitest';
import { type Environment, fillIn, type StandaloneSpec, secretMark } from '../../../k6/standalone/fill.ts';
import { journey, LOAD_SPEC, step } from '../../support/journeys.ts';

const baked = (parts: Partial<StandaloneSpec> = {}): StandaloneSpec => ({
  spec: {
    ...LOAD_SPEC,
    runId: 'spring',
    baseUrl: 'http://127.0.0.1:8080/shop',
    journeys: [
      journey([
        step({
          headers: { Authorization: `Bearer ${secretMark('TOKEN')}` },
          json: { keys: [`${secretMark('TOKEN')}-${secretMark('OTHER')}`] },
        }),
      ]),
    ],
  },
  secrets: ['TOKEN', 'OTHER'],
  allowHosts: ['staging.example.com'],
  partnerVariables: {},
  ...parts,
});

const SECRETS = { TOKEN: 'token-1', OTHER: 'other-1' };
const fill = (env: Environment, parts: Partial<StandaloneSpec> = {}) =>
  fillIn(baked(parts), { ...SECRETS, ...env }, 'fresh');

test('puts secrets wherever the plan had them, and leaves the script as it was baked', () => {
  const before = baked();
  const { spec, problem } = fillIn(before, SECRETS, 'fresh');
  expect(problem).toBeNull();
  expect(spec.journeys[0]?.steps[0]).toMatchObject({
    headers: { Authorization: 'Bearer token-1' },
    body: { json: { keys: ['token-1-other-1'] } },
  });
  expect(before).toEqual(baked());
});

test('tells which texts its log must not show', () => {
  expect(fill({ TOKEN: undefined }).hidden).toEqual(['other-1']);
});

test('names every secret that is not set or empty, at once', () => {
  expect(fill({ TOKEN: undefined, OTHER: '' }).problem).toMatch(/TOKEN is not set.*; OTHER is not set/);
});

describe('the target', () => {
  test("is the plan's, or the one that is given, without a slash at its end", () => {
    expect(fill({}).spec.baseUrl).toBe('http://127.0.0.1:8080/shop');
    expect(fill({ TARGET_URL: 'http://localhost:9/' }).spec.baseUrl).toBe('http://localhost:9');
  });

  test.each([
    'http://127.0.0.9',
    'http://[::1]:8080',
    'https://staging.example.com/prefix',
    'https://STAGING.example.com.:8443',
  ])('%s may be loaded', (url) => {
    expect(fill({ TARGET_URL: url }).problem).toBeNull();
  });

  test.each([
    'http://shop.example.com',
    'http://staging.example.com.evil.example',
    'http://127.0.0.1@shop.example.com',
    'http://127.0.0.1:80@shop.example.com',
    'http://127.0.0.1\\@shop.example.com',
    'http://localhost?.shop.example.com',
    'http://localhost#.shop.example.com',
    'ftp://localhost',
    'localhost:8080',
  ])('%s may not', (url) => {
    expect(fill({ TARGET_URL: url }).problem).toContain(`TARGET_URL is ${url}`);
  });
});

describe('partners that shoppers talk to', () => {
  const partnerVariables = { telegram: 'PEAKPROOF_TELEGRAM_URL' };

  test('are where the environment says', () => {
    const { spec, problem } = fill(
      { PEAKPROOF_TELEGRAM_URL: 'http://127.0.0.1:9420/' },
      { partnerVariables },
    );
    expect([spec.partnerUrls, problem]).toEqual([{ telegram: 'http://127.0.0.1:9420' }, null]);
  });

  test('must be named, and be allowed hosts like the target', () => {
    expect(fill({}, { partnerVariables }).problem).toContain('where the mock partner telegram runs');
    expect(
      fill({ PEAKPROOF_TELEGRAM_URL: 'https://api.telegram.org' }, { partnerVariables }).problem,
    ).toContain('PEAKPROOF_TELEGRAM_URL is https://api.telegram.org; allowed: this machine');
  });
});

test('runs without a RUN_ID have ids of their own', () => {
  expect(fill({}).spec.runId).toBe('spring-fresh');
  expect(fill({ RUN_ID: 'both-pods' }).spec.runId).toBe('both-pods');
});
