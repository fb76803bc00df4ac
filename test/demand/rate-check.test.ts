import { describe, expect, it } from 'vitest';
import { checkRates } from '../../scripts/demand/rate-check.ts';
import { codeOf, examplePlan, flat, HOUR_MS, journey } from './example-plan.ts';

// 10 orders/s at 1x; 0.8 x 3 + 0.2 x 8 = 4 requests an order
const planWith = (multiples: number[], maxRatePerSec: number, scale = 1) =>
  examplePlan({
    journeys: [journey('checkout', 0.8, 3), journey('chat', 0.2, 8)],
    rehearsal: { multiples, scale },
    target: { maxRatePerSec },
  });

describe('rates', () => {
  it.each([
    { multiples: [1, 3], max: 120, scale: 1, code: 'nothing thrown' },
    { multiples: [1, 3], max: 119, scale: 1, code: 'rate-too-high' },
    { multiples: [1, 3], max: 60, scale: 0.5, code: 'nothing thrown' },
    { multiples: [1, 3], max: 59, scale: 0.5, code: 'rate-too-high' },
    // Settle is at 1x even when the step is below.
    { multiples: [0.5], max: 39, scale: 1, code: 'rate-too-high' },
  ])(
    'of 40 requests/s at $multiples x scale $scale under a cap of $max: $code',
    ({ multiples, max, scale, code }) => {
      expect(codeOf(() => checkRates(planWith(multiples, max, scale)))).toBe(code);
    },
  );

  it('count those who tap twice', () => {
    const { client, ...plan } = planWith([1], 44);
    const code = (doubleTapRatio: number) =>
      codeOf(() => checkRates({ ...plan, client: { ...client, doubleTapRatio } }));
    expect([code(0.4), code(0.5)]).toEqual(['nothing thrown', 'rate-too-high']);
  });

  it('above the cap are named with what was asked, what is allowed and what would fit', () => {
    expect(() => checkRates(planWith([1, 4], 120))).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: expect.stringMatching(/4x.*40 orders\/s = 160 requests\/s.*allows 120\/s/),
        hint: expect.stringContaining('up to 3x fits'),
      }),
    );
  });

  it('that start no order in a step are refused', () => {
    const nothing = (orders: number) => examplePlan({ forecast: flat(orders, HOUR_MS) });
    expect(codeOf(() => checkRates(nothing(0)))).toBe('no-load');
    expect(codeOf(() => checkRates(nothing(0.001)))).toBe('no-load');
    expect(codeOf(() => checkRates(nothing(100)))).toBe('nothing thrown');
  });

  it('of an impossible replayed part are refused as such', () => {
    const replay = { kind: 'around-peak', lengthMs: 2 * HOUR_MS } as const;
    expect(codeOf(() => checkRates(examplePlan({ rehearsal: { replay } })))).toBe('replay-outside-window');
  });
});
