import { afterAll, describe, expect, test } from 'vitest';
import { verifying } from '../support/verifying.ts';
import { alarmsOf, BUDGET_MS, CELLS, type Cell } from './alarms.ts';
import { HEALTHY } from './conditions.ts';
import { readPage, simulatedSection, writePage } from './page.ts';
import { POWER, type Powered, powerOf } from './power.ts';

// Ten thousand steps of healthy shops, and sick ones, by the real analysis; a few of them in the normal tests.

const SEED = 20_261_201;
const STEPS_A_CELL = verifying ? Math.ceil(10_000 / CELLS.length) : 1;
const STEPS_A_POWER = verifying ? 400 : 10;
const LONG_MS = 600_000;
const seedOf = (row: number): number => SEED + 100_000 * row;

const cells: Cell[] = [];
const powered: Powered[] = [];

describe('a healthy shop', () => {
  test.each(CELLS.map((cell, row) => ({ ...cell, row, name: cell.condition.name })))(
    '$name, $ratePerSec orders/s of $turns turns, is not blamed',
    ({ row, ...cell }) => {
      const judged = alarmsOf(cell, STEPS_A_CELL, seedOf(row));
      cells.push(judged);
      expect(judged.status.get('INVALID') ?? 0).toBe(0);
      // Of all ten thousand at most ten, so in no row more than a few.
      expect(judged.status.get('FAIL') ?? 0).toBeLessThanOrEqual(verifying ? 3 : 0);
    },
    LONG_MS,
  );

  test('errors of 2 %, each alone, at 20 orders/s in slices of 1 s are charged nothing', () => {
    const condition = HEALTHY.find(({ name }) => name === 'errors of 2 %, each alone');
    if (!condition) throw new Error('no such condition');
    const cell = alarmsOf({ condition, ratePerSec: 20, turns: 1 }, 20, seedOf(200), { timeSliceMs: 1_000 });
    expect(cell.chargedMs / cell.steps).toBeLessThan(BUDGET_MS / 20);
    expect(cell.status.get('PASS')).toBe(cell.steps);
  });
});

describe('a sick shop', () => {
  test.each(POWER.map((one, row) => ({ ...one, row })))(
    '$name: $wanted',
    ({ row, ...one }) => {
      const judged = powerOf(one, STEPS_A_POWER, seedOf(100 + row));
      powered.push(judged);
      expect(judged.held / judged.steps).toBeGreaterThanOrEqual(one.atLeast);
    },
    LONG_MS,
  );
});

afterAll(() => {
  if (!verifying || cells.length < CELLS.length || powered.length < POWER.length) return;
  const failed = cells.reduce((sum, { status }) => sum + (status.get('FAIL') ?? 0), 0);
  writePage({ ...readPage(), simulated: simulatedSection(cells, powered, SEED) });
  expect(failed).toBeLessThanOrEqual(10);
});
