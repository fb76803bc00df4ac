import { PeakproofError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit-codes.ts';
import { DAY_MS, formatDurationMs } from '../../core/quantities.ts';
import { sumBy } from '../../core/statistics.ts';
import type { Forecast, PushMessage } from '../../plan/launch-plan.ts';
import type { DemandShape } from './demand-shape.ts';

type OrdersForecast = Extract<Forecast, { form: 'orders' }>;

/** Share of its orders that a component has brought by an offset (0 to 1), and the density of that share per ms. */
interface Component {
  shareBefore: (offsetMs: number) => number;
  densityPerMs: (offsetMs: number) => number;
}

// Schedules are drawn by whole seconds, so a shorter decay could not be told apart; 0 would be no rate at all.
const SHORTEST_DECAY_MS = 1_000;

/**
 * `orders` in the window = a daily wave + the pushes. Each component is renormalised to the window, so the whole
 * integral is exactly `orders` and a push brings exactly its share of them: what its tail would have brought after
 * the window's end is spread over the part inside in proportion.
 */
export function ordersShape(forecast: OrdersForecast): DemandShape {
  const pushedRatio = sumBy(forecast.pushes, (push) => push.shareRatio);
  if (pushedRatio > 1 + 1e-9) throw pushSharesTooHigh(pushedRatio);
  const parts = [
    {
      orders: forecast.orders * Math.max(0, 1 - pushedRatio),
      ...withinWindow(dailyWave(forecast), 0, forecast.windowMs),
    },
    ...forecast.pushes.map((push, index) => {
      if (push.atMs >= forecast.windowMs) throw pushOutsideWindow(push, index, forecast.windowMs);
      return {
        orders: forecast.orders * push.shareRatio,
        ...withinWindow(response(push), push.atMs, forecast.windowMs),
      };
    }),
  ];
  return {
    ratePerSecAt: (offsetMs) => 1_000 * sumBy(parts, (part) => part.orders * part.densityPerMs(offsetMs)),
    ordersBefore: (offsetMs) => sumBy(parts, (part) => part.orders * part.shareBefore(offsetMs)),
  };
}

/** Moves a component to its start and divides it by what it brings until the window's end. */
function withinWindow(component: Component, startMs: number, windowMs: number): Component {
  const inside = component.shareBefore(windowMs - startMs);
  return {
    shareBefore: (offsetMs) => (offsetMs <= startMs ? 0 : component.shareBefore(offsetMs - startMs) / inside),
    densityPerMs: (offsetMs) =>
      offsetMs < startMs ? 0 : component.densityPerMs(offsetMs - startMs) / inside,
  };
}

/** 1 + (D-1) cos(2 pi (t - peak) / 24 h); at D above 2 it would be negative at night. */
function dailyWave(forecast: OrdersForecast): Component {
  if (!forecast.diurnal) return { shareBefore: (offsetMs) => offsetMs, densityPerMs: () => 1 };
  const { peakToMean, peakAtMs } = forecast.diurnal;
  if (!(peakToMean >= 1 && peakToMean <= 2)) throw diurnalOutOfRange(peakToMean);
  const amplitude = peakToMean - 1;
  const angle = (2 * Math.PI) / DAY_MS;
  const phase = (offsetMs: number): number => angle * (offsetMs - peakAtMs);
  return {
    shareBefore: (offsetMs) =>
      offsetMs + (amplitude / angle) * (Math.sin(phase(offsetMs)) - Math.sin(phase(0))),
    densityPerMs: (offsetMs) => Math.max(0, 1 + amplitude * Math.cos(phase(offsetMs))),
  };
}

/** Response to a push: (e^(-t/decay) - e^(-t/ramp)) / (decay - ramp), t from the push; integral 1 over all time. */
function response(push: PushMessage): Component {
  const decayMs = Math.max(push.decayMs, SHORTEST_DECAY_MS);
  const { rampMs } = push;
  if (rampMs === 0) {
    return {
      shareBefore: (offsetMs) => -Math.expm1(-offsetMs / decayMs),
      densityPerMs: (offsetMs) => Math.exp(-offsetMs / decayMs) / decayMs,
    };
  }
  // Near ramp = decay the difference quotient loses its digits; its limit there is t/tau^2 e^(-t/tau).
  if (Math.abs(rampMs - decayMs) < 1e-5 * decayMs) {
    const tauMs = (rampMs + decayMs) / 2;
    return {
      shareBefore: (offsetMs) => 1 - (1 + offsetMs / tauMs) * Math.exp(-offsetMs / tauMs),
      densityPerMs: (offsetMs) => (offsetMs / tauMs ** 2) * Math.exp(-offsetMs / tauMs),
    };
  }
  return {
    shareBefore: (offsetMs) =>
      (rampMs * Math.expm1(-offsetMs / rampMs) - decayMs * Math.expm1(-offsetMs / decayMs)) /
      (decayMs - rampMs),
    densityPerMs: (offsetMs) =>
      (Math.exp(-offsetMs / decayMs) - Math.exp(-offsetMs / rampMs)) / (decayMs - rampMs),
  };
}

function diurnalOutOfRange(peakToMean: number): PeakproofError {
  return new PeakproofError({
    code: 'diurnal-out-of-range',
    message: `forecast.diurnal.peakToMean is ${peakToMean}; allowed is 1 to 2, since above 2 a daily wave has hours with fewer than no orders.`,
    hint: 'Describe a sharper peak with forecast.pushes or with forecast.curve.',
    exitCode: EXIT.usage,
  });
}

function pushOutsideWindow(push: PushMessage, index: number, windowMs: number): PeakproofError {
  return new PeakproofError({
    code: 'push-outside-window',
    message: `forecast.pushes[${index}].at is ${formatDurationMs(push.atMs)}; the window ends after ${formatDurationMs(windowMs)}.`,
    hint: 'Move the push into the window or make forecast.window longer.',
    exitCode: EXIT.usage,
  });
}

function pushSharesTooHigh(pushedRatio: number): PeakproofError {
  return new PeakproofError({
    code: 'push-shares-too-high',
    message: `The shares of forecast.pushes sum to ${(pushedRatio * 100).toFixed(1)} %; allowed is at most 100 %.`,
    hint: 'Lower the shares: what they leave is the demand that comes without a push.',
    exitCode: EXIT.usage,
  });
}
