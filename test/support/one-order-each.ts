import { cafesOf } from '../../scripts/demand/stock.ts';
import { inventPeople } from '../../scripts/engine/bundle/people.ts';
import type { ProbeObservation } from '../../scripts/observe/observation.ts';
import type { LaunchPlan } from '../../scripts/plan/launch-plan.ts';
import { loadPlan } from '../../scripts/plan/load.ts';
import { formatProblems } from '../../scripts/plan/source/problems.ts';
import { canaryStreams } from '../../scripts/prober/canary.ts';
import { LOAD_SPEC } from './journeys.ts';
import type { DemoShop } from './targets/demo-shop.ts';

/** A plan's text as the harness reads it; throws its problems. */
export function planOf(text: string): LaunchPlan {
  const loaded = loadPlan(text, { fileName: 'launch.yaml', env: {} });
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems, 'launch.yaml'));
  return loaded.plan;
}

/** Runs a plan's partners and the demo shop before them, and sends one order of each journey that orders. */
export async function oneOrderEach(
  plan: LaunchPlan,
  shop: DemoShop,
  mode: string,
): Promise<ProbeObservation[]> {
  const partners = plan.partners.map((partner) => ({ ...partner, port: 0 }));
  await shop.open({ DEMO_SHOP_MODE: mode }, { partners });
  const streams = canaryStreams({
    ...LOAD_SPEC,
    baseUrl: shop.url,
    journeys: plan.journeys.filter(({ shareRatio }) => shareRatio > 0),
    client: plan.client,
    cafes: cafesOf(plan),
    partnerUrls: Object.fromEntries(partners.map(({ name }) => [name, shop.mocks.url(name)])),
    people: inventPeople(3, 7),
    everyMs: 1_000,
  });
  const now = Date.now();
  return await Promise.all(streams.map((stream) => stream.run(0, now, new AbortController().signal)));
}
