import { longestLatencyMs, meanLatencyMs } from '../core/latency.ts';
import type { LaunchPlan } from './launch-plan.ts';

type Shopping = Pick<LaunchPlan, 'client' | 'partners'>;
type Walk = Pick<LaunchPlan['journeys'][number], 'steps'>;

/** How long a shopper of this journey thinks in one order on average, ms: between each two steps. */
export function thinkingMs({ client }: Shopping, { steps }: Walk): number {
  return client.thinkTime === null ? 0 : (steps.length - 1) * meanLatencyMs(client.thinkTime);
}

/**
 * Longest time that an order of this journey can take, ms. Each turn may use up its patience, then its last request's
 * timeout. Told "closed", a shopper may begin anew at each further café.
 */
export function longestOrderMs({ client, partners }: Shopping, { steps }: Walk): number {
  const turnMs = client.patienceMs + client.timeoutMs;
  if (client.thinkTime === null) return turnMs;
  const cafes = partners.filter(({ kind }) => kind === 'cafe').length;
  const walks = steps.some(({ closed }) => closed !== null) ? Math.max(1, cafes) : 1;
  const walkMs = steps.length * turnMs + (steps.length - 1) * Math.ceil(longestLatencyMs(client.thinkTime));
  return walks * walkMs;
}
