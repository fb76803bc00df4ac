import type { LaunchPlan } from '../plan/launch-plan.ts';

/** Failed turns that k6 writes to its log for each journey when everything fails at the peak: examples, not counts. */
const LOGGED_PER_SEC = 20;

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
