import type { LoadSpec } from '../../../k6/contract.ts';
import { cafesOf } from '../../demand/stock.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';

/** What everybody who sends orders takes from the plan. */
export type PlannedSpec = Pick<LoadSpec, 'baseUrl' | 'seed' | 'journeys' | 'client' | 'cafes'>;

export function plannedSpec(plan: LaunchPlan): PlannedSpec {
  return {
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
