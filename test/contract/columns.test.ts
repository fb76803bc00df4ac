import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cell, codeColumns, columnOf } from '../../scripts/contract/columns.ts';

const figures = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 20 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 10_000 }).map((thousandths) => thousandths / 1_000) },
  { weight: 1, arbitrary: fc.constant(null) },
);
/** Runs of equal values, as figures over time have them. */
const columnsOf = (values: fc.Arbitrary<Cell>) =>
  fc
    .array(fc.tuple(values, fc.integer({ min: 1, max: 6 })), { minLength: 1, maxLength: 30 })
    .map((runs) => runs.flatMap(([value, times]) => Array<Cell>(times).fill(value)).slice(0, 60));
const words = columnsOf(fc.constantFrom('UP', 'DOWN', null));

const fitted = (column: readonly Cell[], length: number): Cell[] =>
  Array.from({ length }, (_, index) => column[index % column.length] ?? null);

test('what was coded is read as it was, also through JSON', () => {
  fc.assert(
    fc.property(
      columnsOf(figures),
      columnsOf(figures),
      words,
      fc.integer({ min: 1, max: 60 }),
      (a, b, c, length) => {
        const columns = { a: fitted(a, length), b: fitted(b, length), c: fitted(c, length) };
        const coded = JSON.parse(JSON.stringify(codeColumns(columns, { b: 'a' })));
        for (const name of ['a', 'b', 'c'] as const)
          expect(columnOf(coded, name, length)).toEqual(columns[name]);
      },
    ),
    { seed: 14, numRuns: 2_000 },
  );
});

describe('the shortest way', () => {
  const coded = (column: readonly Cell[]) => codeColumns({ it: column })['it'];

  test('nothing at all for 0 everywhere, one value for the same everywhere', () => {
    expect(codeColumns({ it: [0, 0, 0] })).toEqual({});
    expect(coded([7, 7, 7])).toBe(7);
    expect(coded([null, null])).toBeNull();
  });

  test('runs of a value', () => {
    expect(coded([5, 5, 5, 5, 1, 2])).toEqual([[5, 4], 1, 2]);
  });

  test('differences of what goes down step by step, over what was not measured', () => {
    const left = [1_000, 999, 998, null, 997, 996, 995, 994];
    expect(coded(left)).toEqual({ rise: [1_000, -1, -1, null, [-1, 4]] });
  });

  test('the difference to a column that is nearly the same', () => {
    const a = [101, 117, 98, 105, 113, 99, 108, 120, 95, 104, 111, 97];
    const b = a.map((value, index) => (index === 2 ? value - 1 : value));
    expect(codeColumns({ a, b }, { b: 'a' })['b']).toEqual({ like: 'a', by: [0, 0, -1, [0, 9]] });
    expect(codeColumns({ a, b: a }, { b: 'a' })['b']).toEqual({ like: 'a', by: 0 });
  });
});
