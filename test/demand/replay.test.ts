import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderRate } from '../../scripts/demand/curve.ts';
import { replayedPart } from '../../scripts/demand/replay.ts';
import type { Forecast, Replay } from '../../scripts/plan/launch-plan.ts';
import { codeOf, examplePlan, flat, HOUR_MS, line, MINUTE_MS } from './example-plan.ts';

const part = (forecast: Forecast, replay: Replay) =>
  replayedPart(examplePlan({ forecast, rehearsal: { replay } }));

describe('the replayed part', () => {
  it('around the peak is the whole-second window with the most orders', () => {
    const rates = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 12, maxLength: 40 });
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 11 }), (perSec, lengthSec) => {
        const forecast = line(...perSec.map((rate, second): [number, number] => [second * 1_000, rate]));
        const { fromMs, lengthMs } = part(forecast, { kind: 'around-peak', lengthMs: lengthSec * 1_000 });
        const curve = orderRate(forecast);
        const orders = curve.ordersBetween(fromMs, fromMs + lengthMs);
        expect(fromMs % 1_000).toBe(0);
        expect(fromMs + lengthMs).toBeLessThanOrEqual(forecast.windowMs);
        for (let second = 0; second + lengthSec < perSec.length; second++) {
          const other = curve.ordersBetween(second * 1_000, (second + lengthSec) * 1_000);
          expect(orders).toBeGreaterThanOrEqual(other * (1 - 1e-8));
        }
      }),
      { seed: 6 },
    );
  });

  it('around a push begins shortly after it and holds its peak', () => {
    const forecast = {
      ...flat(60_000, 9 * HOUR_MS),
      pushes: [{ atMs: HOUR_MS, shareRatio: 0.3, rampMs: 5 * MINUTE_MS, decayMs: HOUR_MS }],
    };
    const { fromMs, lengthMs } = part(forecast, { kind: 'around-peak', lengthMs: 10 * MINUTE_MS });
    const { peakAtMs } = orderRate(forecast);
    expect(fromMs).toBeGreaterThan(HOUR_MS);
    expect(fromMs).toBeLessThan(peakAtMs);
    expect(fromMs + lengthMs).toBeGreaterThan(peakAtMs);
  });

  it('stays in the window when the peak is at its edge', () => {
    const rising = line([0, 0], [100_000, 100]);
    expect(part(rising, { kind: 'around-peak', lengthMs: 30_000 })).toEqual({
      fromMs: 70_000,
      lengthMs: 30_000,
    });
    const falling = line([0, 100], [100_000, 0]);
    expect(part(falling, { kind: 'around-peak', lengthMs: 30_000 }).fromMs).toBe(0);
  });

  it('of a flat forecast is its beginning, rounding noise or not', () => {
    const forecast = flat(777_777, 9 * HOUR_MS);
    expect(part(forecast, { kind: 'around-peak', lengthMs: 7_000 }).fromMs).toBe(0);
  });

  it('is what the plan names, or everything', () => {
    const forecast = flat(60, HOUR_MS);
    const named = { fromMs: 50 * MINUTE_MS, lengthMs: 10 * MINUTE_MS };
    expect(part(forecast, { kind: 'from', ...named })).toEqual(named);
    expect(part(forecast, { kind: 'whole' })).toEqual({ fromMs: 0, lengthMs: HOUR_MS });
  });

  it.each<Replay>([
    { kind: 'around-peak', lengthMs: HOUR_MS + 1 },
    { kind: 'around-peak', lengthMs: 0 },
    { kind: 'from', fromMs: 50 * MINUTE_MS, lengthMs: 11 * MINUTE_MS },
  ])('outside the window is refused: $kind $lengthMs', (replay) => {
    expect(codeOf(() => part(flat(60, HOUR_MS), replay))).toBe('replay-outside-window');
  });
});
