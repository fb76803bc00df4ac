import type { Forecast } from '../plan/launch-plan.ts';
import { ordersShape } from './orders-shape.ts';
import { pointsShape } from './points-shape.ts';

/** How many orders the forecast expects, and when, at 1x of production. */
export interface RateCurve {
  windowMs: number;
  /** Orders started per second at an offset from the window's start; 0 outside the window. Never negative. */
  ratePerSecAt: (offsetMs: number) => number;
  /** Exact integral of the rate, in orders. What lies outside the window counts 0. */
  ordersBetween: (fromMs: number, toMs: number) => number;
  /** The window of a length (at most the whole window, at whole seconds) with the most orders; the first of equals. */
  busiest: (lengthMs: number) => { fromMs: number; orders: number };
  /** Start of the whole second with the most orders. */
  readonly peakAtMs: number;
  /** Orders in that second. */
  readonly peakRatePerSec: number;
}

/**
 * The arrival curve of a forecast.
 * @throws PeakproofError (exit 2) `diurnal-out-of-range`, `push-outside-window`, `push-shares-too-high` when the
 * forecast describes no rate that is positive and integrable.
 */
export function orderRate(forecast: Forecast): RateCurve {
  const { windowMs } = forecast;
  const shape = forecast.form === 'orders' ? ordersShape(forecast) : pointsShape(forecast);
  const before = (offsetMs: number): number => shape.ordersBefore(Math.max(0, Math.min(offsetMs, windowMs)));
  // Rounding of two large integrals can leave -1e-12 between two offsets without demand.
  const ordersBetween = (fromMs: number, toMs: number): number => Math.max(0, before(toMs) - before(fromMs));
  const peak = once(() => busiestWindow(before, windowMs, Math.min(1_000, windowMs)));
  return {
    windowMs,
    ratePerSecAt: (offsetMs) => (offsetMs < 0 || offsetMs > windowMs ? 0 : shape.ratePerSecAt(offsetMs)),
    ordersBetween,
    busiest: (lengthMs) => busiestWindow(before, windowMs, Math.min(lengthMs, windowMs)),
    get peakAtMs() {
      return peak().fromMs;
    },
    get peakRatePerSec() {
      return peak().orders / (Math.min(1_000, windowMs) / 1_000);
    },
  };
}

function busiestWindow(before: (offsetMs: number) => number, windowMs: number, lengthMs: number) {
  let best = { fromMs: 0, orders: before(lengthMs) };
  for (let fromMs = 1_000; fromMs + lengthMs <= windowMs; fromMs += 1_000) {
    const orders = before(fromMs + lengthMs) - before(fromMs);
    // Relative margin: rounding noise on a flat curve must not move the window about.
    if (orders > best.orders * (1 + 1e-9)) best = { fromMs, orders };
  }
  return best;
}

function once<T>(compute: () => T): () => T {
  let known: { value: T } | null = null;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}
