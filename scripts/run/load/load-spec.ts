import type { LoadSpec } from '../../../k6/contract.ts';
import { USER_AGENT } from '../../core/version.ts';
import { cafesOf } from '../../demand/stock.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';

/** What everybody who sends orders takes from the plan. */
export type PlannedSpec = Pick<LoadSpec, 'userAgent' | 'baseUrl' | 'seed' | 'journeys' | 'client' | 'cafes'>;

export function plannedSpec(plan: LaunchPlan): PlannedSpec {
  return {
    userAgent: USER_AGENT,
    baseUrl: plan.target.baseUrl,
    seed: plan.rehearsal.seed,
    journeys: plan.journeys,
    client: plan.client,
    cafes: cafesOf(plan).map(({ name, shareRatio, menu, movesRatio }) => ({
      name,
      shareRatio,
      menu,
      movesRatio,
    })),
  };
}
