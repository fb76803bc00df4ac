import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import {
  amount,
  duration,
  formatDurationMs,
  latency,
  multiple,
  parseDurationMs,
  parseLatency,
  parseMultiple,
  parseNumber,
  parseRatePerSec,
  parseRatio,
  ratePerSec,
  ratio,
} from '../../scripts/core/quantities.ts';

describe('parsers', () => {
  test.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['1.5h', 5_400_000],
    ['1h30m', 5_400_000],
    ['6d', 518_400_000],
    [0, 0],
    ['0', 0],
    [10, null],
    ['10', null],
    ['-5s', null],
    ['5 s', null],
    ['', null],
    [null, null],
    [`${'9'.repeat(400)}s`, null],
  ])('the duration %j is %s ms', (written, ms) => expect(parseDurationMs(written)).toBe(ms));

  test.each([
    ['5%', 0.05],
    ['0.05', 0.05],
    [0.05, 0.05],
    ['-5%', null],
    ['5 %', null],
    [Number.NaN, null],
  ])('the ratio %j is %s', (written, value) => expect(parseRatio(written)).toBe(value));

  test.each([
    ['60k', 60_000],
    ['1.1k', 1_100],
    ['1.5M', 1_500_000],
    ['10_000', null],
    ['1K', null],
    ['9'.repeat(400), null],
    [Number.POSITIVE_INFINITY, null],
  ])('the number %j is %s', (written, value) => expect(parseNumber(written)).toBe(value));

  test.each([
    ['40/s', 40],
    ['120/min', 2],
    ['1.8k/h', 0.5],
    ['40', null],
    [40, null],
    ['/s', null],
  ])('the rate %j is %s per second', (written, value) => expect(parseRatePerSec(written)).toBe(value));

  test.each([
    ['3x', 3],
    [3.5, 3.5],
    ['x', null],
  ])('the multiple %j is %s', (written, value) => expect(parseMultiple(written)).toBe(value));

  test.each([
    ['2s', { shape: 'fixed', ms: 2_000 }],
    [
      { median: '80ms', sigma: 0.4 },
      { shape: 'lognormal', medianMs: 80, sigma: 0.4 },
    ],
    [
      { min: '50ms', max: '90ms' },
      { shape: 'uniform', minMs: 50, maxMs: 90 },
    ],
    [
      { mean: '80ms', stddev: '10ms' },
      { shape: 'normal', meanMs: 80, stddevMs: 10 },
    ],
    [{ min: '90ms', max: '50ms' }, null],
    [{ median: '80ms', sigma: -1 }, null],
    [{ median: '80ms', sigma: 6 }, null],
    [{ median: '80ms' }, null],
    [{ median: '80ms', sigma: 1, extra: 1 }, null],
    [2, null],
  ])('the latency %j is %j', (written, value) => expect(parseLatency(written)).toEqual(value));
});

describe('zod types', () => {
  test.each([
    ['below the minimum', duration({ minMs: 1_000 }), '999ms', 'at least 1 s'],
    ['part of a second', duration({ wholeSeconds: true }), '1500ms', 'in whole seconds'],
    ['above the maximum', ratio({ max: 0.5 }), '51%', 'to 50%'],
    ['no whole number', amount({ integer: true }), 1.5, 'a whole number'],
    ['nothing', ratePerSec(), undefined, 'a rate with its unit'],
    ['a multiple of 0', multiple(), 0, 'above 0'],
    ['a latency of no form', latency(), {}, 'a latency: 2s'],
  ])('refuse %s with what is allowed', (_name, type, value, allowed) => {
    const result = type.safeParse(value);
    expect(result.success).toBe(false);
    expect(result.error?.issues).toHaveLength(1);
    expect(result.error?.issues[0]?.message).toContain(allowed);
  });

  it('accept text that YAML made of a number', () => {
    expect(amount({ integer: true }).parse('7')).toBe(7);
  });

  test.each([
    [duration({ minMs: 1 }), '90s', 90],
    [ratio(), '5%', true],
    [amount(), '60k', '6k0'],
    [ratePerSec(), '40/s', 40],
    [multiple(), '3x', -1],
  ])('say in JSON Schema what text they accept', (type, good, bad) => {
    const schema = z.toJSONSchema(type, { io: 'input' });
    const text = schema.anyOf?.find((form) => typeof form === 'object' && form.type === 'string');
    const pattern = new RegExp((typeof text === 'object' && text.pattern) || 'none');
    expect(pattern.test(good)).toBe(true);
    expect(pattern.test('${' + 'NAME}')).toBe(true);
    expect(typeof bad === 'string' && pattern.test(bad)).toBe(false);
  });

  it('give every latency form to JSON Schema', () => {
    expect(z.toJSONSchema(latency(), { io: 'input' }).anyOf).toHaveLength(5);
  });
});

describe('formatDurationMs', () => {
  test.each([
    [250, '250 ms'],
    [6_100, '6.1 s'],
    [90_000, '1 m 30 s'],
    [32_400_000, '9 h'],
    [90_061_000, '1 d 1 h 1 m 1 s'],
  ])('writes %d ms as %s', (ms, text) => expect(formatDurationMs(ms)).toBe(text));

  it('of whole seconds from a minute on reads back as the same duration', () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 10_000_000 }), (seconds) => {
        const written = formatDurationMs(seconds * 1_000).replaceAll(' ', '');
        expect(parseDurationMs(written)).toBe(seconds * 1_000);
      }),
    );
  });
});
