import type { ClientSettings, LoadSpec, Person } from '../../k6/contract.ts';

/** First line that the prober process reads on stdin, as JSON. It exits when stdin closes. */
export interface ProberConfig {
  runId: string;
  userAgent: string;
  /** No trailing slash. */
  baseUrl: string;
  stepIndex: number;
  seed: number;
  /** Each journey kind gets one stream of canaries. */
  journeys: LoadSpec['journeys'];
  /**
   * The shoppers' own settings. Of them a canary keeps `slowAfterMs`, which is its timeout and its limit, and
   * `patienceMs`, which is its limit once it was given a queue ticket or Retry-After; it never retries
   * and never thinks, so that it is one turn.
   */
  client: ClientSettings;
  cafes: LoadSpec['cafes'];
  /** A few are enough, at least one. */
  people: readonly Person[];
  /** Distance of the canaries of one journey, ms. */
  everyMs: number;
}

/** A canary's client: one try a request, `slowAfterMs` for it, no think time. */
export function canaryClient(client: ClientSettings): ClientSettings {
  return {
    ...client,
    timeoutMs: client.slowAfterMs,
    thinkTime: null,
    retries: { ...client.retries, max: 0 },
  };
}
