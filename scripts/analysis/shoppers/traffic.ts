import { ENOUGH_TURNS, SHORTEST_BUCKET_MS } from '../../core/limits.ts';
import { sumOf } from '../../core/statistics.ts';
import type { StepTimeline } from '../../observe/timeline.ts';
import type { Span, TrafficBucket, TrafficFigures } from '../judgement.ts';
import { t0Of } from '../time/grid.ts';
import { byFrequency, countKind } from '../turns/event-counts.ts';

/** Null if k6 told of no request. */
export function trafficOf(step: StepTimeline): TrafficFigures | null {
  const { requests, repeats } = requestsOf(step.traffic);
  if (requests === 0) return null;
  const turns = turnsPerSec(step);
  const turnsInAll = sumOf(turns.values());
  const bucketMs = Math.max(SHORTEST_BUCKET_MS, step.sliceMs);
  const overTime = bucketsOf(step, turns, bucketMs);
  return {
    requests,
    firstTries: firstTriesOf({ requests, repeats }),
    repeats: repeatsByWhy(step),
    turns: turnsInAll,
    requestsPerTurn: turnsInAll === 0 ? null : requests / turnsInAll,
    amplification: amplificationOf({ requests, repeats }, 1),
    peak: peakOf(overTime),
    bucketMs,
    overTime,
  };
}

/** Requests ÷ first tries of some time; null with too few of them. */
export function amplificationIn(step: StepTimeline, { fromAt, toAt }: Span): number | null {
  const within = step.traffic.filter(({ second }) => second * 1_000 >= fromAt && second * 1_000 < toAt);
  return amplificationOf(requestsOf(within), ENOUGH_TURNS);
}

interface Requests {
  requests: number;
  repeats: number;
}

const requestsOf = (traffic: readonly Requests[]): Requests => ({
  requests: sumOf(traffic.map(({ requests }) => requests)),
  repeats: sumOf(traffic.map(({ repeats }) => repeats)),
});

/** A repeat may be told of a second before its request is. */
const firstTriesOf = ({ requests, repeats }: Requests): number => Math.max(0, requests - repeats);

function amplificationOf(counts: Requests, atLeast: number): number | null {
  const firstTries = firstTriesOf(counts);
  return firstTries < atLeast ? null : counts.requests / firstTries;
}

function repeatsByWhy(step: StepTimeline): TrafficFigures['repeats'] {
  const counts = new Map<TrafficFigures['repeats'][number]['why'], number>();
  for (const { why, count } of step.repeats) countKind(counts, why, count);
  return byFrequency(counts).map(({ kind: why, count }) => ({ why, count }));
}

function turnsPerSec(step: StepTimeline): ReadonlyMap<number, number> {
  const turns = new Map<number, number>();
  for (const started of step.started.values()) {
    for (const [second, count] of started) countKind(turns, second, count);
  }
  return turns;
}

function bucketsOf(
  step: StepTimeline,
  turns: ReadonlyMap<number, number>,
  bucketMs: number,
): TrafficBucket[] {
  const t0 = Math.ceil((t0Of(step) ?? 0) / 1_000) * 1_000;
  const indexOf = (second: number): number => Math.floor((second * 1_000 - t0) / bucketMs);
  const seconds = [
    ...[...turns].map(([second, count]) => ({ second, requests: 0, repeats: 0, turns: count })),
    ...step.traffic.map((one) => ({ ...one, turns: 0 })),
  ];
  const first = seconds.reduce((least, { second }) => Math.min(least, indexOf(second)), 0);
  const last = seconds.reduce((most, { second }) => Math.max(most, indexOf(second)), first);
  const sums = Array.from({ length: last - first + 1 }, () => ({ requests: 0, repeats: 0, turns: 0 }));
  for (const one of seconds) {
    const sum = sums[indexOf(one.second) - first];
    if (!sum) continue;
    sum.requests += one.requests;
    sum.repeats += one.repeats;
    sum.turns += one.turns;
  }
  return sums.map((sum, index) => ({
    fromAt: t0 + (first + index) * bucketMs,
    ...sum,
    amplification: amplificationOf(sum, ENOUGH_TURNS),
  }));
}

function peakOf(overTime: readonly TrafficBucket[]): TrafficFigures['peak'] {
  let peak: TrafficFigures['peak'] = null;
  for (const { fromAt, amplification } of overTime) {
    if (amplification !== null && amplification > (peak?.amplification ?? 0))
      peak = { fromAt, amplification };
  }
  return peak;
}
