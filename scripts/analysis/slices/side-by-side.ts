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
import type { OrderCounts } from '../turns/counted-turns.ts';
import type { HeardProbe } from './prober.ts';

/** Orders and canaries of one journey in each slice. */
interface Journey {
  orders: readonly Share[];
  canaries: readonly Share[];
}

/** Orders and canaries of a step, journey by journey and slice by slice. */
export class SideBySide {
  readonly #journeys: ReadonlyMap<string, Journey>;
  readonly #isSound: (index: number) => boolean;

  /** @param isSound whether nothing speaks against the orders of a slice */
  constructor(
    grid: readonly Span[],
    journeys: readonly string[],
    { orders, heard }: { orders: OrderCounts; heard: readonly HeardProbe[] },
    isSound: (index: number) => boolean,
  ) {
    const indexOf = sliceIndex(grid);
    const ordersOf = (journey: string): Share[] => {
      const shares = grid.map(() => ({ valid: 0, bad: 0 }));
      for (const [second, { valid, bad }] of orders.get(journey) ?? [])
        count(shares[indexOf(second * 1_000)], valid, bad);
      return shares;
    };
    const canariesOf = (journey: string): Share[] => {
      const shares = grid.map(() => ({ valid: 0, bad: 0 }));
      for (const { probe, said } of heard) {
        if (probe.journey !== journey || said === null) continue;
        count(shares[indexOf(probe.scheduledAt)], 1, Number(said === 'failed'));
      }
      return shares;
    };
    this.#journeys = new Map(
      journeys.map((journey) => [journey, { orders: ordersOf(journey), canaries: canariesOf(journey) }]),
    );
    this.#isSound = isSound;
  }

  /** Orders around the slice fail as often as the canaries in it, so these add nothing. */
  explains(journey: string, index: number): boolean {
    const own = this.#journeys.get(journey);
    const canaries = own?.canaries[index];
    if (!own || !canaries) return false;
    const near = [index - 1, index, index + 1].filter((at) => this.#isSound(at));
    const orders = sumOf(near.flatMap((at) => own.orders[at] ?? []));
    return orders.valid >= ENOUGH_TURNS && likelyAtLeast(canaries, orders) >= WITNESS_LEVEL;
  }

  /** Orders and canaries of a journey parted in this slice, by more than chance brings, and not both are over `downAbove`. */
  differ(index: number, downAboveRatio: number): boolean {
    return [...this.#journeys.values()].some(({ orders, canaries }) => {
      const [own, beside] = [orders[index], canaries[index]];
      if (!own || !beside || areBothOver(own, beside, downAboveRatio)) return false;
      return likelyApart(beside, own) < SLICE_DIFFERS_LEVEL;
    });
  }

  /**
   * The journey, if any, whose orders and canaries part over all these slices: the sum of failed canaries less what the
   * orders of the same slice lead to expect, by its hypergeometric variance (as the Mantel-Haenszel test does), and
   * shares further apart than half of `downAbove`.
   */
  apart(indexes: readonly number[], downAboveRatio: number): Apart | null {
    for (const [journey, { orders, canaries }] of this.#journeys) {
      const both = indexes.flatMap((index) => {
        const [own, beside] = [orders[index], canaries[index]];
        const isTold = own && beside && own.valid > 0 && beside.valid > 0;
        return isTold && !areBothOver(own, beside, downAboveRatio) ? [{ own, beside }] : [];
      });
      const [all, probes] = [sumOf(both.map(({ own }) => own)), sumOf(both.map(({ beside }) => beside))];
      const apart = Math.abs(ratioOf(all) - ratioOf(probes));
      const isFar = apart > STEP_DIFFERS_DOWN_ABOVES * downAboveRatio;
      if (isFar && isBeyond(both)) return { journey, orders: all, canaries: probes };
    }
    return null;
  }
}

export interface Apart {
  journey: string;
  orders: Share;
  canaries: Share;
}

function isBeyond(both: readonly { own: Share; beside: Share }[]): boolean {
  let excess = 0;
  let variance = 0;
  for (const { own, beside } of both) {
    const [all, bad] = [own.valid + beside.valid, own.bad + beside.bad];
    excess += beside.bad - (beside.valid * bad) / all;
    variance += (own.valid * beside.valid * bad * (all - bad)) / (all * all * (all - 1));
  }
  return variance > 0 && Math.abs(excess) > FAR * Math.sqrt(variance);
}

const FAR = normalQuantile(1 - STEP_DIFFERS_LEVEL / 2, 0, 1);

const ratioOf = ({ valid, bad }: Share): number => (valid === 0 ? 0 : bad / valid);

const areBothOver = (one: Share, other: Share, ratio: number): boolean =>
  ratioOf(one) > ratio && ratioOf(other) > ratio;

function sumOf(shares: readonly Share[]): Share {
  const sum = { valid: 0, bad: 0 };
  for (const { valid, bad } of shares) count(sum, valid, bad);
  return sum;
}

function count(share: Share | undefined, valid: number, bad: number): void {
  if (!share) return;
  share.valid += valid;
  share.bad += bad;
}
