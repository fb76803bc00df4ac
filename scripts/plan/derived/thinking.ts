import { longestLatencyMs, meanLatencyMs } from '../../core/latency.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import { meanJourneySteps, mostJourneySteps, type OrderSteps } from './order-size.ts';

type Shopping = Pick<LaunchPlan, 'client' | 'partners'>;

/** How long a shopper of this journey thinks in one order on average, ms: between each two steps. */
export function thinkingMs({ client }: Shopping, order: OrderSteps): number {
  return client.thinkTime === null
    ? 0
    : Math.max(0, meanJourneySteps(order) - 1) * meanLatencyMs(client.thinkTime);
}

/**
 * Longest time that an order of this journey can take, ms. Each turn may use up its patience, then its last request's
 * timeout. Told "closed", a shopper may begin anew at each further café.
 */
export function longestOrderMs({ client, partners }: Shopping, order: OrderSteps): number {
  const { steps, script } = order;
  const turnMs = client.patienceMs + client.timeoutMs;
  if (client.thinkTime === null) return turnMs;
  const cafes = partners.filter(({ kind }) => kind === 'cafe').length;
  const moves = script !== null || steps.some(({ closed }) => closed !== null);
  const rounds = moves ? Math.max(1, cafes) : 1;
  const turns = mostJourneySteps(order);
  const roundMs = turns * turnMs + Math.max(0, turns - 1) * Math.ceil(longestLatencyMs(client.thinkTime));
  return rounds * roundMs;
}

/** The same for each journey, by its name. */
export function longestOrdersMs(plan: Shopping & Pick<LaunchPlan, 'journeys'>): Record<string, number> {
  return Object.fromEntries(plan.journeys.map((journey) => [journey.name, longestOrderMs(plan, journey)]));
}
