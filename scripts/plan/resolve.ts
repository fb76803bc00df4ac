import type { ClientSettings } from '../../k6/contract.ts';
import { wireAddress } from '../core/address.ts';
import { longestLatencyMs } from '../core/latency.ts';
import { parseDurationMs } from '../core/quantities.ts';
import { type Fault, faultOf } from './fault.ts';
import type { Forecast, LaunchPlan, Replay } from './launch-plan.ts';
import { resolveJourneys } from './resolve-journeys.ts';
import type { ForecastInput } from './schema/forecast-schema.ts';
import type { PlanInput } from './schema/schema.ts';

const DEFAULT_REPLAY_MS = 600_000;

/** The plan as the program works with it. `input` has passed the schema and the checks between keys. */
export function resolvePlan(input: PlanInput, fallbackName: string): LaunchPlan {
  const forecast = resolveForecast(input.forecast);
  const { rehearsal, slo, target, client } = input;
  const multiples = [...rehearsal.multiples].sort((a, b) => a - b);
  return {
    version: 1,
    name: input.name ?? fallbackName,
    forecast,
    slo: {
      allowedDowntimeMs: slo.allowedDowntime,
      downtimeBudgetMs: slo.downtimeBudget ?? null,
      slowAfterMs: slo.slowAfter,
      downAboveRatio: slo.downAbove,
      timeSliceMs: parseDurationMs(slo.timeSlice),
    },
    rehearsal: {
      replay: resolveReplay(rehearsal.replay, forecast.windowMs),
      multiples,
      mustHold: rehearsal.mustHold ?? Math.max(...multiples),
      scale: rehearsal.scale,
      arrivals: rehearsal.arrivals,
      warmUpMs: rehearsal.warmUp,
      settleMs: rehearsal.settle,
      seed: rehearsal.seed,
    },
    target: resolveTarget(target),
    journeys: resolveJourneys(input),
    client: resolveClient(client, slo.slowAfter),
    probe: { everyMs: input.probe.every ?? null },
    partners: Object.entries(input.partners).map(([name, partner]) => ({ name, ...partner })),
    faults: resolveFaults(input.faults),
  };
}

export function resolveForecast(input: ForecastInput): Forecast {
  if ('curve' in input) {
    const points = input.curve.map(({ at, rate }) => ({ atMs: at, ratePerSec: rate }));
    return { form: 'curve', points, windowMs: points.at(-1)?.atMs ?? 0 };
  }
  return {
    form: 'orders',
    orders: input.orders,
    windowMs: input.window,
    diurnal: input.diurnal ? { peakToMean: input.diurnal.peakToMean, peakAtMs: input.diurnal.peakAt } : null,
    pushes: input.pushes.map((push) => ({
      atMs: push.at,
      shareRatio: push.share,
      rampMs: push.ramp,
      decayMs: push.decay,
    })),
  };
}

/** Without `replay`: 10 min around the peak, or the whole window if it is no longer than that. */
export function resolveReplay(input: PlanInput['rehearsal']['replay'], windowMs: number): Replay {
  if (input === 'whole') return { kind: 'whole' };
  if (input === undefined) {
    return windowMs <= DEFAULT_REPLAY_MS
      ? { kind: 'whole' }
      : { kind: 'around-peak', lengthMs: DEFAULT_REPLAY_MS };
  }
  return 'around' in input
    ? { kind: 'around-peak', lengthMs: input.length }
    : { kind: 'from', fromMs: input.from, lengthMs: input.length };
}

function resolveTarget({
  baseUrl,
  start,
  allowHosts,
  maxRate,
  limit,
}: PlanInput['target']): LaunchPlan['target'] {
  return {
    baseUrl: wireAddress(new URL(baseUrl).origin + new URL(baseUrl).pathname).replace(/\/+$/, ''),
    start: start
      ? {
          command: start.command,
          ready: start.ready === 'bot' ? { when: 'bot' } : { when: 'answers', path: start.ready },
          readyWithinMs: start.readyWithin,
        }
      : null,
    allowHosts,
    maxRatePerSec: maxRate,
    limitPerSec: limit ?? null,
  };
}

function resolveClient(client: PlanInput['client'], slowAfterMs: number): ClientSettings {
  const { max, retryOn, backoff } = client.retries;
  return {
    timeoutMs: client.timeout,
    patienceMs: client.patience,
    slowAfterMs,
    thinkTime:
      client.thinkTime !== undefined && longestLatencyMs(client.thinkTime) > 0 ? client.thinkTime : null,
    retries: {
      max,
      retryOn,
      backoff: { baseMs: backoff.base, factor: backoff.factor, jitter: backoff.jitter },
    },
    doubleTapRatio: client.doubleTap,
  };
}

/** Numbers the faults of one partner and kind in the order of the plan, from 1. */
function resolveFaults(faults: PlanInput['faults']): Fault[] {
  const counts = new Map<string, number>();
  return faults.map((fault) => {
    const stem = `${fault.partner}-${fault.kind}`;
    const count = (counts.get(stem) ?? 0) + 1;
    counts.set(stem, count);
    return faultOf({ id: `${stem}-${count}`, ...fault });
  });
}
