import { PeakproofError } from '../core/errors.ts';
import { EXIT } from '../core/exit-codes.ts';
import { sumBy } from '../core/statistics.ts';
import { announcedSteps, outerMultiples } from '../plan/derived/announced-steps.ts';
import { requestsPerOrder } from '../plan/derived/order-size.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { drawStep } from './draw.ts';
import { expectedStep } from './expected.ts';

/**
 * Refuses, before any traffic, a plan that is too much for its own cap or that is no load at all.
 * @throws PeakproofError (exit 2) `rate-too-high`: requests per second in the expected busiest second of the highest
 * multiple (one request a step of a journey; retries, polls and moves not counted) are above `target.maxRate`;
 * `no-load`: a step would start no order; and as `orderRate` and `replayedPart` do.
 */
export function checkRates(plan: LaunchPlan): void {
  const peak = peakRates(plan);
  if (peak.requestsPerSec > plan.target.maxRatePerSec * (1 + 1e-9)) throw rateTooHigh(plan, peak);
  for (const step of announcedSteps(plan)) {
    const { schedules, expectedOrders } = drawStep(plan, step);
    const anything = schedules.some(({ arrivalsPerSec }) => arrivalsPerSec.some((count) => count > 0));
    if (!anything) throw noLoad(step.multiple, expectedOrders);
  }
}

interface PeakRates {
  multiple: number;
  ordersPerSec: number;
  /** Requests; retries, polls and moves not counted. */
  perOrder: number;
  requestsPerSec: number;
}

/** What the highest multiple brings in its busiest second, as expected. */
export function peakRates(plan: LaunchPlan): PeakRates {
  const { highest: multiple } = outerMultiples(announcedSteps(plan));
  const ordersPerSec = expectedStep(plan, multiple).ordersPerSec.reduce(
    (most, orders) => Math.max(most, orders),
    0,
  );
  // Who taps twice sends one more.
  const perOrder = sumBy(
    plan.journeys,
    (journey) => journey.shareRatio * (requestsPerOrder(journey) + plan.client.doubleTapRatio),
  );
  return { multiple, ordersPerSec, perOrder, requestsPerSec: ordersPerSec * perOrder };
}

function rateTooHigh(plan: LaunchPlan, peak: PeakRates): PeakproofError {
  const { multiple, ordersPerSec, perOrder, requestsPerSec } = peak;
  const fitting = (multiple * plan.target.maxRatePerSec) / requestsPerSec;
  return new PeakproofError({
    code: 'rate-too-high',
    message: `At ${multiple}x the plan peaks at ${figure(ordersPerSec)} orders/s = ${figure(requestsPerSec)} requests/s (${figure(perOrder)} an order, retries not counted); target.maxRate allows ${figure(plan.target.maxRatePerSec)}/s.`,
    hint: `Raise target.maxRate if the target may get that much, or lower rehearsal.multiples or rehearsal.scale: up to ${figure(fitting)}x fits.`,
    exitCode: EXIT.usage,
  });
}

function noLoad(multiple: number, expectedOrders: number): PeakproofError {
  return new PeakproofError({
    code: 'no-load',
    message: `At ${multiple}x not one order would start: the plan expects ${figure(expectedOrders)} orders in the whole step.`,
    hint: 'Check forecast and rehearsal.scale, or replay a busier or longer part of the window.',
    exitCode: EXIT.usage,
  });
}

function figure(value: number): string {
  return String(Number(value.toPrecision(value < 1_000 ? 3 : 6)));
}
