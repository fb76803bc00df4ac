import type { TrafficFigures } from '../../contract/figures.ts';
import { ENOUGH_TURNS, SHORTEST_BUCKET_MS } from '../../core/limits.ts';
import { sumBy, sumOf } from '../../core/statistics.ts';
import type { StepTimeline } from '../../observe/timeline.ts';
import type { Span } from '../judgement.ts';
import { t0Of } from '../time/grid.ts';
import { byFrequency, countKind } from '../turns/event-counts.ts';

/** Null if k6 told of no request. */
export function trafficOf(step: StepTimeline): TrafficFigures | null {
  const { requests, repeats } = requestsOf(step.traffic);
  if (requests === 0) return null;
  const turns = sumBy(step.started.values(), (seconds) => sumOf(seconds.values()));
  return {
    requests,
    firstTries: firstTriesOf({ requests, repeats }),
    repeats: repeatsByWhy(step),
    turns,
    requestsPerTurn: turns === 0 ? null : requests / turns,
    amplification: amplificationOf({ requests, repeats }, 1),
    peak: peakOf(step),
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

/** Of the buckets of one slice, but at least 5 s, that count from T0. */
function peakOf(step: StepTimeline): TrafficFigures['peak'] {
  const lengthMs = Math.max(SHORTEST_BUCKET_MS, step.sliceMs);
  const t0 = Math.ceil((t0Of(step) ?? 0) / 1_000) * 1_000;
  const buckets = new Map<number, Requests>();
  for (const { second, requests, repeats } of step.traffic) {
    const index = Math.floor((second * 1_000 - t0) / lengthMs);
    const sum = buckets.get(index) ?? { requests: 0, repeats: 0 };
    buckets.set(index, { requests: sum.requests + requests, repeats: sum.repeats + repeats });
  }
  let peak: TrafficFigures['peak'] = null;
  for (const [index, sum] of [...buckets].sort(([a], [b]) => a - b)) {
    const amplification = amplificationOf(sum, ENOUGH_TURNS);
    if (amplification !== null && amplification > (peak?.amplification ?? 0))
      peak = { startedAt: t0 + index * lengthMs, lengthMs, amplification };
  }
  return peak;
}
