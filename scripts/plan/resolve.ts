import type { AnswerMatch, ClientSettings, StepSpec, StepsJourney } from '../../k6/contract.ts';
import type { FaultSpec } from '../../mock-services/contract.ts';
import { longestLatencyMs } from '../core/latency.ts';
import { parseDurationMs } from '../core/quantities.ts';
import type { ForecastInput } from './forecast-schema.ts';
import { type JourneyInput, STEP_METHODS, type StepInput } from './journeys-schema.ts';
import type { Forecast, LaunchPlan, Replay } from './launch-plan.ts';
import type { PlanInput } from './schema.ts';
import { normalizeTemplates } from './templates.ts';

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
    target: {
      baseUrl: target.baseUrl.replace(/\/+$/, ''),
      start: target.start
        ? {
            command: target.start.command,
            readyPath: target.start.ready,
            readyWithinMs: target.start.readyWithin,
          }
        : null,
      allowHosts: target.allowHosts,
      maxRatePerSec: target.maxRate,
    },
    journeys: resolveJourneys(Object.entries(input.journeys)),
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

function resolveJourneys(entries: readonly (readonly [string, JourneyInput])[]): StepsJourney[] {
  // Shares such as three times 33.3% are meant to make 100%.
  const total = entries.reduce((sum, [, journey]) => sum + (journey.share ?? 1), 0);
  return entries.map(([name, journey]) => ({
    kind: 'steps',
    name,
    shareRatio: (journey.share ?? 1) / total,
    data: journey.data,
    steps: journey.steps.map(resolveStep),
  }));
}

function resolveStep(step: StepInput): StepSpec {
  const method = STEP_METHODS.find((candidate) => step[candidate] !== undefined) ?? 'get';
  const path = normalizeTemplates(step[method] ?? '/');
  const verb = resolveMethod(method);
  return {
    name: `${verb} ${path}`,
    method: verb,
    path,
    headers: normalizeTemplates(step.headers),
    ...(step.json === undefined ? {} : { json: normalizeTemplates(step.json) }),
    capture: step.capture,
    confirmed: resolveMatch(step.confirmed),
    soldOut: step.soldOut ? { ...resolveMatch(step.soldOut), item: step.soldOut.item ?? null } : null,
    closed: step.closed ? resolveMatch(step.closed) : null,
    queued: step.queued
      ? {
          ...resolveMatch(step.queued),
          poll: step.queued.poll === undefined ? null : normalizeTemplates(step.queued.poll),
          everyMs: step.queued.every,
        }
      : null,
  };
}

function resolveMethod(method: (typeof STEP_METHODS)[number]): StepSpec['method'] {
  const verbs = { get: 'GET', post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const;
  return verbs[method];
}

/** Without conditions: any status from 200 to 299. */
function resolveMatch(match: StepInput['confirmed']): AnswerMatch {
  return { status: match?.status ?? null, has: match?.has ?? null, where: match?.where ?? {} };
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
  };
}

/** Numbers the faults of one partner and kind in the order of the plan, from 1. */
function resolveFaults(faults: PlanInput['faults']): FaultSpec[] {
  const counts = new Map<string, number>();
  return faults.map((fault) => {
    const stem = `${fault.partner}-${fault.kind}`;
    const count = (counts.get(stem) ?? 0) + 1;
    counts.set(stem, count);
    return { id: `${stem}-${count}`, ...fault };
  });
}
