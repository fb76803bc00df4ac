import type { StepReport } from '../../scripts/contract/run-report.ts';
import { type Condition, HEALTHY } from './conditions.ts';
import { type SimulatedStep, simulate } from './simulated-step.ts';

const RATES = [0.3, 2, 20, 200] as const;
const TURNS = [1, 4, 12] as const;
/** Ten minutes may be down for 5 s: about 5 min in 9 h. */
export const BUDGET_MS = 5_000;

export interface Cell {
  condition: Condition;
  ratePerSec: number;
  turns: number;
  /** Steps drawn, and of these: how many with a verdict, and with each reason. */
  steps: number;
  status: Map<StepReport['status'], number>;
  codes: Map<string, number>;
  /** Sums over the steps. */
  chargedMs: number;
  possibleMs: number;
}

export const CELLS = HEALTHY.flatMap((condition) =>
  RATES.flatMap((ratePerSec) => TURNS.map((turns) => ({ condition, ratePerSec, turns }))),
);

/** Judges steps of a healthy shop, one after the other, each drawn from a seed of its own. */
export function alarmsOf(
  { condition, ratePerSec, turns }: Pick<Cell, 'condition' | 'ratePerSec' | 'turns'>,
  steps: number,
  firstSeed: number,
  change: Pick<SimulatedStep, 'timeSliceMs'> = {},
): Cell {
  const cell: Cell = {
    ...{ condition, ratePerSec, turns, steps },
    ...{ status: new Map(), codes: new Map(), chargedMs: 0, possibleMs: 0 },
  };
  for (let nth = 0; nth < steps; nth++) {
    const seed = firstSeed + nth;
    const failing = condition.failing(uniform(seed));
    const shoppers = { journey: 'checkout', ratePerSec, turns, failing, kind: condition.kind };
    const report = simulate({
      ...{ shoppers: [{ ...shoppers, arrivals: 'poisson' }], seed, budgetMs: BUDGET_MS },
      ...change,
    });
    cell.status.set(report.status, (cell.status.get(report.status) ?? 0) + 1);
    for (const { code } of report.reasons) cell.codes.set(code, (cell.codes.get(code) ?? 0) + 1);
    cell.chargedMs += report.downtime?.chargedMs ?? 0;
    cell.possibleMs += report.downtime?.possibleMs ?? 0;
  }
  return cell;
}

/** Mulberry32. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
