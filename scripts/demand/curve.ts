import type { Forecast } from '../plan/launch-plan.ts';
import { ordersShape } from './shapes/orders-shape.ts';
import { pointsShape } from './shapes/points-shape.ts';

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

/** Looking through a window of months takes seconds, and every part of a plan asks for it. */
const known = new WeakMap<Forecast, RateCurve>();

/**
 * The arrival curve of a forecast, which must not change afterwards.
 * @throws PeakproofError (exit 2) `diurnal-out-of-range`, `push-outside-window`, `push-shares-too-high` when the
 * forecast describes no rate that is positive and integrable.
 */
export function orderRate(forecast: Forecast): RateCurve {
  const rate = known.get(forecast) ?? rateOf(forecast);
  known.set(forecast, rate);
  return rate;
}

function rateOf(forecast: Forecast): RateCurve {
  const { windowMs } = forecast;
  const shape = forecast.form === 'orders' ? ordersShape(forecast) : pointsShape(forecast);
  const before = (offsetMs: number): number => shape.ordersBefore(Math.max(0, Math.min(offsetMs, windowMs)));
  // Rounding of two large integrals can leave -1e-12 between two offsets without demand.
  const ordersBetween = (fromMs: number, toMs: number): number => Math.max(0, before(toMs) - before(fromMs));
  const found = new Map<number, { fromMs: number; orders: number }>();
  const busiest = (askedMs: number) => {
    const lengthMs = Math.min(askedMs, windowMs);
    const window = found.get(lengthMs) ?? busiestWindow(before, windowMs, lengthMs);
    found.set(lengthMs, window);
    return window;
  };
  return {
    windowMs,
    ratePerSecAt: (offsetMs) => (offsetMs < 0 || offsetMs > windowMs ? 0 : shape.ratePerSecAt(offsetMs)),
    ordersBetween,
    busiest,
    get peakAtMs() {
      return busiest(1_000).fromMs;
    },
    get peakRatePerSec() {
      return busiest(1_000).orders / (Math.min(1_000, windowMs) / 1_000);
    },
  };
}

/** So many windows are looked at one by one. */
const FEW_SECONDS = 64;

function busiestWindow(before: (offsetMs: number) => number, windowMs: number, lengthMs: number) {
  let best = { fromMs: 0, orders: before(lengthMs) };
  // Relative margin: rounding noise on a flat curve must not move the window about.
  const isMore = (orders: number): boolean => orders > best.orders * (1 + 1e-9);
  const look = (fromSec: number, toSec: number): void => {
    // No window that starts between the two has more orders than lie from the first one's start to the last one's end.
    if (!isMore(before(toSec * 1_000 + lengthMs) - before(fromSec * 1_000))) return;
    if (toSec - fromSec >= FEW_SECONDS) {
      const middleSec = Math.floor((fromSec + toSec) / 2);
      look(fromSec, middleSec);
      look(middleSec + 1, toSec);
      return;
    }
    for (let fromMs = fromSec * 1_000; fromMs <= toSec * 1_000; fromMs += 1_000) {
      const orders = before(fromMs + lengthMs) - before(fromMs);
      if (isMore(orders)) best = { fromMs, orders };
    }
  };
  const lastSec = Math.floor((windowMs - lengthMs) / 1_000);
  if (lastSec >= 1) look(1, lastSec);
  return best;
}
