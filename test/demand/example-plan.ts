import type { HttpStep, JourneySpec } from '../../k6/journey-spec.ts';
import type { Forecast, LaunchPlan } from '../../scripts/plan/launch-plan.ts';
import { journey as oneJourney, step } from '../support/journeys.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

export type OrdersForecast = Extract<Forecast, { form: 'orders' }>;

export const flat = (orders: number, windowMs: number): OrdersForecast => ({
  form: 'orders',
  orders,
  windowMs,
  diurnal: null,
  pushes: [],
});

export const line = (...points: readonly [atMs: number, ratePerSec: number][]): Forecast => ({
  form: 'curve',
  points: points.map(([atMs, ratePerSec]) => ({ atMs, ratePerSec })),
  windowMs: points.at(-1)?.[0] ?? 0,
});

export const journey = (
  name: string,
  shareRatio: number,
  requests = 1,
): Omit<JourneySpec, 'steps'> & { steps: readonly HttpStep[] } => ({
  ...oneJourney([]),
  name,
  shareRatio,
  steps: Array.from({ length: requests }, (_, index) => step({ name: `${name}-${index}`, path: '/x' })),
});

interface Overrides extends Partial<Omit<LaunchPlan, 'slo' | 'rehearsal' | 'target' | 'client'>> {
  slo?: Partial<LaunchPlan['slo']>;
  rehearsal?: Partial<LaunchPlan['rehearsal']>;
  target?: Partial<LaunchPlan['target']>;
  client?: Partial<LaunchPlan['client']>;
}

/** 10 orders/s for an hour at 1x, replayed whole; one journey with one request. */
export function examplePlan(overrides: Overrides = {}): LaunchPlan {
  const { slo, rehearsal, target, client, ...rest } = overrides;
  return {
    version: 1,
    name: 'example',
    forecast: flat(36_000, HOUR_MS),
    journeys: [journey('checkout', 1)],
    probe: { everyMs: null },
    partners: [],
    faults: [],
    ...rest,
    slo: {
      allowedDowntimeMs: 5 * MINUTE_MS,
      downtimeBudgetMs: null,
      slowAfterMs: 3_000,
      downAboveRatio: 0.05,
      timeSliceMs: null,
      ...slo,
    },
    rehearsal: {
      replay: { kind: 'whole' },
      multiples: [1],
      mustHold: 1,
      scale: 1,
      arrivals: 'poisson',
      warmUpMs: 30_000,
      settleMs: 60_000,
      seed: 7,
      ...rehearsal,
    },
    target: {
      baseUrl: 'http://127.0.0.1:8080',
      start: null,
      allowHosts: [],
      maxRatePerSec: 2_000,
      limitPerSec: null,
      ...target,
    },
    client: {
      timeoutMs: 10_000,
      patienceMs: 30_000,
      slowAfterMs: 3_000,
      thinkTime: null,
      retries: { max: 3, retryOn: ['timeout'], backoff: { baseMs: 1_000, factor: 2, jitter: 'full' } },
      doubleTapRatio: 0,
      ...client,
    },
  };
}

/** The code of the PeakproofError that the call throws. */
export function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
  return 'nothing thrown';
}
