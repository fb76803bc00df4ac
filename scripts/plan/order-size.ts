import type { JourneySpec, StepSpec } from '../../k6/contract.ts';

// How much an order of a journey is: turns with think time, and requests to the target.

type Walk = Pick<JourneySpec, 'steps'>;

/** Steps of an order on average, those counted each time that are done several times. */
export function meanSteps({ steps }: Walk): number {
  return steps.reduce((sum, step) => sum + meanTimes(step), 0);
}

/** Steps of the longest order. */
export function mostSteps({ steps }: Walk): number {
  return steps.reduce((sum, step) => sum + Math.max(0, ...timesOf(step).map(({ count }) => count)), 0);
}

/** Requests of an order to the target on average, one a step; retries, polls and moves not counted. */
export function requestsPerOrder({ steps, chat }: Pick<JourneySpec, 'steps' | 'chat'>): number {
  // A payment is two updates; a bot that polls is sent none.
  const updates = (step: StepSpec): number => (step.kind === 'telegram' && step.act.do === 'pay' ? 2 : 1);
  return steps.reduce((sum, step) => {
    if (step.kind === 'telegram' && chat?.webhook === null) return sum;
    return sum + meanTimes(step) * updates(step);
  }, 0);
}

function meanTimes(step: StepSpec): number {
  return timesOf(step).reduce((sum, { count, shareRatio }) => sum + count * shareRatio, 0);
}

function timesOf(step: StepSpec): readonly { count: number; shareRatio: number }[] {
  return (step.kind === 'http' ? step.times : null) ?? [{ count: 1, shareRatio: 1 }];
}
