import type { LaunchPlan } from '../plan/launch-plan.ts';
import { orderRate } from './curve.ts';
import { replayedPart } from './replay.ts';

/** What a step is meant to bring, all journeys together, before anything is drawn. Whole seconds throughout. */
export interface ExpectedStep {
  warmUpMs: number;
  replayedMs: number;
  settleMs: number;
  /** Expected orders in each second from the start of the warm-up. */
  ordersPerSec: readonly number[];
}

/**
 * Warm-up climbs in a straight line from 0 to the first rate of the replayed part; the replayed part is the curve
 * times multiple and scale; settle is the rate at the end of the replayed part, at 1x and scale. Lengths are rounded
 * up to whole seconds.
 * @throws PeakproofError as `orderRate` and `replayedPart` do.
 */
export function expectedStep(plan: LaunchPlan, multiple: number): ExpectedStep {
  const { scale, warmUpMs, settleMs } = plan.rehearsal;
  const curve = orderRate(plan.forecast);
  const part = replayedPart(plan);
  const factor = multiple * scale;
  const warmUpSec = Math.ceil(warmUpMs / 1_000);
  const replayedSec = Math.ceil(part.lengthMs / 1_000);
  const settleSec = Math.ceil(settleMs / 1_000);
  const firstRatePerSec = curve.ratePerSecAt(part.fromMs) * factor;
  const endMs = Math.min(part.fromMs + replayedSec * 1_000, curve.windowMs);
  const settledRatePerSec = curve.ratePerSecAt(endMs) * scale;
  const replayed = (second: number): number => {
    const fromMs = part.fromMs + second * 1_000;
    return curve.ordersBetween(fromMs, fromMs + 1_000) * factor;
  };
  return {
    warmUpMs: warmUpSec * 1_000,
    replayedMs: replayedSec * 1_000,
    settleMs: settleSec * 1_000,
    ordersPerSec: [
      // Area of second s under the line from 0 to the first rate.
      ...Array.from({ length: warmUpSec }, (_, second) => (firstRatePerSec * (second + 0.5)) / warmUpSec),
      ...Array.from({ length: replayedSec }, (_, second) => replayed(second)),
      ...Array.from({ length: settleSec }, () => settledRatePerSec),
    ],
  };
}

/** The seconds that are judged and charged: replayed part and settle. */
export function measuredOrdersPerSec(step: ExpectedStep): readonly number[] {
  return step.ordersPerSec.slice(step.warmUpMs / 1_000);
}
