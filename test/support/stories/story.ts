import type { BadKind, Outcome } from '../../../k6/contract.ts';
import type { FaultSpec } from '../../../mock-services/registry.ts';
import { judgeRun } from '../../../scripts/analysis/judge.ts';
import { runReport } from '../../../scripts/analysis/run-report.ts';
import type { RunReport } from '../../../scripts/contract/run-report.ts';
import type { HistogramState, ProbeObservation } from '../../../scripts/observe/observation.ts';
import type {
  DurationsPush,
  RunTimeline,
  StepTimeline,
  TurnDurations,
  TurnTally,
} from '../../../scripts/observe/timeline.ts';
import { faultOf } from '../../../scripts/plan/fault.ts';
import type { LaunchPlan } from '../../../scripts/plan/launch-plan.ts';

/** T0 of the first step: 2026-11-22 12:02:00 UTC, a whole second. */
export const T0 = Date.UTC(2026, 10, 22, 12, 2, 0);
const WARM_UP_SEC = 10;

/** A plan for stories: 60 s replayed, 30 s settle, budget 20 s, slow after 3 s. */
export function storyPlan(change: (plan: LaunchPlan) => LaunchPlan = (plan) => plan): LaunchPlan {
  return change({
    version: 1,
    name: 'spring-voucher',
    forecast: { form: 'orders', orders: 60_000, windowMs: 9 * 3_600_000, diurnal: null, pushes: [] },
    slo: {
      allowedDowntimeMs: 300_000,
      downtimeBudgetMs: 20_000,
      slowAfterMs: 3_000,
      downAboveRatio: 0.05,
      timeSliceMs: null,
    },
    rehearsal: {
      replay: { kind: 'around-peak', lengthMs: 60_000 },
      multiples: [3],
      mustHold: 3,
      scale: 1,
      arrivals: 'even',
      warmUpMs: WARM_UP_SEC * 1_000,
      settleMs: 30_000,
      seed: 7,
    },
    target: {
      baseUrl: 'http://127.0.0.1:8080',
      start: null,
      allowHosts: [],
      maxRatePerSec: 2_000,
      limitPerSec: null,
    },
    journeys: [],
    client: {
      timeoutMs: 10_000,
      patienceMs: 30_000,
      slowAfterMs: 3_000,
      thinkTime: null,
      retries: { max: 0, retryOn: [], backoff: { baseMs: 1_000, factor: 2, jitter: 'none' } },
      doubleTapRatio: 0,
    },
    probe: { everyMs: null },
    partners: [],
    faults: [],
  });
}

/** Faults and partners bring their own schemas; stories need only what the judgement reads. */
export function withFault(plan: LaunchPlan, fault: Record<string, unknown>): LaunchPlan {
  const whole = {
    at: 0,
    for: 1_000,
    repeat: null,
    expect: null,
    recoverWithin: null,
    enforce: false,
    ...fault,
  };
  const spec: unknown = whole;
  return { ...plan, faults: [...plan.faults, faultOf(spec as FaultSpec)] };
}

export function withCafe(plan: LaunchPlan): LaunchPlan {
  const cafe: unknown = { name: 'beanhouse', kind: 'cafe', port: 9401, stock: { tea: 1_000, latte: 1_000 } };
  return { ...plan, partners: [cafe as LaunchPlan['partners'][number]] };
}

export interface Fate {
  outcome: Outcome;
  kind?: BadKind;
  /** null: never ended. */
  endsAfterMs?: number | null;
  first?: 'good' | 'bad';
  item?: string;
  cafe?: string;
  /** Of itself: the order is placed by what was right, in time or not; else the first step decides. */
  at?: number | null;
}

/** It got the right answer, however late. */
export const isRight = ({ outcome, kind }: Fate): boolean =>
  outcome === 'good' || outcome === 'by-ticket' || outcome === 'by-retry-after' || kind === 'slow';

/** The turns of a story can be looked at again and in any order. */
export interface ToldStep extends StepTimeline {
  turns: readonly TurnTally[];
}

/** A run told second by second; seconds count from T0. Healthy until told otherwise. */
export class Story {
  readonly plan: LaunchPlan;
  readonly #ratePerSec: number;
  readonly #shares: Readonly<Record<string, number>>;
  readonly #fates: { from: number; to: number; ratio: number; fate: Fate; journey: string | null }[] = [];
  readonly #probeFaults: { from: number; to: number; kind: BadKind | null }[] = [];
  #edits: ((step: ToldStep, run: RunTimeline) => [ToldStep, RunTimeline])[] = [];

  constructor(
    plan: LaunchPlan = storyPlan(),
    {
      ratePerSec = 100,
      shares = { checkout: 1 },
    }: { ratePerSec?: number; shares?: Record<string, number> } = {},
  ) {
    this.plan = plan;
    this.#ratePerSec = ratePerSec;
    this.#shares = shares;
  }

  /** This share of the turns meant to start in [from, to) ends so. Later calls come on top for the rest. */
  turns(from: number, to: number, fate: Fate, ratio = 1, journey: string | null = null): this {
    this.#fates.push({ from, to, ratio, fate, journey });
    return this;
  }

  /** Canaries scheduled in [from, to) fail. */
  probesFail(from: number, to: number, kind: BadKind = 'timeout'): this {
    this.#probeFaults.push({ from, to, kind });
    return this;
  }

  /** No canary is sent in [from, to). */
  probesMissing(from: number, to: number): this {
    this.#probeFaults.push({ from, to, kind: null });
    return this;
  }

  outage(from: number, to: number, kind: BadKind = 'timeout'): this {
    return this.turns(from, to, { outcome: 'bad', kind, endsAfterMs: 10_000 }).probesFail(from, to, kind);
  }

  step(edit: (step: ToldStep) => Partial<ToldStep>): this {
    this.#edits.push((step, run) => {
      const changed = edit(step);
      // An order is one turn unless the story says otherwise.
      const orders = changed.started ? { ordersStarted: changed.started } : {};
      return [{ ...step, ...orders, ...changed }, run];
    });
    return this;
  }

  run(edit: (run: RunTimeline) => Partial<RunTimeline>): this {
    this.#edits.push((step, run) => [step, { ...run, ...edit(run) }]);
    return this;
  }

  faultFired(fault: string, from: number, to: number, hit = 500): this {
    const span = {
      fault,
      plannedOnAt: T0 + from * 1_000,
      onAt: T0 + from * 1_000,
      plannedOffAt: T0 + to * 1_000,
      offAt: T0 + to * 1_000,
      seen: hit,
      hit,
      requestedMedianMs: null,
      achievedMedianMs: null,
    };
    return this.run((run) => ({ faultSpans: [...run.faultSpans, span] }));
  }

  timeline(shiftSec = 0): RunTimeline {
    let step = this.#step();
    let run: RunTimeline = {
      ...emptyTimeline,
      runId: 'story',
      startedAt: T0 - 30_000,
      k6Version: 'v2.2.0',
      endedAt: step.endedAt,
      how: 'completed',
      probes: this.#probes(),
    };
    for (const edit of this.#edits) [step, run] = edit(step, run);
    step = { ...step, turns: [...step.turns].sort((a, b) => a.endedBy - b.endedBy) };
    return shifted({ ...run, steps: [step, ...run.steps.slice(1)] }, shiftSec * 1_000);
  }

  report(shiftSec = 0): RunReport {
    return reportOf(this.plan, this.timeline(shiftSec));
  }

  #lengthSec(): number {
    const { replay, settleMs } = this.plan.rehearsal;
    return ((replay.kind === 'whole' ? 60_000 : replay.lengthMs) + settleMs) / 1_000;
  }

  #step(): ToldStep {
    const lengthSec = this.#lengthSec();
    const { settleMs } = this.plan.rehearsal;
    const startedAt = T0 - WARM_UP_SEC * 1_000;
    const journeys = Object.entries(this.#shares).map(([journey, share]) => ({
      journey,
      perSec: Math.round(this.#ratePerSec * share),
    }));
    const turns = journeys.flatMap(({ journey, perSec }) => this.#turns(journey, perSec, lengthSec));
    const started = new Map(
      journeys.map(({ journey, perSec }) => [
        journey,
        new Map(seconds(-WARM_UP_SEC, lengthSec).map((second) => [epochSec(second), perSec])),
      ]),
    );
    const endAt = T0 + lengthSec * 1_000;
    return {
      step: 0,
      multiple: this.plan.rehearsal.multiples[0] ?? 3,
      warmUpMs: WARM_UP_SEC * 1_000,
      replayedMs: lengthSec * 1_000 - settleMs,
      settleMs,
      schedules: journeys.map(({ journey, perSec }) => ({
        journey,
        arrivalsPerSec: seconds(-WARM_UP_SEC, lengthSec).map(() => perSec),
      })),
      vus: 4_000,
      hangCoveredMs: null,
      peakOrdersPerSec: 100,
      sliceMs: this.plan.slo.timeSliceMs ?? 1_000,
      journeySliceMs: {},
      journeyStepSliceMs: {},
      ruleSliceMs: 60_000,
      windowPeakOrdersPerSec: 100,
      startedAt,
      firstStartAt: Object.fromEntries(
        journeys.map(({ journey, perSec }) => [journey, startedAt + 500 / perSec]),
      ),
      endedAt: endAt + 35_000,
      how: 'completed',
      started,
      ordersStarted: started,
      turns,
      failedTurns: [],
      thresholds: [],
      dropped: [],
      unplaced: 0,
      vusSamples: [],
      pushes: seconds(-WARM_UP_SEC + 1, lengthSec + 35).map((second) => ({
        at: T0 + second * 1_000,
        instance: 'step0-0',
        newestSampleAt: T0 + second * 1_000,
      })),
      refusedPushes: [],
      durations: durationsOf(turns),
      traffic: trafficOf(turns),
      repeats: [],
      parts: [],
      iterations: {},
      cpu: [],
      k6Log: [],
    };
  }

  #turns(journey: string, perSec: number, lengthSec: number): TurnTally[] {
    return seconds(-WARM_UP_SEC, lengthSec).flatMap((second) => {
      let left = perSec;
      const tallies: TurnTally[] = [];
      const add = (fate: Fate, count: number): void => {
        left -= count;
        const endsAfterMs = fate.endsAfterMs === undefined ? 100 : fate.endsAfterMs;
        if (count === 0 || endsAfterMs === null) return;
        tallies.push({
          journey,
          second: epochSec(second),
          outcome: fate.outcome,
          kind: fate.kind ?? null,
          at: fate.at ?? (isRight(fate) ? null : 0),
          first: fate.first ?? (fate.outcome === 'bad' ? 'bad' : 'good'),
          item: fate.item ?? null,
          cafe: fate.cafe ?? null,
          count,
          endedBy: (epochSec(second) + 1 + Math.ceil(endsAfterMs / 1_000)) * 1_000,
        });
      };
      for (const { from, to, ratio, fate, journey: only } of this.#fates) {
        if (second < from || second >= to || (only !== null && only !== journey)) continue;
        add(fate, Math.min(left, Math.round(ratio * perSec)));
      }
      add({ outcome: 'good' }, left);
      return tallies;
    });
  }

  #probes(): ProbeObservation[] {
    const everyMs = 200;
    const count = ((WARM_UP_SEC + this.#lengthSec()) * 1_000) / everyMs;
    return Array.from({ length: count }, (_, index) => index * everyMs - WARM_UP_SEC * 1_000).flatMap(
      (offsetMs) => {
        const fault = this.#probeFaults.find(
          (one) => offsetMs >= one.from * 1_000 && offsetMs < one.to * 1_000,
        );
        if (fault && fault.kind === null) return [];
        const scheduledAt = T0 + offsetMs;
        const endedAt = scheduledAt + (fault ? 3_000 : 20);
        return [
          {
            type: 'probe' as const,
            at: endedAt,
            journey: 'checkout',
            scheduledAt,
            startedAt: scheduledAt + 2,
            outcome: fault ? ('bad' as const) : ('good' as const),
            kind: fault?.kind ?? null,
            item: null,
            cafe: null,
            name: fault ? 'POST /orders' : null,
            detail: fault ? 'no answer within 3 s' : null,
          },
        ];
      },
    );
  }
}

export function reportOf(plan: LaunchPlan, timeline: RunTimeline): RunReport {
  return runReport(plan, judgeRun(plan, timeline), {
    planWritten: null,
    runId: timeline.runId ?? 'story',
    startedAt: timeline.startedAt ?? T0,
    endedAt: timeline.endedAt,
    changed: [],
    versions: { peakproof: '0.1.0', k6: timeline.k6Version },
  });
}

export const emptyTimeline: RunTimeline = {
  runId: null,
  startedAt: null,
  k6Version: null,
  endedAt: null,
  how: null,
  steps: [],
  probes: [],
  proberHealth: [],
  mockHealth: [],
  faultSpans: [],
  stockOuts: [],
  closures: [],
  invariants: [],
  partnerSlices: [],
  clockSteps: [],
  deaths: [],
};

export const seconds = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

export const epochSec = (second: number): number => T0 / 1_000 + second;

/** 50 ms each, told of by the pushes that told of their ends. */
export function durationsOf(turns: readonly TurnTally[]): StepTimeline['durations'] {
  const byFate = new Map<string, TurnDurations & { pushes: DurationsPush[] }>();
  for (const { journey, outcome, kind, endedBy, count } of turns) {
    const key = JSON.stringify([journey, outcome, kind]);
    const own = byFate.get(key) ?? { journey, outcome, kind, histogram: histogramOf(0), pushes: [] };
    const pushes = own.pushes.filter(({ at }) => at !== endedBy);
    const before = own.pushes.find(({ at }) => at === endedBy)?.count ?? 0;
    pushes.push(durationsPush(endedBy, before + count));
    byFate.set(key, { ...own, histogram: histogramOf(own.histogram.count + count), pushes });
  }
  return [...byFate.values()].map((one) => ({ ...one, pushes: one.pushes.toSorted((a, b) => a.at - b.at) }));
}

const SCHEMA = 3;
const BUCKET = -34;

const histogramOf = (count: number): HistogramState => ({
  count,
  sum: count * 0.05,
  schema: SCHEMA,
  zeroCount: 0,
  buckets: [BUCKET, count],
});

/** @param eachMs how long they took on average */
export const durationsPush = (at: number, count: number, eachMs = 50): DurationsPush => ({
  at,
  count,
  sumMs: count * eachMs,
  schema: SCHEMA,
  zeroCount: 0,
  buckets: [BUCKET, count],
});

/** One request a turn, told of by the push that told of its end. */
function trafficOf(turns: readonly TurnTally[]): StepTimeline['traffic'] {
  const told = new Map<string, StepTimeline['traffic'][number]>();
  for (const { journey, endedBy, count } of turns) {
    const second = endedBy / 1_000;
    const key = `${second} ${journey}`;
    const requests = (told.get(key)?.requests ?? 0) + count;
    told.set(key, { journey, second, requests, repeats: 0, invited: 0 });
  }
  return [...told.values()].sort((a, b) => a.second - b.second);
}

/** Every time of a timeline moved by the same whole seconds. */
function shifted(timeline: RunTimeline, byMs: number): RunTimeline {
  if (byMs === 0) return timeline;
  const move = (value: unknown, key: string): unknown => {
    if (typeof value === 'number') {
      return /(At|By|^at)$/.test(key) ? value + byMs : key === 'second' ? value + byMs / 1_000 : value;
    }
    if (value instanceof Map) {
      return new Map(
        [...value].map(([journey, counts]) => [
          journey,
          new Map([...counts].map(([second, count]: [number, number]) => [second + byMs / 1_000, count])),
        ]),
      );
    }
    if (key === 'firstStartAt' && typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, at]) => [name, Number(at) + byMs]));
    }
    if (Array.isArray(value)) return value.map((item) => move(item, ''));
    if (typeof value === 'object' && value !== null) {
      // `at` of a turn is a journey step, not a time.
      const isTurn = 'endedBy' in value;
      return Object.fromEntries(
        Object.entries(value).map(([name, item]) => [
          name,
          isTurn && name === 'at' ? item : move(item, name),
        ]),
      );
    }
    return value;
  };
  return move(timeline, '') as RunTimeline;
}
