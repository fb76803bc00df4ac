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

/** One journey in each slice. */
interface Journey {
  /** Turns of each of its steps, where each is a turn; else of the whole order. */
  steps: readonly (readonly Share[])[];
  canaries: readonly Share[];
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
    const blank = (): Share[] => grid.map(() => ({ valid: 0, bad: 0 }));
    const turnsOf = ({ columns: { valid, bad } }: TurnRun): Share[] => {
      const shares = blank();
      for (const [second, count] of valid.entries()) {
        if (count > 0) add(shares[indexOf(from + second * 1_000)], { valid: count, bad: bad[second] ?? 0 });
      }
      return shares;
    };
    const canaries = new Map([...journeys].map((journey) => [journey, blank()]));
    for (const { probe, said } of heard) {
      const share = canaries.get(probe.journey)?.[indexOf(probe.scheduledAt)];
      if (said !== null) add(share, { valid: 1, bad: Number(said === 'failed') });
    }
    this.#journeys = new Map(
      [...journeys].map((journey) => {
        const own = runs.filter((run) => run.journey === journey);
        const ofSteps = own.filter(({ journeyStep }) => journeyStep !== null);
        const steps = (ofSteps.length > 0 ? ofSteps : own).map(turnsOf);
        return [journey, { steps, canaries: canaries.get(journey) ?? [] }];
      }),
    );
    this.#isSound = isSound;
  }

  /** Orders around the slice fail as often as the canaries in it, so these add nothing. */
  explains(journey: string, index: number): boolean {
    const own = this.#journeys.get(journey);
    const canaries = own?.canaries[index];
    if (!own || !canaries) return false;
    const near = [index - 1, index, index + 1].filter((at) => this.#isSound(at));
    const orders = ordersIn(own, near);
    return orders.begun >= ENOUGH_TURNS && likelyAtLeast(canaries, whole(orders)) >= WITNESS_LEVEL;
  }

  /** Orders and canaries of a journey parted in this slice, by more than chance brings, and not both are over `downAbove`. */
  differ(index: number, downAboveRatio: number): boolean {
    return [...this.#journeys.values()].some((journey) => {
      const orders = ordersIn(journey, [index]);
      const canaries = journey.canaries[index];
      if (!canaries || orders.valid === 0 || areBothOver(orders, canaries, downAboveRatio)) return false;
      return likelyApart(canaries, whole(orders)) < SLICE_DIFFERS_LEVEL;
    });
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
      const both = indexes.flatMap((index) => {
        const orders = ordersIn(own, [index]);
        const canaries = own.canaries[index];
        if (!canaries || canaries.valid === 0 || orders.valid === 0) return [];
        return isDown(index) && areBothOver(orders, canaries, downAboveRatio) ? [] : [{ orders, canaries }];
      });
      const orders = sumOf(both.map((one) => one.orders));
      const canaries = sumOf(both.map((one) => one.canaries));
      const apart = Math.abs(ratioOf(orders) - ratioOf(canaries));
      const isFar = apart > STEP_DIFFERS_DOWN_ABOVES * downAboveRatio;
      if (isFar && isBeyond(both)) return { journey, orders, canaries };
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
  const turns = steps
    .map((step) => sumOf(indexes.flatMap((index) => step[index] ?? [])))
    .filter(({ valid }) => valid > 0);
  const [first, ...more] = turns;
  if (first === undefined) return { valid: 0, bad: 0, begun: 0 };
  const counts = turns.map((step) => step.valid);
  const begun = Math.max(...counts);
  if (more.length === 0) return { ...first, begun };
  const valid = Math.min(...counts);
  const good = turns.reduce((ratio, step) => ratio * (1 - ratioOf(step)), 1);
  return { valid, bad: valid * (1 - good), begun };
}

function isBeyond(both: readonly { orders: Share; canaries: Share }[]): boolean {
  let excess = 0;
  let variance = 0;
  for (const { orders, canaries } of both) {
    const [all, bad] = [orders.valid + canaries.valid, orders.bad + canaries.bad];
    excess += canaries.bad - (canaries.valid * bad) / all;
    variance += (orders.valid * canaries.valid * bad * (all - bad)) / (all * all * (all - 1));
  }
  return variance > 0 && Math.abs(excess) > FAR * Math.sqrt(variance);
}

const FAR = normalQuantile(1 - STEP_DIFFERS_LEVEL / 2, 0, 1);

const whole = ({ valid, bad }: Share): Share => ({ valid, bad: Math.round(bad) });

const ratioOf = ({ valid, bad }: Share): number => (valid === 0 ? 0 : bad / valid);

const areBothOver = (one: Share, other: Share, ratio: number): boolean =>
  ratioOf(one) > ratio && ratioOf(other) > ratio;

function sumOf(shares: readonly Share[]): Share {
  const sum = { valid: 0, bad: 0 };
  for (const share of shares) add(sum, share);
  return sum;
}

function add(share: Share | undefined, { valid, bad }: Share): void {
  if (!share) return;
  share.valid += valid;
  share.bad += bad;
}
