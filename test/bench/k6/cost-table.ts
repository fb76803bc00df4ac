import type { CostPair } from './costs.ts';
import type { CountedCost } from './counted-cost.ts';

// The counted costs as they were last committed: docs/performance.md shows them, and a test holds new ones to them.

/** Ours ÷ theirs; by hand = 1. */
const AIMS: Readonly<Record<string, Partial<CountedCost>>> = {
  'steps, answers of 8 kB': { kbPerOrder: 1.5 },
  'a k6 script of the user’s': { kbPerOrder: 1.4 },
};
const AIM = 1.2;

const FIGURES = [
  { key: 'kbPerOrder', text: 'kB an order', digits: 0 },
  { key: 'mallocsPerOrder', text: 'allocations an order', digits: 0 },
  { key: 'idleKbPerVu', text: 'live heap of an idle VU, kB', digits: 0 },
] as const satisfies readonly { key: keyof CountedCost; text: string; digits: number }[];

export interface CostRow {
  name: string;
  figure: string;
  ours: number;
  theirs: number;
  ratio: number;
  aim: number;
}

export function costRows(pairs: readonly CostPair[]): CostRow[] {
  return pairs.flatMap(({ name, ours, theirs }) =>
    FIGURES.map(({ key, text }) => ({
      name,
      figure: text,
      ours: ours[key],
      theirs: theirs[key],
      ratio: ours[key] / theirs[key],
      aim: AIMS[name]?.[key] ?? AIM,
    })),
  );
}

export function costTable(pairs: readonly CostPair[]): string {
  const lines = costRows(pairs).map(({ name, figure, ours, theirs, ratio, aim }) => {
    const mark = ratio <= aim ? 'met' : 'MISSED';
    const cells = [`${name}: ${figure}`, ours.toFixed(0), theirs.toFixed(0), ratio.toFixed(2), aim, mark];
    return `| ${cells.join(' | ')} |`;
  });
  return ['| what | ours | by hand | ratio | aim | |', '|---|---|---|---|---|---|', ...lines].join('\n');
}
