import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderRate } from '../../scripts/demand/curve.ts';
import { codeOf, flat, HOUR_MS, line, MINUTE_MS, type OrdersForecast } from './example-plan.ts';

const DAY_MS = 24 * HOUR_MS;

const ordersForecast: fc.Arbitrary<OrdersForecast> = fc
  .record({
    orders: fc.integer({ min: 1, max: 10_000_000 }),
    windowMs: fc.integer({ min: 20 * MINUTE_MS, max: 3 * DAY_MS }),
    peakToMean: fc.double({ min: 1, max: 2, noNaN: true }),
    peakAtMs: fc.integer({ min: 0, max: DAY_MS }),
    pushes: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 0.9, noNaN: true }),
        shareRatio: fc.double({ min: 0, max: 0.33, noNaN: true }),
        rampMs: fc.integer({ min: 10_000, max: HOUR_MS }),
        decayMs: fc.integer({ min: 10_000, max: 3 * HOUR_MS }),
      }),
      { maxLength: 3 },
    ),
  })
  .map(({ orders, windowMs, peakToMean, peakAtMs, pushes }) => ({
    form: 'orders',
    orders,
    windowMs,
    diurnal: { peakToMean, peakAtMs },
    pushes: pushes.map(({ at, ...push }) => ({ ...push, atMs: Math.floor(at * windowMs) })),
  }));

/** Simpson's rule between the offsets where the rate has a kink. */
function quadrature(rate: (offsetMs: number) => number, edgesMs: readonly number[]): number {
  let total = 0;
  for (const [index, fromMs] of edgesMs.slice(0, -1).entries()) {
    const toMs = edgesMs[index + 1] ?? fromMs;
    const panels = 400;
    const widthMs = (toMs - fromMs) / panels;
    for (let panel = 0; panel <= panels; panel++) {
      const weight = panel === 0 || panel === panels ? 1 : panel % 2 === 1 ? 4 : 2;
      // At its right edge the rate may already be the next piece's.
      const atMs = panel === panels ? toMs - 1e-6 : fromMs + panel * widthMs;
      total += (weight * rate(atMs) * widthMs) / 3_000;
    }
  }
  return total;
}

const pushed = (
  rampMs: number,
  decayMs: number,
  atMs = 0,
  windowMs = 6 * DAY_MS,
  shareRatio = 1,
): OrdersForecast => ({
  ...flat(1_000_000, windowMs),
  pushes: [{ atMs, shareRatio, rampMs, decayMs }],
});

describe('the curve of a forecast of orders', () => {
  it('integrates to exactly the orders of the forecast', () => {
    fc.assert(
      fc.property(ordersForecast, (forecast) => {
        const orders = orderRate(forecast).ordersBetween(0, forecast.windowMs);
        expect(Math.abs(orders / forecast.orders - 1)).toBeLessThan(1e-12);
      }),
      { seed: 1 },
    );
  });

  it('has the integral that numeric quadrature of its rate finds', () => {
    fc.assert(
      fc.property(ordersForecast, fc.double({ min: 0, max: 1, noNaN: true }), (forecast, where) => {
        const curve = orderRate(forecast);
        const fromMs = where * (forecast.windowMs - 10 * MINUTE_MS);
        const toMs = fromMs + 10 * MINUTE_MS;
        const kinks = forecast.pushes.map(({ atMs }) => atMs).filter((ms) => ms > fromMs && ms < toMs);
        const numeric = quadrature(curve.ratePerSecAt, [fromMs, ...kinks.sort((a, b) => a - b), toMs]);
        expect(Math.abs(curve.ordersBetween(fromMs, toMs) - numeric)).toBeLessThan(1e-6 * forecast.orders);
      }),
      { seed: 2 },
    );
  });

  it('is never negative, and its integrals add up', () => {
    fc.assert(
      fc.property(
        ordersForecast,
        fc.array(fc.double({ min: -0.1, max: 1.1, noNaN: true }), { minLength: 3, maxLength: 20 }),
        (forecast, points) => {
          const curve = orderRate(forecast);
          const offsetsMs = points.map((point) => point * forecast.windowMs).sort((a, b) => a - b);
          const first = offsetsMs[0] ?? 0;
          const last = offsetsMs.at(-1) ?? 0;
          let sum = 0;
          for (const [index, offsetMs] of offsetsMs.entries()) {
            expect(curve.ratePerSecAt(offsetMs)).toBeGreaterThanOrEqual(0);
            const piece = curve.ordersBetween(offsetsMs[index - 1] ?? offsetMs, offsetMs);
            expect(piece).toBeGreaterThanOrEqual(0);
            sum += piece;
          }
          expect(Math.abs(sum - curve.ordersBetween(first, last))).toBeLessThan(1e-9 * forecast.orders);
        },
      ),
      { seed: 3 },
    );
  });

  it('finds the busiest window at whole seconds, the first of equals, as looking at each of them would', () => {
    fc.assert(
      fc.property(ordersForecast, fc.integer({ min: 500, max: 2 * HOUR_MS }), (forecast, askedMs) => {
        const curve = orderRate(forecast);
        const lengthMs = Math.min(askedMs, forecast.windowMs);
        let best = { fromMs: 0, orders: curve.ordersBetween(0, lengthMs) };
        for (let fromMs = 1_000; fromMs + lengthMs <= forecast.windowMs; fromMs += 1_000) {
          const orders = curve.ordersBetween(fromMs, fromMs + lengthMs);
          if (orders > best.orders * (1 + 1e-9)) best = { fromMs, orders };
        }
        expect(curve.busiest(askedMs)).toEqual(best);
      }),
      { seed: 3, numRuns: 15 },
    );
  });

  it('is flat without wave and pushes, and 0 outside the window', () => {
    const curve = orderRate(flat(36_000, HOUR_MS));
    for (const offsetMs of [0, 1_234, HOUR_MS]) expect(curve.ratePerSecAt(offsetMs)).toBeCloseTo(10, 9);
    for (const offsetMs of [-1, HOUR_MS + 1]) expect(curve.ratePerSecAt(offsetMs)).toBe(0);
    expect(curve.ordersBetween(-HOUR_MS, 2 * HOUR_MS)).toBe(36_000);
    expect([curve.peakAtMs, curve.peakRatePerSec]).toEqual([0, 10]);
  });

  it('over a whole day has the wave that the plan names: peak D times the mean', () => {
    const forecast = { ...flat(864_000, DAY_MS), diurnal: { peakToMean: 1.6, peakAtMs: 4 * HOUR_MS } };
    const curve = orderRate(forecast);
    expect(curve.ratePerSecAt(4 * HOUR_MS)).toBeCloseTo(16, 9);
    expect(curve.ratePerSecAt(16 * HOUR_MS)).toBeCloseTo(4, 9);
    expect(curve.peakRatePerSec).toBeCloseTo(16, 6);
    expect(Math.abs(curve.peakAtMs - 4 * HOUR_MS)).toBeLessThanOrEqual(2_000);
  });

  it('renormalises the wave to a window that is shorter than a day', () => {
    const forecast = { ...flat(324_000, 9 * HOUR_MS), diurnal: { peakToMean: 2, peakAtMs: 0 } };
    // Mean of 1 + cos over 9 h: 1 + sin(2 pi 9/24) / (2 pi 9/24) = 1.30011
    expect(orderRate(forecast).ratePerSecAt(0)).toBeCloseTo((10 * 2) / 1.30011, 3);
  });
});

describe('the response to a push', () => {
  it.each([
    { rampMs: 5 * MINUTE_MS, decayMs: HOUR_MS },
    { rampMs: 3 * MINUTE_MS, decayMs: 30 * MINUTE_MS },
    { rampMs: HOUR_MS, decayMs: 5 * MINUTE_MS },
  ])('peaks where and as high as theory says: $rampMs, $decayMs', ({ rampMs, decayMs }) => {
    const curve = orderRate(pushed(rampMs, decayMs));
    const ratio = rampMs / decayMs;
    const peakAtMs = ((rampMs * decayMs) / (decayMs - rampMs)) * -Math.log(ratio);
    const peakPerSec = (1e6 / (decayMs / 1_000)) * ratio ** (rampMs / (decayMs - rampMs));
    expect(Math.abs(curve.peakAtMs - peakAtMs)).toBeLessThanOrEqual(1_500);
    expect(curve.peakRatePerSec / peakPerSec).toBeCloseTo(1, 4);
  });

  it('brings nothing before it is sent and exactly its share in the window, its tail cut or not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9 * HOUR_MS - MINUTE_MS }),
        fc.integer({ min: 0, max: HOUR_MS }),
        fc.integer({ min: 0, max: 5 * HOUR_MS }),
        (atMs, rampMs, decayMs) => {
          const curve = orderRate(pushed(rampMs, decayMs, atMs, 9 * HOUR_MS, 0.3));
          const base = (0.7 * 1e6 * atMs) / (9 * HOUR_MS);
          expect(Math.abs(curve.ordersBetween(0, atMs) - base)).toBeLessThan(1e-6);
          expect(Math.abs(curve.ordersBetween(atMs, 9 * HOUR_MS) - (1e6 - base))).toBeLessThan(1e-6);
        },
      ),
      { seed: 4 },
    );
  });

  it('has a rate of the same shape on both sides of ramp = decay', () => {
    const tauMs = 10 * MINUTE_MS;
    const rates = [0, 1, 3, 10, 100].map((offMs) =>
      orderRate(pushed(tauMs, tauMs + offMs)).ratePerSecAt(7 * MINUTE_MS),
    );
    // 1e6 orders of 600 s: t/tau^2 e^(-t/tau) at 420 s
    const expected = ((1e6 * 420) / 600 ** 2) * Math.exp(-420 / 600);
    for (const rate of rates) expect(rate / expected).toBeCloseTo(1, 3);
    expect(rates[0]).toBeCloseTo(expected, 6);
  });

  it.each([
    [0, 0],
    [0, MINUTE_MS],
    [MINUTE_MS, 0],
    [1, 1],
  ])('has a finite rate and its whole share with ramp %i and decay %i', (rampMs, decayMs) => {
    const curve = orderRate(pushed(rampMs, decayMs, HOUR_MS, 9 * HOUR_MS));
    expect(curve.ordersBetween(HOUR_MS, 9 * HOUR_MS)).toBeCloseTo(1e6, 3);
    expect(Number.isFinite(curve.ratePerSecAt(HOUR_MS))).toBe(true);
  });
});

describe('a forecast that is no rate', () => {
  it.each([
    ['diurnal-out-of-range', { ...flat(1, HOUR_MS), diurnal: { peakToMean: 2.1, peakAtMs: 0 } }],
    ['diurnal-out-of-range', { ...flat(1, HOUR_MS), diurnal: { peakToMean: 0.9, peakAtMs: 0 } }],
    ['push-outside-window', pushed(MINUTE_MS, HOUR_MS, HOUR_MS, HOUR_MS)],
    ['push-shares-too-high', pushed(MINUTE_MS, HOUR_MS, 0, HOUR_MS, 1.01)],
  ])('is refused as %s', (code, forecast) => {
    expect(codeOf(() => orderRate(forecast))).toBe(code);
  });
});

describe('the curve through points', () => {
  const curve = orderRate(line([0, 0], [10_000, 100], [20_000, 100], [40_000, 0]));

  it.each([
    [0, 0],
    [5_000, 50],
    [10_000, 100],
    [15_000, 100],
    [30_000, 50],
    [40_000, 0],
    [40_001, 0],
  ])('has at %i ms the rate %i', (offsetMs, rate) => {
    expect(curve.ratePerSecAt(offsetMs)).toBeCloseTo(rate, 9);
  });

  it.each([
    [0, 10_000, 500],
    [0, 5_000, 125],
    [10_000, 20_000, 1_000],
    [20_000, 40_000, 1_000],
    [5_000, 30_000, 375 + 1_000 + 750],
    [0, 40_000, 2_500],
    [-1, 99_000, 2_500],
  ])('has from %i to %i ms the area %i', (fromMs, toMs, orders) => {
    expect(curve.ordersBetween(fromMs, toMs)).toBeCloseTo(orders, 9);
  });

  it('jumps where two points stand at the same offset', () => {
    const jump = orderRate(line([0, 10], [5_000, 10], [5_000, 1_000], [9_000, 1_000]));
    expect([4_999, 5_000, 9_000].map(jump.ratePerSecAt)).toEqual([10, 1_000, 1_000]);
    expect(jump.ordersBetween(0, 9_000)).toBe(50 + 4_000);
    expect([jump.peakAtMs, jump.peakRatePerSec]).toEqual([5_000, 1_000]);
  });

  it('has the integral that quadrature finds', () => {
    const points = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 900_000 }), fc.integer({ min: 0, max: 5_000 })),
      {
        minLength: 2,
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(points, (steps) => {
        let atMs = 0;
        const ascending = steps.map(([lengthMs, rate], index): [number, number] => {
          atMs += index === 0 ? 0 : lengthMs;
          return [atMs, rate];
        });
        const any = orderRate(line(...ascending));
        const numeric = quadrature(
          any.ratePerSecAt,
          ascending.map(([ms]) => ms),
        );
        expect(any.ordersBetween(0, atMs)).toBeCloseTo(numeric, 1);
      }),
      { seed: 5 },
    );
  });
});
