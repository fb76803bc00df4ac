import type { ClientSettings, LoadSpec, Person } from '../../k6/contract.ts';

/** First line that the prober process reads on stdin, as JSON. It exits when stdin closes. */
export interface ProberConfig {
  runId: string;
  /** No trailing slash. */
  baseUrl: string;
  stepIndex: number;
  seed: number;
  /** Each journey kind gets one stream of canaries. */
  journeys: LoadSpec['journeys'];
  /**
   * The shoppers' own settings, retries included: a canary is a turn like theirs, and one turn only: it never
   * thinks. Its limit is `slowAfterMs`, and
   * `patienceMs` once it was given a queue ticket or Retry-After.
   */
  client: ClientSettings;
  cafes: LoadSpec['cafes'];
  partnerUrls: LoadSpec['partnerUrls'];
  /** Module with the orders in own code, by journey (`programs`); null = none. */
  ownCodeFile: string | null;
  /** A few are enough, at least one. */
  people: readonly Person[];
  /** Distance of the canaries of one journey, ms. */
  everyMs: number;
}

/**
 * A canary's client: the shoppers', and no try outlasts `slowAfterMs`. What a shopper's retry heals in time is no
 * outage, so a canary that gave up at its first try would call slices DOWN in which nobody went without.
 */
export function canaryClient(client: ClientSettings): ClientSettings {
  return { ...client, thinkTime: null, timeoutMs: Math.min(client.timeoutMs, client.slowAfterMs) };
}
