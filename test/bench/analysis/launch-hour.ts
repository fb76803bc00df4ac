import type { Observation } from '../../../scripts/observe/observation.ts';
import type { LaunchPlan } from '../../../scripts/plan/launch-plan.ts';
import { storyPlan, withFault } from '../../support/stories/story.ts';
import { type Fate, K6Totals, keyOf, type LaunchLoad } from '../k6/k6-totals.ts';

// One hour of a launch with outages, as the collector would have written it down.

export interface HourSize {
  ordersPerSec: number;
  lengthSec: number;
  incidents: number;
  /** Share of the orders by journey. */
  shares: Readonly<Record<string, number>>;
  /** Names of mocked partners. */
  partners: readonly string[];
}

const THREE = { checkout: 0.6, voucher: 0.3, 'gift-card': 0.1 };
const TWENTY = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`journey-${index}`, 0.05]));
const BASE = { ordersPerSec: 5_000, incidents: 20, partners: ['beanhouse', 'pay'] };

export const HOUR: HourSize = { ...BASE, lengthSec: 3_600, shares: THREE };
export const TWENTY_JOURNEYS: HourSize = { ...BASE, lengthSec: 3_600, shares: TWENTY };
/** Nine hours of one journey, and of two. */
export const NINE_HOURS: HourSize = { ...BASE, lengthSec: 32_400, shares: { checkout: 1 } };
export const NINE_HOURS_OF_TWO: HourSize = { ...NINE_HOURS, shares: { checkout: 0.7, voucher: 0.3 } };

const WARM_UP_SEC = 60;
const SETTLE_SEC = 60;
/** Slot 0 would hide an error in placing; this one is 64. */
const START_SEC = 1_795_440_192;
const PROBE_EVERY_MS = 200;

const GOOD: Fate = { outcome: 'good', first: 'good', at: 2, endsAfterMs: 90, ratio: 1 };
const CALM: readonly Fate[] = [
  { outcome: 'good', first: 'bad', at: 2, endsAfterMs: 1_200, ratio: 0.004 },
  { outcome: 'bad', kind: '5xx', first: 'bad', at: 1, endsAfterMs: 2_500, ratio: 0.001 },
  GOOD,
];
/** Ways to be down; the rest of the turns is good. */
const OUTAGES: readonly (readonly Fate[])[] = [
  [{ outcome: 'bad', kind: 'timeout', first: 'bad', at: 0, endsAfterMs: 10_000, ratio: 1 }],
  [
    { outcome: 'bad', kind: '5xx', first: 'bad', at: 2, endsAfterMs: 4_000, ratio: 0.6 },
    { outcome: 'good', first: 'bad', at: 2, endsAfterMs: 2_200, ratio: 0.2 },
    GOOD,
  ],
  [
    { outcome: 'bad', kind: 'gave-up', first: 'bad', at: 1, endsAfterMs: 30_000, ratio: 0.5 },
    { outcome: 'bad', kind: '503', first: 'bad', at: 1, endsAfterMs: 2_000, ratio: 0.4 },
    GOOD,
  ],
  [
    { outcome: 'bad', kind: 'refused', first: 'bad', at: 0, endsAfterMs: 3_000, ratio: 0.9 },
    { outcome: 'bad', kind: 'reset', first: 'bad', at: 2, endsAfterMs: 1_000, ratio: 0.05 },
    GOOD,
  ],
  [{ outcome: 'bad', kind: 'slow', first: 'bad', at: 2, endsAfterMs: 6_000, ratio: 1 }],
];

interface Outage {
  /** Seconds from the start of the load. */
  from: number;
  to: number;
  fates: readonly Fate[];
}

function outagesOf({ lengthSec, incidents }: HourSize): Outage[] {
  return Array.from({ length: incidents }, (_, index) => {
    const from = WARM_UP_SEC + 20 + Math.floor((index * (lengthSec - 40)) / incidents);
    return { from, to: from + 3 + index, fates: OUTAGES[index % OUTAGES.length] ?? CALM };
  });
}

export function hourPlan(size: HourSize): LaunchPlan {
  const plan = storyPlan((one) => ({
    ...one,
    partners: size.partners.map((name) => {
      const partner: unknown = { name, kind: name === 'pay' ? 'payment' : 'cafe', stock: {} };
      return partner as LaunchPlan['partners'][number];
    }),
    rehearsal: {
      ...one.rehearsal,
      replay: { kind: 'around-peak', lengthMs: size.lengthSec * 1_000 },
      warmUpMs: WARM_UP_SEC * 1_000,
      settleMs: SETTLE_SEC * 1_000,
    },
  }));
  return outagesOf(size).reduce(
    (so, { from, to }, index) =>
      withFault(so, {
        id: `fault-${index}`,
        kind: 'latency',
        partner: 'pay',
        at: (from - WARM_UP_SEC) * 1_000,
        for: (to - from) * 1_000,
        add: { kind: 'fixed', ms: 2_000 },
      }),
    plan,
  );
}

export function hourLoad(size: HourSize): LaunchLoad {
  const outages = outagesOf(size);
  const lengthSec = WARM_UP_SEC + size.lengthSec + SETTLE_SEC;
  return {
    startSec: START_SEC,
    lengthSec,
    journeys: Object.entries(size.shares).map(([journey, share]) => ({
      journey,
      perSec: (second) =>
        Math.round(
          share *
            size.ordersPerSec *
            (0.9 + 0.1 * Math.sin(second / 200)) *
            Math.min(1, (second + 1) / WARM_UP_SEC),
        ),
    })),
    fatesAt: (second) => outages.find(({ from, to }) => second >= from && second < to)?.fates ?? CALM,
  };
}

/** Everything that was observed, in the order of its arrival. */
export function* hourObservations(size: HourSize): Generator<Observation> {
  const load = hourLoad(size);
  const outages = outagesOf(size);
  const startAt = START_SEC * 1_000;
  yield* beginning(load, size);
  const totals = new K6Totals(load);
  const ids = new Map<string, number>();
  for (let second = 0; second < totals.pushes; second++) {
    const at = startAt + second * 1_000;
    if (second < load.lengthSec) {
      const down = outages.some(({ from, to }) => second >= from && second < to);
      yield* readings(at);
      yield* probes(at, down, Object.keys(size.shares));
      yield* partners(size, second, at);
      yield* faultEvents(outages, second, at);
    }
    yield* pushed(totals, second, ids);
  }
  const endedAt = startAt + totals.pushes * 1_000;
  yield { type: 'step-ended', at: endedAt, step: 0, how: 'completed' };
  yield { type: 'run-ended', at: endedAt + 100, how: 'completed' };
}

function* beginning(load: LaunchLoad, size: HourSize): Generator<Observation> {
  const startAt = START_SEC * 1_000;
  const seconds = Array.from({ length: load.lengthSec }, (_, second) => second);
  yield {
    type: 'run-started',
    at: startAt - 9_000,
    runId: 'bench',
    version: '0.1.0',
    k6Version: 'v2.2.0',
    seed: 7,
    planHash: 'bench',
    resolvedPlanHash: 'bench',
  };
  yield {
    type: 'step-planned',
    at: startAt - 5_000,
    step: 0,
    multiple: 3,
    warmUpMs: WARM_UP_SEC * 1_000,
    replayedMs: size.lengthSec * 1_000,
    settleMs: SETTLE_SEC * 1_000,
    schedules: load.journeys.map(({ journey, perSec }) => ({ journey, arrivalsPerSec: seconds.map(perSec) })),
    vus: 60_000,
    hangCoveredMs: 12_000,
    peakOrdersPerSec: size.ordersPerSec,
    sliceMs: 1_000,
    journeyStepSliceMs: {},
    ruleSliceMs: 60_000,
    windowPeakOrdersPerSec: 100,
    journeySliceMs: Object.fromEntries(load.journeys.map(({ journey }) => [journey, 1_000])),
  };
  yield { type: 'load-started', at: startAt, step: 0, startedAt: startAt };
  for (const { journey, perSec } of load.journeys) {
    yield { type: 'first-start', at: startAt + 20, step: 0, journey, startedAt: startAt + 500 / perSec(0) };
  }
}

function* readings(at: number): Generator<Observation> {
  for (const who of ['k6', 'mocks', 'prober', 'target'] as const) {
    yield {
      type: 'cpu',
      at: at + 10,
      who,
      instance: who === 'k6' ? 'step0-0' : who,
      cpuRatio: rounded(0.3 + 0.1 * noise(at)),
      waitedRatio: who === 'k6' ? rounded(0.01 + 0.01 * noise(at + 7)) : null,
      rssBytes: 4e8 + (at % 1e6),
    };
  }
  yield { type: 'mock-health', at: at + 20, loopDelayP99Ms: 11.2345, requests: 5_000 };
  yield { type: 'prober-health', at: at + 30, loopDelayP99Ms: 10.4321 };
}

/** From −1 to 1, the same for the same number. */
const noise = (of: number): number => Math.sin(of * 12.9898) * Math.sin(of * 78.233);
const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;

function* partners(
  { partners: names, ordersPerSec }: HourSize,
  second: number,
  at: number,
): Generator<Observation> {
  const slice = (index: number) => {
    const requests = Math.round(ordersPerSec * (1 + 0.1 * noise(second + index)));
    const delay = 80 + 5 * noise(second + 3 * index);
    return {
      requests,
      answers: second % 97 === 0 ? { '2xx': requests - 3, '5xx': 3 } : { '2xx': requests },
      delays: {
        count: requests,
        requestedMs: Math.round(requests * delay),
        achievedMs: Math.round(requests * (delay + 0.6)),
      },
      ...(index === 0
        ? { stock: { tea: 200_000_000 - second * ordersPerSec - (requests % 100) }, queue: second % 5 }
        : {}),
    };
  };
  yield {
    type: 'partners',
    at: at + 1_005,
    fromAt: at,
    partners: Object.fromEntries(names.map((name, index) => [name, slice(index)])),
  };
}

function* probes(at: number, down: boolean, journeys: readonly string[]): Generator<Observation> {
  for (let offsetMs = 0; offsetMs < 1_000; offsetMs += PROBE_EVERY_MS) {
    for (const journey of journeys) {
      const scheduledAt = at + offsetMs;
      const endedAt = scheduledAt + (down ? 3_000 : 23);
      yield {
        type: 'probe',
        at: endedAt,
        journey,
        scheduledAt,
        startedAt: scheduledAt + 1,
        outcome: down ? 'bad' : 'good',
        kind: down ? 'timeout' : null,
        item: null,
        cafe: null,
        name: down ? 'POST /orders' : null,
        detail: down ? 'POST /orders: no answer within 3 s' : null,
      };
    }
  }
}

function* faultEvents(outages: readonly Outage[], second: number, at: number): Generator<Observation> {
  for (const [index, { from, to }] of outages.entries()) {
    const fault = `fault-${index}`;
    if (second === from) yield { type: 'fault-on', fault, at: at + 1, plannedAt: at };
    if (second !== to) continue;
    yield { type: 'fault-off', fault, at: at + 1, plannedAt: at };
    yield {
      type: 'fault-tally',
      at: at + 100,
      fault,
      plannedOnAt: at - (to - from) * 1_000,
      seen: 4_000,
      hit: 4_000,
      requestedMedianMs: 2_000,
      achievedMedianMs: 2_003,
    };
  }
}

function* pushed(totals: K6Totals, second: number, ids: Map<string, number>): Generator<Observation> {
  const { at, series } = totals.push(second);
  const push: Extract<Observation, { type: 'push' }> = { type: 'push', at, samples: [], histograms: [] };
  const samples: (typeof push.samples)[number][] = [];
  const histograms: (typeof push.histograms)[number][] = [];
  for (const { name, labels, at: sampleAt, value } of series) {
    const key = keyOf(name, labels);
    const id = ids.get(key) ?? ids.size + 1;
    if (!ids.has(key)) yield { type: 'series', at, id, name, labels };
    ids.set(key, id);
    if (typeof value === 'number') samples.push([id, sampleAt, value]);
    else histograms.push([id, sampleAt, value]);
  }
  yield { ...push, samples, histograms };
}
