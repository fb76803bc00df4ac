import { LOGGED_PER_SEC } from '../core/limits.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';

/** Of which orders of each journey failed turns are logged: one of every so many. */
export function loggedEvery(
  { journeys }: Pick<LaunchPlan, 'journeys'>,
  peakOrdersPerSec: number,
): Record<string, number> {
  return Object.fromEntries(
    journeys.map(({ name, shareRatio }) => [
      name,
      Math.max(1, Math.round((peakOrdersPerSec * shareRatio) / LOGGED_PER_SEC)),
    ]),
  );
}
