import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawStep } from '../../scripts/demand/draw.ts';
import { codeOf, examplePlan, flat, HOUR_MS, journey, line, MINUTE_MS } from './example-plan.ts';

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

describe('a drawn step', () => {
  it('has warm-up, replayed part and settle in whole seconds, rounded up', () => {
    const plan = examplePlan({
      rehearsal: { warmUpMs: 1_500, settleMs: 2_001, replay: { kind: 'from', fromMs: 0, lengthMs: 9_999 } },
    });
    const step = drawStep(plan, { multiple: 3, index: 0 });
    expect(step).toMatchObject({ multiple: 3, warmUpMs: 2_000, replayedMs: 10_000, settleMs: 3_000 });
    expect(step.schedules[0]?.arrivalsPerSec).toHaveLength(15);
  });

  it('climbs from 0 to the first rate, replays times multiple and scale, settles at 1x', () => {
    const plan = examplePlan({
      forecast: line([0, 100], [100_000, 300]),
      rehearsal: {
        arrivals: 'even',
        scale: 0.5,
        warmUpMs: 10_000,
        settleMs: 5_000,
        replay: { kind: 'from', fromMs: 50_000, lengthMs: 20_000 },
      },
    });
    const { schedules, peakOrdersPerSec, expectedOrders } = drawStep(plan, { multiple: 4, index: 0 });
    const perSec = schedules[0]?.arrivalsPerSec ?? [];
    // 200/s x 4 x 0.5 = 400/s at the start, 240/s x 0.5 in settle
    expect(perSec.slice(0, 10)).toEqual([20, 60, 100, 140, 180, 220, 260, 300, 340, 380]);
    expect(perSec.slice(10, 30)).toEqual(Array.from({ length: 20 }, (_, second) => 402 + 4 * second));
    expect(perSec.slice(30)).toEqual(Array(5).fill(120));
    expect(peakOrdersPerSec).toBeCloseTo(478, 9);
    expect(expectedOrders).toBeCloseTo(2_000 + 8_800 + 600, 6);
  });

  it('settles at the forecast rate even where that is above the step', () => {
    const plan = examplePlan({ rehearsal: { arrivals: 'even', settleMs: 3_000 } });
    const step = drawStep(plan, { multiple: 0.5, index: 0 });
    expect(step.schedules[0]?.arrivalsPerSec.slice(-3)).toEqual([10, 10, 10]);
    expect(step.peakOrdersPerSec).toBeCloseTo(10, 9);
  });

  it('works without warm-up and settle', () => {
    const plan = examplePlan({ rehearsal: { arrivals: 'even', warmUpMs: 0, settleMs: 0 } });
    expect(sum(drawStep(plan, { multiple: 2, index: 0 }).schedules[0]?.arrivalsPerSec ?? [])).toBe(72_000);
  });

  it('is refused like its replayed part', () => {
    const replay = { kind: 'around-peak', lengthMs: 2 * HOUR_MS } as const;
    expect(codeOf(() => drawStep(examplePlan({ rehearsal: { replay } }), { multiple: 1, index: 0 }))).toBe(
      'replay-outside-window',
    );
  });
});

describe('Poisson arrivals', () => {
  const journeys = [journey('checkout', 0.8), journey('chat', 0.2)];
  const plan = examplePlan({ journeys });
  const arrivals = (step: ReturnType<typeof drawStep>, name: string): readonly number[] =>
    step.schedules.find((schedule) => schedule.journey === name)?.arrivalsPerSec ?? [];

  it('are the same for the same seed, others for another seed or step', () => {
    const step = drawStep(plan, { multiple: 3, index: 1 });
    expect(drawStep(plan, { multiple: 3, index: 1 })).toEqual(step);
    expect(drawStep(plan, { multiple: 3, index: 2 }).schedules).not.toEqual(step.schedules);
    expect(
      drawStep(examplePlan({ journeys, rehearsal: { seed: 8 } }), { multiple: 3, index: 1 }).schedules,
    ).not.toEqual(step.schedules);
  });

  it('of a journey do not change when another journey is added', () => {
    const more = examplePlan({ journeys: [journey('bot', 0.1), ...journeys] });
    expect(arrivals(drawStep(more, { multiple: 3, index: 1 }), 'chat')).toEqual(
      arrivals(drawStep(plan, { multiple: 3, index: 1 }), 'chat'),
    );
  });

  it('have the expected number, shared by the journeys, and the variance of chance', () => {
    const step = drawStep(plan, { multiple: 3, index: 0 });
    for (const { name, shareRatio } of journeys) {
      const counts = arrivals(step, name);
      const expected = step.expectedOrders * shareRatio;
      expect(Math.abs(sum(counts) - expected)).toBeLessThan(4 * Math.sqrt(expected));
      const replayed = counts.slice(30, 3_630);
      const mean = 30 * shareRatio;
      const variance = sum(replayed.map((count) => (count - mean) ** 2)) / replayed.length;
      expect(Math.abs(variance - mean)).toBeLessThan(4 * Math.sqrt((mean + 2 * mean ** 2) / replayed.length));
    }
  });

  it('of two journeys and of two steps are not correlated', () => {
    const first = drawStep(plan, { multiple: 3, index: 0 });
    const pairs = [
      [arrivals(first, 'checkout'), 24, arrivals(first, 'chat'), 6],
      [arrivals(first, 'checkout'), 24, arrivals(drawStep(plan, { multiple: 3, index: 1 }), 'checkout'), 24],
    ] as const;
    for (const [one, oneMean, other, otherMean] of pairs) {
      const products = one
        .slice(30, 3_630)
        .map((count, second) => (count - oneMean) * ((other[30 + second] ?? Number.NaN) - otherMean));
      const correlation = sum(products) / products.length / Math.sqrt(oneMean * otherMean);
      expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(products.length));
    }
  });
});

describe('even arrivals', () => {
  it('are never off the integral by more than half an order, at the end of any second', () => {
    const shapes = fc.record({
      orders: fc.integer({ min: 1, max: 100_000 }),
      shareRatio: fc.double({ min: 0.01, max: 1, noNaN: true }),
      multiple: fc.double({ min: 0.1, max: 10, noNaN: true }),
      rampMs: fc.integer({ min: 0, max: MINUTE_MS }),
    });
    fc.assert(
      fc.property(shapes, ({ orders, shareRatio, multiple, rampMs }) => {
        const forecast = {
          ...flat(orders, 10 * MINUTE_MS),
          pushes: [{ atMs: MINUTE_MS, shareRatio: 0.5, rampMs, decayMs: MINUTE_MS }],
        };
        const rehearsal = { arrivals: 'even', warmUpMs: 0, settleMs: 0 } as const;
        const step = drawStep(examplePlan({ forecast, rehearsal, journeys: [journey('a', shareRatio)] }), {
          multiple,
          index: 0,
        });
        const counts = step.schedules[0]?.arrivalsPerSec ?? [];
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(0);
        expect(counts.every(Number.isInteger)).toBe(true);
        const total = orders * multiple * shareRatio;
        expect(Math.abs(sum(counts) - total)).toBeLessThanOrEqual(0.5 + 1e-6);
        // Up to the push there is half of the orders' flat rate.
        for (let second = 1; second <= 60; second++) {
          const integral = (total * 0.5 * second) / 600;
          expect(Math.abs(sum(counts.slice(0, second)) - integral)).toBeLessThanOrEqual(0.5 + 1e-6);
        }
      }),
      { seed: 8, numRuns: 50 },
    );
  });
});
