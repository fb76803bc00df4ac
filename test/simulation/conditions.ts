import lognormalCdf from '@stdlib/stats-base-dists-lognormal-cdf';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import type { BadKind } from '../../k6/contract.ts';
import { MEASURED_SEC, WARM_UP_SEC } from './simulated-step.ts';

/** What healthy shops do, by the second from T0: the probability that a turn fails. */
export interface Condition {
  name: string;
  kind: BadKind;
  /** @param random draws of the step, 0 to 1 */
  failing: (random: () => number) => (second: number) => number;
}

const SLOW_AFTER_SEC = 3;
const MEDIAN_SEC = 0.5;
/** Of a lognormal with a 99th percentile of 2 s. */
const SIGMA = Math.log(2 / MEDIAN_SEC) / normalQuantile(0.99, 0, 1);

/** Share of the turns that take longer than `slowAfter` if each waits for so long more. */
const late = (moreSec: number): number =>
  1 - lognormalCdf(SLOW_AFTER_SEC - moreSec, Math.log(MEDIAN_SEC), SIGMA);

const BURST_SEC = 0.3;
/** In a burst one worker of eight fails. */
const PARTLY = 1 / 8;

const always = (ratio: number) => () => () => ratio;

/** One burst of 300 ms in each piece of time, anywhere in it: so long that this share of all turns fails on average. */
function bursts(within: number, average: number): Condition['failing'] {
  const pieceSec = (BURST_SEC * within) / average;
  return (random) => {
    const share = new Map<number, number>();
    const fail = (second: number, sec: number): Map<number, number> =>
      share.set(second, Math.min(1, (share.get(second) ?? 0) + sec * within));
    for (let from = -WARM_UP_SEC; from < MEASURED_SEC + 60; from += pieceSec) {
      const at = from + random() * (pieceSec - BURST_SEC);
      const first = Math.floor(at);
      const inFirst = Math.min(BURST_SEC, first + 1 - at);
      fail(first, inFirst);
      fail(first + 1, BURST_SEC - inFirst);
    }
    return (second) => share.get(second) ?? 0;
  };
}

/** In bursts, one worker of eight fails; pauses come once in 10 s. */
export const HEALTHY: readonly Condition[] = [
  { name: 'p99 2 s', kind: 'slow', failing: always(late(0)) },
  { name: 'errors of 0.5 %, each alone', kind: '5xx', failing: always(0.005) },
  { name: 'errors of 0.5 %, in bursts of 300 ms', kind: '5xx', failing: bursts(PARTLY, 0.005) },
  { name: 'errors of 2 %, each alone', kind: '5xx', failing: always(0.02) },
  { name: 'pauses of 300 ms, p99 2 s', kind: 'slow', failing: pauses() },
];

/** Once in 10 s: who comes in a pause waits for all of it. */
function pauses(): Condition['failing'] {
  const inPause = BURST_SEC / 10;
  return always((1 - inPause) * late(0) + inPause * late(BURST_SEC));
}
