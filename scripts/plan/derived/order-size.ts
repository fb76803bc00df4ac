import type { JourneySpec, StepSpec } from '../../../k6/journey-spec.ts';
import { sumBy } from '../../core/statistics.ts';

// How much an order of a journey is: turns with think time, and requests to the target.

/** What an order consists of. */
export type OrderSteps = Pick<JourneySpec, 'steps' | 'script'>;

/** Steps of an order on average, those counted each time that are done several times. */
export function meanJourneySteps({ steps, script }: OrderSteps): number {
  if (script !== null) return script.requestsPerOrder;
  return sumBy(steps, meanTimes);
}

/** Steps of the longest order. */
export function mostJourneySteps({ steps, script }: OrderSteps): number {
  if (script !== null) return script.requestsPerOrder;
  return sumBy(steps, (step) => Math.max(0, ...timesOf(step).map(({ count }) => count)));
}

/** Number by which a turn that ends an order well is known, from 0. */
export function lastJourneyStep({ steps, script }: OrderSteps): number {
  return (script === null ? steps.length : script.requestsPerOrder) - 1;
}

/** Requests of an order to the target on average, one a step; retries, polls and moves not counted. */
export function requestsPerOrder({ steps, chat, script }: OrderSteps & Pick<JourneySpec, 'chat'>): number {
  if (script !== null) return script.requestsPerOrder;
  // A payment is two updates; a bot that polls is sent none.
  const updates = (step: StepSpec): number => (step.kind === 'telegram' && step.act.do === 'pay' ? 2 : 1);
  return steps.reduce((sum, step) => {
    if (step.kind === 'telegram' && chat?.webhook === null) return sum;
    return sum + meanTimes(step) * updates(step);
  }, 0);
}

function meanTimes(step: StepSpec): number {
  return sumBy(timesOf(step), ({ count, shareRatio }) => count * shareRatio);
}

function timesOf(step: StepSpec): readonly { count: number; shareRatio: number }[] {
  return (step.kind === 'http' ? step.times : null) ?? [{ count: 1, shareRatio: 1 }];
}
