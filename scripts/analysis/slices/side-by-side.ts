import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import {
  ENOUGH_TURNS,
  SLICE_DIFFERS_LEVEL,
  STEP_DIFFERS_DOWN_ABOVES,
  STEP_DIFFERS_LEVEL,
  WITNESS_LEVEL,
} from '../../core/limits.ts';
import type { Span } from '../judgement.ts';
import { likelyApart, likelyAtLeast, type Share } from '../time/chance.ts';
import { sliceIndex } from '../time/slice-index.ts';
import type { HeardProbe } from './prober.ts';
import type { TurnRun } from './turn-runs.ts';

/** Good and bad ones together, and the bad ones, of each slice. */
interface Columns {
  valid: Float64Array;
  bad: Float64Array;
}

interface Journey {
  /** Turns of each of its steps, where each is a turn; else of the whole order. */
  steps: readonly Columns[];
  canaries: Columns;
}

/**
 * Orders and canaries of a step, journey by journey and slice by slice. A canary does not think, so with think time it is
 * compared with orders as they would have gone in the same slice: bad with the probability that one of its steps
 * is, 1 - (1 - b1/n1)(1 - b2/n2)…, as if there were as many as turns of the step with fewest.
 */
export class SideBySide {
  readonly #journeys: ReadonlyMap<string, Journey>;
  readonly #isSound: (index: number) => boolean;

  /** @param isSound whether nothing speaks against the orders of a slice */
  constructor(
    grid: readonly Span[],
    runs: readonly TurnRun[],
    heard: readonly HeardProbe[],
    isSound: (index: number) => boolean,
  ) {
    const indexOf = sliceIndex(grid);
    const from = grid[0]?.fromAt ?? 0;
    const journeys = new Set(runs.flatMap(({ journey }) => journey ?? []));
    const blank = (): Columns => ({
      valid: new Float64Array(grid.length),
      bad: new Float64Array(grid.length),
    });
    const turnsOf = ({ columns: { valid, bad } }: TurnRun): Columns => {
      const columns = blank();
      for (const [second, count] of valid.entries()) {
        if (count > 0) add(columns, indexOf(from + second * 1_000), count, bad[second] ?? 0);
      }
      return columns;
    };
    this.#journeys = new Map(
      [...journeys].map((journey) => {
        const own = runs.filter((run) => run.journey === journey);
        const ofSteps = own.filter(({ journeyStep }) => journeyStep !== null);
        const steps = (ofSteps.length > 0 ? ofSteps : own).map(turnsOf);
        return [journey, { steps, canaries: blank() }];
      }),
    );
    for (const { probe, said } of heard) {
      const canaries = this.#journeys.get(probe.journey)?.canaries;
      const index = indexOf(probe.scheduledAt);
      if (said !== null && canaries && index !== -1) add(canaries, index, 1, Number(said === 'failed'));
    }
    this.#isSound = isSound;
  }

  /** Orders around the slice fail as often as the canaries in it, so these add nothing. */
  explains(journey: string, index: number): boolean {
    const own = this.#journeys.get(journey);
    if (!own) return false;
    const near = [index - 1, index, index + 1].filter((at) => this.#isSound(at));
    const orders = ordersIn(own, near);
    const { canaries } = own;
    return (
      orders.begun >= ENOUGH_TURNS && likelyAtLeast(shareIn(canaries, index), whole(orders)) >= WITNESS_LEVEL
    );
  }

  /** Orders and canaries of a journey parted in this slice, by more than chance brings, and not both are over `downAbove`. */
  differ(index: number, downAboveRatio: number): boolean {
    for (const journey of this.#journeys.values()) {
      const canaries = shareIn(journey.canaries, index);
      const orders = ordersIn(journey, [index]);
      // Most slices are good for both.
      if (canaries.bad + orders.bad === 0 || areBothOver(orders, canaries, downAboveRatio)) continue;
      if (likelyApart(canaries, whole(orders)) < SLICE_DIFFERS_LEVEL) return true;
    }
    return false;
  }

  /**
   * The journey, if any, whose orders and canaries part over all these slices: the sum of failed canaries less what the
   * orders of the same slice lead to expect, by its hypergeometric variance (as the Mantel-Haenszel test does), and
   * shares further apart than half of `downAbove`. Slices that are DOWN and in which both are over it are left out; others
   * in which both happen to be are not, as that would leave only those in which few canaries failed.
   */
  apart(
    indexes: readonly number[],
    isDown: (index: number) => boolean,
    downAboveRatio: number,
  ): Apart | null {
    for (const [journey, own] of this.#journeys) {
      const [allOrders, allCanaries] = [
        { valid: 0, bad: 0 },
        { valid: 0, bad: 0 },
      ];
      let excess = 0;
      let variance = 0;
      for (const index of indexes) {
        const [orders, canaries] = [ordersIn(own, [index]), shareIn(own.canaries, index)];
        if (canaries.valid === 0 || orders.valid === 0) continue;
        if (isDown(index) && areBothOver(orders, canaries, downAboveRatio)) continue;
        const [all, bad] = [orders.valid + canaries.valid, orders.bad + canaries.bad];
        excess += canaries.bad - (canaries.valid * bad) / all;
        variance += (orders.valid * canaries.valid * bad * (all - bad)) / (all * all * (all - 1));
        increase(allOrders, orders);
        increase(allCanaries, canaries);
      }
      const apart = Math.abs(ratioOf(allOrders) - ratioOf(allCanaries));
      const isFar = apart > STEP_DIFFERS_DOWN_ABOVES * downAboveRatio;
      const isBeyond = variance > 0 && Math.abs(excess) > FAR * Math.sqrt(variance);
      if (isFar && isBeyond) return { journey, orders: allOrders, canaries: allCanaries };
    }
    return null;
  }
}

export interface Apart {
  journey: string;
  orders: Share;
  canaries: Share;
}

/** Orders as they went in these slices. `begun`: turns of the step with most; `valid`: of the one with fewest. */
function ordersIn({ steps }: Journey, indexes: readonly number[]): Share & { begun: number } {
  let [fewest, begun, goodRatio, bad, met] = [Number.POSITIVE_INFINITY, 0, 1, 0, 0];
  for (const step of steps) {
    const turns = { valid: 0, bad: 0 };
    for (const index of indexes) increase(turns, shareIn(step, index));
    if (turns.valid === 0) continue;
    met++;
    bad = turns.bad;
    fewest = Math.min(fewest, turns.valid);
    begun = Math.max(begun, turns.valid);
    goodRatio *= 1 - ratioOf(turns);
  }
  if (met === 0) return { valid: 0, bad: 0, begun: 0 };
  return { valid: fewest, bad: met === 1 ? bad : fewest * (1 - goodRatio), begun };
}

const shareIn = ({ valid, bad }: Columns, index: number): Share => ({
  valid: valid[index] ?? 0,
  bad: bad[index] ?? 0,
});

const FAR = normalQuantile(1 - STEP_DIFFERS_LEVEL / 2, 0, 1);

const whole = ({ valid, bad }: Share): Share => ({ valid, bad: Math.round(bad) });

const ratioOf = ({ valid, bad }: Share): number => (valid === 0 ? 0 : bad / valid);

const areBothOver = (one: Share, other: Share, ratio: number): boolean =>
  ratioOf(one) > ratio && ratioOf(other) > ratio;

function increase(sum: Share, { valid, bad }: Share): void {
  sum.valid += valid;
  sum.bad += bad;
}

function add({ valid, bad }: Columns, index: number, count: number, badCount: number): void {
  valid[index] = (valid[index] ?? 0) + count;
  bad[index] = (bad[index] ?? 0) + badCount;
}
