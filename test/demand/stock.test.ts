import { describe, expect, it } from 'vitest';
import { PARTNER_KINDS, type PartnerSpec } from '../../mock-services/registry.ts';
import { cafesOf, stockAtStart } from '../../scripts/demand/stock.ts';
import type { LaunchPlan } from '../../scripts/plan/launch-plan.ts';
import { examplePlan, MINUTE_MS } from './example-plan.ts';

const cafe = (
  name: string,
  share: number | null,
  stock: Record<string, number>,
  menu: string[] = ['tea', 'latte'],
): PartnerSpec => ({
  name,
  ...PARTNER_KINDS.cafe.schema.parse({ kind: 'cafe', stock, menu, ...(share === null ? {} : { share }) }),
});

const promo = (name: string, keys: Record<string, unknown>): PartnerSpec => ({
  name,
  ...PARTNER_KINDS.promo.schema.parse({ kind: 'promo', ...keys }),
});

const PAY: PartnerSpec = { name: 'pay', ...PARTNER_KINDS.payment.schema.parse({ kind: 'payment' }) };

/** 10 orders/s, so 6,000 in the ten minutes before the replayed part. */
const planWith = (partners: LaunchPlan['partners'], scale = 1) =>
  examplePlan({
    partners,
    rehearsal: { scale, replay: { kind: 'from', fromMs: 10 * MINUTE_MS, lengthMs: MINUTE_MS } },
  });

describe('stock at the start of a step', () => {
  it('is what the forecast leaves: half of the orders take tea, all of them paper', () => {
    const plan = planWith([cafe('bean', 1, { tea: 5_000, latte: 3_500, paper: 6_100 }), PAY]);
    expect(stockAtStart(plan)).toEqual({ bean: { tea: 2_000, latte: 500, paper: 100 } });
  });

  it('is never below 0', () => {
    expect(stockAtStart(planWith([cafe('bean', 1, { tea: 2_999, paper: 1 })]))).toEqual({
      bean: { tea: 0, paper: 0 },
    });
  });

  it('is used up by the café’s own share of the orders', () => {
    const plan = planWith([cafe('bean', 0.75, { paper: 5_000 }), cafe('leaf', 0.25, { paper: 5_000 })]);
    expect(stockAtStart(plan)).toEqual({ bean: { paper: 500 }, leaf: { paper: 3_500 } });
  });

  it('shrinks with the scale, and so does what is used', () => {
    const plan = planWith([cafe('bean', 1, { tea: 5_001, paper: 6_100 })], 0.1);
    expect(stockAtStart(plan)).toEqual({ bean: { tea: 200, paper: 10 } });
  });

  it('is the whole stock when the replayed part begins with the window', () => {
    const plan = examplePlan({ partners: [cafe('bean', 1, { tea: 7 })] });
    expect(stockAtStart(plan)).toEqual({ bean: { tea: 7 } });
  });

  it('does not depend on the multiple', () => {
    const partners = [cafe('bean', 1, { paper: 6_500 })];
    const plan = planWith(partners);
    const five = { ...plan, rehearsal: { ...plan.rehearsal, multiples: [5], mustHold: 5 } };
    expect(stockAtStart(five)).toEqual({ bean: { paper: 500 } });
  });
});

describe('the budget of a promo at the start of a step', () => {
  it('is what the forecast leaves: a voucher for each order', () => {
    const plan = planWith([promo('gift', { voucher: 150, budget: '1M' })]);
    expect(stockAtStart(plan)).toEqual({ gift: { budget: 100_000 } });
  });

  it('pays for the prizes that draws win on average', () => {
    const prizes = [
      { value: 1_000, odds: '1%' },
      { value: 50, odds: '10%' },
    ];
    const plan = planWith([promo('gift', { voucher: 0, budget: '100k', prizes })]);
    // 6,000 draws of 10 + 5 each.
    expect(stockAtStart(plan)).toEqual({ gift: { budget: 10_000 } });
  });

  it('is never below 0', () => {
    expect(stockAtStart(planWith([promo('gift', { voucher: 150, budget: 899_999 })]))).toEqual({
      gift: { budget: 0 },
    });
  });

  it('shrinks with the scale, and so does what is used', () => {
    const plan = planWith([promo('gift', { voucher: 150, budget: '1M' })], 0.1);
    expect(stockAtStart(plan)).toEqual({ gift: { budget: 10_000 } });
  });

  it('is not said where it has no end', () => {
    expect(stockAtStart(planWith([promo('gift', { voucher: 150 })]))).toEqual({});
  });
});

describe('the cafés’ shares', () => {
  it.each([
    { shares: [null], expected: [1] },
    { shares: [null, null], expected: [0.5, 0.5] },
    { shares: [0.4, null, null], expected: [0.4, 0.3, 0.3] },
    { shares: [0.4, 0.6], expected: [0.4, 0.6] },
    { shares: [1, null], expected: [1, 0] },
  ])('of $shares are $expected', ({ shares, expected }) => {
    const plan = planWith(shares.map((share, index) => cafe(`cafe-${index}`, share, {})));
    const cafes = cafesOf(plan);
    for (const [index, { shareRatio }] of cafes.entries()) {
      expect(shareRatio).toBeCloseTo(expected[index] ?? Number.NaN, 12);
    }
    expect(cafes).toHaveLength(shares.length);
  });

  it('go with the greatest moves of the faults that befall them, 0 without one', () => {
    const faults: LaunchPlan['faults'] = JSON.parse(
      `[{"partner":"bean","moves":0.2},{"partner":"bean","moves":0.6},{"partner":"bean","moves":0.1},
        {"partner":"leaf"},{"partner":"pay","moves":1}]`,
    );
    const plan = { ...planWith([cafe('bean', 0.6, {}), cafe('leaf', 0.4, {}), PAY]), faults };
    expect(cafesOf(plan).map(({ name, movesRatio }) => [name, movesRatio])).toEqual([
      ['bean', 0.6],
      ['leaf', 0],
    ]);
  });

  it('are empty without a café', () => {
    expect(cafesOf(planWith([PAY]))).toEqual([]);
  });
});
