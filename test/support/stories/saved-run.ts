import { isPolite, type Repeat, SERIES, SLOT_MODULUS } from '../../../k6/contract.ts';
import { VERSION } from '../../../scripts/core/version.ts';
import { TimelineBuilder } from '../../../scripts/observe/fold/fold.ts';
import { encodeLine } from '../../../scripts/observe/log.ts';
import type { Observation } from '../../../scripts/observe/observation.ts';
import type { RunTimeline, StepTimeline, TurnTally } from '../../../scripts/observe/timeline.ts';

// A timeline told as the observations that a run would have written: the inverse of the fold, so that an attack or a
// property can change what was written and judge again.

export interface SavedRunOptions {
  /** k6 processes of each step; turns are dealt out among them. Default 1. */
  instances?: number;
}

/** Observations in the order of their times. Pushes carry what changed, as k6 sends it: totals since its start. */
export function observationsOf(
  run: RunTimeline,
  { instances = 1 }: SavedRunOptions = {},
): readonly Observation[] {
  const startedAt = run.startedAt ?? 0;
  const ids: SeriesIds = new Map();
  const observations: Observation[] = [
    ...run.steps.flatMap((step) => stepObservations(step, instances, ids)),
    ...run.probes,
    ...run.proberHealth.map((one) => ({ type: 'prober-health' as const, ...one })),
    ...run.mockHealth.map((one) => ({ type: 'mock-health' as const, ...one })),
    ...run.faultSpans.flatMap(faultObservations),
    ...run.stockOuts.flatMap(stockObservations),
    ...run.closures.flatMap(closureObservations),
    ...run.invariants.map((one) => tallyObservation(one, run)),
    ...run.clockSteps.map((one) => ({ type: 'clock-step' as const, ...one })),
    ...run.deaths,
  ];
  return [
    {
      type: 'run-started',
      at: startedAt,
      runId: run.runId ?? 'story',
      version: VERSION,
      k6Version: run.k6Version ?? 'v2.2.0',
      seed: 7,
      planHash: 'story',
      resolvedPlanHash: 'story',
    },
    ...observations.sort((a, b) => a.at - b.at),
    ...(run.how === null || run.endedAt === null
      ? []
      : [{ type: 'run-ended' as const, at: run.endedAt, how: run.how }]),
  ];
}

/** The text of an observation log. */
export const logText = (observations: readonly Observation[]): string =>
  observations.map((observation, index) => encodeLine(index + 1, observation)).join('');

export function foldAll(observations: Iterable<Observation>): RunTimeline {
  const builder = new TimelineBuilder();
  for (const observation of observations) builder.add(observation);
  return builder.snapshot();
}

/** Series ids of the whole run, by name and labels. */
type SeriesIds = Map<string, number>;
type Labels = Record<string, string>;
type Push = Extract<Observation, { type: 'push' }>;

function stepObservations(step: StepTimeline, instances: number, ids: SeriesIds): Observation[] {
  const { startedAt, endedAt, how } = step;
  const loadAt = startedAt ?? 0;
  const instanceNames = Array.from({ length: instances }, (_, index) => `step${step.step}-${index}`);
  const [firstInstance = ''] = instanceNames;
  const { multiple, warmUpMs, replayedMs, settleMs, schedules, vus, hangCoveredMs } = step;
  const { peakOrdersPerSec, sliceMs, journeySliceMs, journeyStepSliceMs } = step;
  const { ruleSliceMs, windowPeakOrdersPerSec } = step;
  return [
    {
      type: 'step-planned',
      at: loadAt - 1_000,
      step: step.step,
      ...{ multiple, warmUpMs, replayedMs, settleMs, schedules, vus, hangCoveredMs },
      ...{ peakOrdersPerSec, sliceMs, journeySliceMs, journeyStepSliceMs },
      ...{ ruleSliceMs, windowPeakOrdersPerSec },
    },
    ...(startedAt === null
      ? []
      : [{ type: 'load-started' as const, at: loadAt, step: step.step, startedAt }]),
    ...Object.entries(step.firstStartAt).map(([journey, at]) => ({
      type: 'first-start' as const,
      ...{ at, step: step.step, journey, startedAt: at },
    })),
    ...instanceNames.flatMap((name, index) => pushesOf(step, name, { index, of: instances }, ids)),
    ...step.failedTurns.map((one) => ({ type: 'failed-turn' as const, step: step.step, ...one })),
    ...step.refusedPushes.map((one) => ({ type: 'push-refused' as const, ...one })),
    ...step.cpu.map((one) => ({
      type: 'cpu' as const,
      who: 'k6' as const,
      ...one,
    })),
    ...step.k6Log.map((one) => ({ type: 'k6-log' as const, instance: firstInstance, ...one })),
    ...(how === null || endedAt === null
      ? []
      : [{ type: 'step-ended' as const, at: endedAt, step: step.step, how }]),
  ];
}

interface Increment {
  name: string;
  labels: Labels;
  /** Not before this instant, epoch ms. */
  at: number;
  count: number;
}

/** What one of several k6 processes counted, in the pushes of the timeline. */
function pushesOf(
  step: StepTimeline,
  instance: string,
  share: { index: number; of: number },
  ids: SeriesIds,
): Observation[] {
  const increments = countersOf(step)
    .map((one) => ({ ...one, count: shareOf(one.count, share) }))
    .sort((a, b) => a.at - b.at);
  const totals = new Map<string, number>();
  const observations: Observation[] = [];
  let next = 0;
  for (const { at, newestSampleAt } of step.pushes) {
    const sampleAt = newestSampleAt ?? at;
    const changed = new Map<string, { name: string; labels: Labels }>();
    for (; (increments[next]?.at ?? Number.POSITIVE_INFINITY) <= sampleAt; next++) {
      const { name, labels, count } = increments[next] ?? { name: '', labels: {}, count: 0 };
      const key = JSON.stringify([name, instance, labels]);
      if (count === 0) continue;
      totals.set(key, (totals.get(key) ?? 0) + count);
      changed.set(key, { name, labels });
    }
    const push: Push = { type: 'push', at, samples: [], histograms: [] };
    for (const [key, { name, labels }] of changed) {
      const known = ids.get(key);
      const id = known ?? ids.size + 1;
      if (known === undefined) {
        ids.set(key, id);
        observations.push({ type: 'series', at, id, name, labels: { instance, ...labels } });
      }
      const total = totals.get(key) ?? 0;
      if (name === SERIES.turnDuration || name === SERIES.partDuration)
        push.histograms = [...push.histograms, [id, sampleAt, state(total)]];
      else push.samples = [...push.samples, [id, sampleAt, total]];
    }
    observations.push({ ...push, ...withGauges(step, instance, share, push, at, ids, observations) });
  }
  return observations;
}

/** Both VU gauges, as in every push of k6. */
function withGauges(
  step: StepTimeline,
  instance: string,
  share: { index: number; of: number },
  push: Push,
  at: number,
  ids: SeriesIds,
  observations: Observation[],
): Pick<Push, 'samples'> {
  const sample = step.vusSamples.find((one) => one.at === at);
  const gauges: [string, number | null][] = [
    [SERIES.vusBusy, sample?.busy ?? null],
    [SERIES.vusMax, sample?.allocated ?? step.vus],
  ];
  const samples = gauges.flatMap(([name, value]): Push['samples'][number][] => {
    if (value === null) return [];
    const key = JSON.stringify([name, instance]);
    const known = ids.get(key);
    if (known === undefined) {
      ids.set(key, ids.size + 1);
      observations.push({ type: 'series', at, id: ids.size, name, labels: { instance } });
    }
    return [[ids.get(key) ?? 0, at, shareOf(value, share)]];
  });
  return { samples: [...push.samples, ...samples] };
}

/** Said only where the outcome does not say it. */
const firstOf = ({ outcome, first }: TurnTally): Labels =>
  first === 'bad' && (outcome === 'good' || isPolite(outcome)) ? { first } : {};

function countersOf(step: StepTimeline): Increment[] {
  const slotOf = (second: number): string => String(second % SLOT_MODULUS);
  const started = [...step.started].flatMap(([journey, seconds]) =>
    [...seconds].flatMap(([second, count]): Increment[] => {
      const orders = step.ordersStarted.get(journey)?.get(second) ?? 0;
      const labels = { scenario: journey, slot: slotOf(second) };
      const begun = { name: SERIES.turnsStarted, at: (second + 1) * 1_000 };
      return [
        { ...begun, labels, count: orders },
        // With which step a later turn began is not told: the fold asks only whether it begins an order.
        { ...begun, labels: { ...labels, at: '1' }, count: count - orders },
      ];
    }),
  );
  const ended = [...step.turns].flatMap((turn): Increment[] => {
    const kind: Labels = turn.kind === null ? {} : { kind: turn.kind };
    const outcome: Labels = turn.outcome === 'good' ? {} : { outcome: turn.outcome };
    const fate = { scenario: turn.journey, ...outcome, ...kind };
    const item: Labels = turn.item === null ? {} : { item: turn.item };
    const cafe: Labels = turn.cafe === null ? {} : { cafe: turn.cafe };
    const labels = {
      ...fate,
      ...item,
      ...cafe,
      slot: slotOf(turn.second),
      ...(turn.at === null ? {} : { at: String(turn.at) }),
      ...firstOf(turn),
    };
    return [
      { name: SERIES.turnsEnded, labels, at: turn.endedBy, count: turn.count },
      { name: SERIES.turnDuration, labels: fate, at: turn.endedBy, count: turn.count },
    ];
  });
  const dropped = step.dropped.map(({ journey, toAt, count }) => ({
    name: SERIES.dropped,
    labels: { scenario: journey },
    at: toAt,
    count,
  }));
  const iterations = Object.entries(step.iterations).map(([journey, count]) => ({
    name: SERIES.iterations,
    labels: { scenario: journey },
    at: step.pushes.at(-1)?.newestSampleAt ?? 0,
    count,
  }));
  return [...started, ...ended, ...dropped, ...iterations, ...trafficIncrements(step)];
}

/** Repeats by the reasons that the whole step tells, as far as these reach. */
function trafficIncrements({ traffic, repeats, parts, pushes }: StepTimeline): Increment[] {
  const left = repeats.map((one) => ({ ...one }));
  const endAt = pushes.at(-1)?.newestSampleAt ?? 0;
  return [
    ...traffic.flatMap(({ journey, second, requests, repeats: repeated, invited }): Increment[] => {
      const at = second * 1_000;
      const taken = [
        ...takeRepeats(left, journey, invited, (why) => INVITED.includes(why)),
        ...takeRepeats(left, journey, repeated - invited, (why) => !INVITED.includes(why)),
      ];
      return [
        { name: SERIES.requests, labels: { scenario: journey, name: 'POST /orders' }, at, count: requests },
        ...taken.map(({ why, count }) => ({
          name: SERIES.repeats,
          labels: { scenario: journey, why },
          at,
          count,
        })),
      ];
    }),
    ...parts.map(({ journey, part, histogram }) => ({
      name: SERIES.partDuration,
      labels: { scenario: journey, part },
      at: endAt,
      count: histogram.count,
    })),
  ];
}

const INVITED: readonly Repeat[] = ['retry-after', 'ticket'];
type Repeats = StepTimeline['repeats'][number];

function takeRepeats(
  left: Repeats[],
  journey: string,
  wanted: number,
  such: (why: Repeat) => boolean,
): Repeats[] {
  const taken: Repeats[] = [];
  let rest = wanted;
  for (const one of left) {
    const count = one.journey === journey && such(one.why) ? Math.min(rest, one.count) : 0;
    if (count === 0) continue;
    one.count -= count;
    rest -= count;
    taken.push({ ...one, count });
  }
  return taken;
}

const shareOf = (count: number, { index, of }: { index: number; of: number }): number =>
  Math.floor(count / of) + (index < count % of ? 1 : 0);

/** 50 ms each, in the bucket that `durationsOf` of the stories uses. */
const state = (count: number) => ({
  count,
  sum: count * 0.05,
  schema: 3,
  zeroCount: 0,
  buckets: [-34, count],
});

function faultObservations(span: RunTimeline['faultSpans'][number]): Observation[] {
  const { fault, plannedOnAt, onAt, plannedOffAt, offAt } = span;
  const { seen, hit, requestedMedianMs, achievedMedianMs } = span;
  const tallyAt = offAt ?? onAt;
  return [
    { type: 'fault-on', at: onAt, fault, plannedAt: plannedOnAt },
    {
      type: 'fault-tally',
      at: tallyAt,
      ...{ fault, plannedOnAt, seen, hit, requestedMedianMs, achievedMedianMs },
    },
    ...(offAt === null
      ? []
      : [{ type: 'fault-off' as const, at: offAt, fault, plannedAt: plannedOffAt ?? offAt }]),
  ];
}

function stockObservations({ partner, item, fromAt, toAt }: RunTimeline['stockOuts'][number]): Observation[] {
  return [
    { type: 'stock-out', at: fromAt, partner, item },
    ...(toAt === null ? [] : [{ type: 'stock-back' as const, at: toAt, partner, item }]),
  ];
}

function closureObservations({
  partner,
  shop,
  fromAt,
  toAt,
}: RunTimeline['closures'][number]): Observation[] {
  return [
    { type: 'shop-closed', at: fromAt, partner, shop },
    ...(toAt === null ? [] : [{ type: 'shop-open' as const, at: toAt, partner, shop }]),
  ];
}

/** The last tally of a step comes when its timeline has ended. */
function tallyObservation(
  { step, ...tally }: RunTimeline['invariants'][number],
  { steps }: RunTimeline,
): Observation {
  const endedAt = steps.find((one) => one.step === step)?.endedAt ?? 0;
  return { type: 'invariant-tally', at: endedAt, ...tally };
}
