import { describe, expect, it } from 'vitest';
import { sliceLengths } from '../../scripts/demand/slices.ts';
import { examplePlan, flat, HOUR_MS, journey, line, MINUTE_MS } from './example-plan.ts';

describe('the length of a slice', () => {
  it.each([
    { perSec: 1_000, sliceMs: 1_000 },
    { perSec: 100, sliceMs: 1_000 },
    { perSec: 99, sliceMs: 2_000 },
    { perSec: 50, sliceMs: 2_000 },
    { perSec: 49, sliceMs: 5_000 },
    { perSec: 20, sliceMs: 5_000 },
    { perSec: 19, sliceMs: 10_000 },
    { perSec: 10, sliceMs: 10_000 },
    { perSec: 9, sliceMs: 60_000 },
    { perSec: 100 / 60, sliceMs: 60_000 },
  ])('at $perSec orders/s is $sliceMs ms', ({ perSec, sliceMs }) => {
    const plan = examplePlan({ forecast: flat(perSec * 3_600, HOUR_MS) });
    expect(sliceLengths(plan)).toEqual({
      sliceMs,
      ruleSliceMs: sliceMs,
      journeySliceMs: { checkout: sliceMs },
      journeyStepSliceMs: {},
      warning: null,
    });
  });

  it('is 60 s with a warning that names who is too few', () => {
    const plan = examplePlan({
      forecast: flat(2 * 3_600, HOUR_MS),
      journeys: [journey('checkout', 0.9), journey('chat', 0.1)],
    });
    const { sliceMs, journeySliceMs, warning } = sliceLengths(plan);
    expect([sliceMs, journeySliceMs]).toEqual([60_000, { checkout: 60_000, chat: 60_000 }]);
    expect(warning).toContain('chat');
    expect(warning).not.toContain('checkout');
    expect(warning).not.toContain('all events');
  });

  it('is chosen for each journey by its own share', () => {
    const plan = examplePlan({
      forecast: flat(200 * 3_600, HOUR_MS),
      journeys: [journey('checkout', 0.9), journey('chat', 0.1)],
    });
    expect(sliceLengths(plan)).toMatchObject({
      sliceMs: 1_000,
      journeySliceMs: { checkout: 1_000, chat: 5_000 },
    });
  });

  it('goes by the lowest multiple and the scale', () => {
    const forecast = flat(100 * 3_600, HOUR_MS);
    expect(
      sliceLengths(examplePlan({ forecast, rehearsal: { multiples: [2, 4], settleMs: 0 } })).sliceMs,
    ).toBe(1_000);
    const scaled = examplePlan({ forecast, rehearsal: { multiples: [2, 4], settleMs: 0, scale: 0.25 } });
    expect(sliceLengths(scaled).sliceMs).toBe(2_000);
  });

  it.each([
    { settleMs: 5_000, sliceMs: 1_000 },
    { settleMs: 6_000, sliceMs: 5_000 },
  ])(
    'forgives 5 % of the slices: of 100 s, $settleMs ms of settle at 10/s give $sliceMs',
    ({ settleMs, sliceMs }) => {
      const plan = examplePlan({
        forecast: flat(10 * 3_600, HOUR_MS),
        rehearsal: {
          multiples: [20],
          settleMs,
          replay: { kind: 'from', fromMs: 0, lengthMs: 100_000 - settleMs },
        },
      });
      expect(sliceLengths(plan).sliceMs).toBe(sliceMs);
    },
  );

  it('leaves the warm-up out', () => {
    const plan = examplePlan({
      forecast: flat(100 * 60, MINUTE_MS),
      rehearsal: { warmUpMs: 10 * MINUTE_MS, settleMs: 0 },
    });
    expect(sliceLengths(plan).sliceMs).toBe(1_000);
  });

  it('without a whole slice of measured time is 60 s with a warning', () => {
    const plan = examplePlan({ forecast: line([0, 1], [1_000, 1]), rehearsal: { settleMs: 0 } });
    expect(sliceLengths(plan)).toMatchObject({ sliceMs: 60_000 });
    expect(sliceLengths(plan).warning).toContain('all events');
  });

  it.each([
    { perSec: 50, chatMs: 10_000 },
    { perSec: 10, chatMs: 60_000 },
    { perSec: 1_000, chatMs: 1_000 },
  ])('of the plan’s own is longer for a journey that it could not judge: at $perSec/s $chatMs', (one) => {
    const plan = examplePlan({
      forecast: flat(one.perSec * 3_600, HOUR_MS),
      slo: { timeSliceMs: 1_000 },
      journeys: [journey('checkout', 0.96), journey('chat', 0.04)],
    });
    const { sliceMs, journeySliceMs } = sliceLengths(plan);
    expect([sliceMs, journeySliceMs['chat']]).toEqual([1_000, one.chatMs]);
  });

  it.each([
    { perSec: 20, checkoutMs: 1_000 },
    { perSec: 5, checkoutMs: 5_000 },
  ])('of the plan’s own is longer for an only journey, too: at $perSec/s $checkoutMs', (one) => {
    const plan = examplePlan({ forecast: flat(one.perSec * 3_600, HOUR_MS), slo: { timeSliceMs: 1_000 } });
    const { sliceMs, journeySliceMs } = sliceLengths(plan);
    expect([sliceMs, journeySliceMs['checkout']]).toEqual([1_000, one.checkoutMs]);
  });

  it('is the plan’s own for all, if it has one', () => {
    const plan = examplePlan({ slo: { timeSliceMs: 2_000 } });
    expect(sliceLengths(plan)).toEqual({
      sliceMs: 2_000,
      ruleSliceMs: 10_000,
      journeySliceMs: { checkout: 2_000 },
      journeyStepSliceMs: {},
      warning: null,
    });
  });

  it('is long enough for 100 turns of a journey step after think time, whatever the plan says for all', () => {
    const plan = examplePlan({
      forecast: flat(60 * 3_600, HOUR_MS),
      slo: { timeSliceMs: 1_000 },
      client: { thinkTime: { shape: 'fixed', ms: 2_000 } },
    });
    const { journeySliceMs, journeyStepSliceMs } = sliceLengths(plan);
    expect([journeySliceMs, journeyStepSliceMs]).toEqual([{ checkout: 1_000 }, { checkout: 2_000 }]);
  });
});
