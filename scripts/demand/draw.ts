import type { DrawnSchedule } from '../core/schedule.ts';
import { sumOf } from '../core/statistics.ts';
import type { AnnouncedStep } from '../plan/derived/announced-steps.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { expectedStep } from './expected.ts';
import { poisson } from './poisson.ts';
import { randomStream } from './random.ts';

/** One multiple of the forecast, drawn: what k6 is to start, second by second. */
export interface StepSchedule {
  multiple: number;
  /** Whole seconds, like the two below. */
  warmUpMs: number;
  replayedMs: number;
  settleMs: number;
  /** One for each journey, in the plan's order. */
  schedules: readonly DrawnSchedule[];
  /** Expected orders in the step's busiest second (curve x multiple x scale), all journeys together. */
  peakOrdersPerSec: number;
  /** Expected orders of the whole step, warm-up and settle included. */
  expectedOrders: number;
}

/**
 * Draws one step. The same plan, multiple and index give the same schedule; steps and journeys have streams of
 * their own, so adding a journey changes no other one's draw.
 * - `poisson`: each second's count is drawn with the exact expectation of that second as its mean
 * - `even`: counts follow the integral; at the end of any second a journey is off it by at most half an order
 * @throws PeakproofError (exit 2) when the forecast or its replayed part is impossible.
 */
export function drawStep(plan: LaunchPlan, { index, multiple }: AnnouncedStep): StepSchedule {
  const step = expectedStep(plan, multiple);
  const schedules = plan.journeys.map(({ name, shareRatio }) => {
    const expectedPerSec = step.ordersPerSec.map((orders) => orders * shareRatio);
    const stream = `${plan.rehearsal.seed}/${index}/${name}`;
    return {
      journey: name,
      arrivalsPerSec:
        plan.rehearsal.arrivals === 'even' ? rounded(expectedPerSec) : drawn(expectedPerSec, stream),
    };
  });
  return {
    multiple,
    warmUpMs: step.warmUpMs,
    replayedMs: step.replayedMs,
    settleMs: step.settleMs,
    schedules,
    peakOrdersPerSec: step.ordersPerSec.reduce((most, orders) => Math.max(most, orders), 0),
    expectedOrders: sumOf(step.ordersPerSec),
  };
}

function drawn(expectedPerSec: readonly number[], stream: string): number[] {
  const random = randomStream(stream);
  return expectedPerSec.map((mean) => poisson(mean, random));
}

function rounded(expectedPerSec: readonly number[]): number[] {
  let expected = 0;
  let given = 0;
  return expectedPerSec.map((orders) => {
    expected += orders;
    const count = Math.max(0, Math.round(expected) - given);
    given += count;
    return count;
  });
}
