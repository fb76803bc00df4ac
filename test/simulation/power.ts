import type { StepReport } from '../../scripts/contract/run-report.ts';
import { type Shoppers, type SimulatedStep, simulate } from './simulated-step.ts';

const KIND = '5xx' as const;
const NEVER = () => 0;

export interface Powered {
  name: string;
  /** What must be so in how many of the steps. */
  wanted: string;
  atLeast: number;
  steps: number;
  held: number;
  /** Charged, s: least, median and most. */
  chargedSec: readonly [number, number, number];
}

interface PowerCase {
  name: string;
  wanted: string;
  atLeast: number;
  step: (nth: number) => Omit<SimulatedStep, 'seed'>;
  holds: (report: StepReport, nth: number) => boolean;
}

const shoppers = (one: Pick<Shoppers, 'ratePerSec'> & Partial<Shoppers>): Shoppers => ({
  journey: 'checkout',
  turns: 1,
  arrivals: 'poisson',
  failing: NEVER,
  kind: KIND,
  ...one,
});

const chargedSec = (report: StepReport): number => (report.downtime?.chargedMs ?? 0) / 1_000;

/** A fifth of one journey step fails: for 30 s, or for three slices that hold 100 of its turns. */
const oneStepFails = (ratePerSec: number, forSec: number, turns: number): PowerCase => ({
  name: `20 % of one journey step of ${turns} for ${forSec} s, ${ratePerSec} orders/s`,
  wanted: 'charged',
  atLeast: 0.99,
  step: (nth) => {
    const from = 120 + (nth % 60);
    const failing = (second: number, at: number): number =>
      at === turns - 1 && second >= from && second < from + forSec ? 0.2 : 0;
    return { shoppers: [shoppers({ ratePerSec, turns, failing })], budgetMs: 5_000 };
  },
  holds: (report) => chargedSec(report) > 0,
});

/** Each turn fails so often that of all orders 8 % do. */
const ordersFail = (ratePerSec: number, turns: number): PowerCase => ({
  name: `8 % of the orders for the whole step, ${ratePerSec} orders/s of ${turns} ${turns === 1 ? 'turn' : 'turns'}`,
  wanted: 'no PASS',
  atLeast: 1,
  step: () => {
    const failing = () => 1 - 0.92 ** (1 / turns);
    return { shoppers: [shoppers({ ratePerSec, turns, failing })], budgetMs: 5_000 };
  },
  holds: ({ status }) => status !== 'PASS',
});

/** A journey that is down for a minute, beside one of 100 orders/s that is not. */
const rareJourney = (
  arrivals: Shoppers['arrivals'],
  [least, most]: readonly [number, number],
  atLeast: number,
): PowerCase => ({
  name: `a journey with an order in 3 s (${arrivals}) down for 60 s`,
  wanted: `${least} to ${most} s charged`,
  atLeast,
  step: (nth) => {
    const from = 120 + (nth % 60);
    const failing = (second: number): number => (second >= from && second < from + 60 ? 1 : 0);
    const rare = shoppers({ journey: 'rare', ratePerSec: 1 / 3, arrivals, failing });
    return { shoppers: [shoppers({ ratePerSec: 100, arrivals }), rare], budgetMs: 5_000 };
  },
  holds: (report) => chargedSec(report) >= least && chargedSec(report) <= most,
});

export const POWER: readonly PowerCase[] = [
  oneStepFails(200, 30, 12),
  oneStepFails(100, 30, 4),
  oneStepFails(20, 30, 12),
  oneStepFails(10, 30, 4),
  oneStepFails(2, 180, 12),
  ordersFail(5, 1),
  ordersFail(5, 12),
  ordersFail(20, 1),
  ordersFail(20, 12),
  ordersFail(200, 1),
  ordersFail(200, 12),
  rareJourney('even', [50, 62], 1),
  rareJourney('poisson', [50, 62], 0.85),
  rareJourney('poisson', [45, 62], 0.95),
];

export function powerOf(
  { name, wanted, atLeast, step, holds }: PowerCase,
  steps: number,
  firstSeed: number,
): Powered {
  const charged: number[] = [];
  let held = 0;
  for (let nth = 0; nth < steps; nth++) {
    const report = simulate({ ...step(nth), seed: firstSeed + nth });
    charged.push(chargedSec(report));
    if (holds(report, nth)) held++;
  }
  charged.sort((a, b) => a - b);
  const at = (share: number): number => charged[Math.floor(share * (charged.length - 1))] ?? Number.NaN;
  return { name, wanted, atLeast, steps, held, chargedSec: [at(0), at(0.5), at(1)] };
}
