import { z } from 'zod';

// A figure over time has a value for each slice. Most are the same for long, or nearly the same as another figure of the
// same slice, so a file of nine hours would say little in many bytes: each is written in the shortest of a few ways.

/** A value of a slice; null = not measured. */
export type Cell = number | string | null;

/** Values one after another; `[value, n]` stands for the value n times. */
type Runs = readonly (Cell | readonly [Cell, number])[];

/**
 * - a value: the same in each slice
 * - a list: the values one after another; `[value, n]` = n times the value
 * - `rise`: the same, each value as its difference to the last one that was measured before it, the first one to 0
 * - `like` and `by`: each value as its difference to the other column of the same series in the same slice
 */
export type Column = Cell | Runs | { rise: Runs } | { like: string; by: Cell | Runs };

const cell = z.union([z.number(), z.string(), z.null()]);
const runs = z.array(z.union([cell, z.tuple([cell, z.int()])]));

/** Only described: a column is written and read by the functions below, and it has up to tens of thousands of values. */
export const columnSchema = z
  .custom<Column>(() => true)
  .meta({
    id: 'column',
    oneOf: [
      cell,
      runs,
      z.object({ rise: runs }),
      z.object({ like: z.string(), by: z.union([cell, runs]) }),
    ].map((way) => bare(z.toJSONSchema(way))),
  });

/** Without the line that only a whole document has. */
function bare(document: object): object {
  return Object.fromEntries(Object.entries(document).filter(([name]) => name !== '$schema'));
}

type Table = Readonly<Record<string, string>>;
type Fields<Names extends Table> = { [Name in keyof Names]: z.ZodOptional<typeof columnSchema> };

/** Fields of a table of columns: by name, what each tells. */
export const columnFields = <Names extends Table>(table: Names) =>
  Object.fromEntries(
    Object.entries(table).map(([name, text]) => [name, columnSchema.optional().describe(text)]),
  ) as Fields<Names>;

/** Columns by names that are not known before. */
export const namedColumns = z.record(z.string(), columnSchema);

/** Columns by name, each of the same length. */
export type Columns = Readonly<Record<string, readonly Cell[]>>;
export type CodedColumns = Readonly<Record<string, Column>>;

/**
 * The shortest way to write these columns; those that are 0 everywhere are left out. `like`: of a column, the name of
 * another one before it that it hardly differs from.
 */
export function codeColumns(columns: Columns, like: Readonly<Record<string, string>> = {}): CodedColumns {
  const coded: Record<string, Column> = {};
  for (const [name, values] of Object.entries(columns)) {
    if (values.every((value) => value === 0)) continue;
    const other = like[name];
    coded[name] = shortest(
      values,
      other === undefined ? null : { name: other, values: columns[other] ?? [] },
    );
  }
  return coded;
}

/** The same where names are not known before: a column of zeros is one, too, or nobody knew that it was there. */
export function codeNamedColumns(columns: Columns): CodedColumns {
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, shortest(values, null)]));
}

/** The values of a column, one for each of `length` slices; 0 for one that was left out. */
export function columnOf<Name extends string>(
  columns: { readonly [Known in Name]?: Column | undefined },
  name: Name,
  length: number,
): Cell[] {
  return valuesOf(columns, name, length);
}

function valuesOf(columns: Readonly<Record<string, unknown>>, name: string, length: number): Cell[] {
  const column = columns[name] as Column | undefined;
  if (column === undefined) return Array<Cell>(length).fill(0);
  if (typeof column !== 'object' || column === null) return Array<Cell>(length).fill(column);
  if ('rise' in column) return risen(unrolled(column.rise));
  if (!('like' in column)) return unrolled(column);
  const others = valuesOf(columns, column.like, length);
  const by = isRuns(column.by) ? unrolled(column.by) : Array<Cell>(length).fill(column.by);
  return by.map((value, index) => sum(others[index] ?? null, value));
}

function shortest(values: readonly Cell[], other: { name: string; values: readonly Cell[] } | null): Column {
  const [first = null] = values;
  if (values.every((value) => value === first)) return first;
  const ways: Column[] = [rolled(values)];
  const rise = rises(values);
  if (rise !== null) ways.push({ rise: rolled(rise) });
  const by = other && differences(values, other.values);
  if (other !== null && by) {
    const [one = null] = by;
    ways.push({ like: other.name, by: by.every((value) => value === one) ? one : rolled(by) });
  }
  const sizes = ways.map((way) => JSON.stringify(way).length);
  return ways[sizes.indexOf(Math.min(...sizes))] ?? null;
}

const isRuns = (by: Cell | Runs): by is Runs => Array.isArray(by);

/** Shorter than a run written out, in characters: `5,5` against `[5,2]`. */
const SHORTEST_RUN = 3;

function rolled(values: readonly Cell[]): Runs {
  const runs: (Cell | readonly [Cell, number])[] = [];
  for (let from = 0; from < values.length; ) {
    const value = values[from] ?? null;
    let to = from + 1;
    while (to < values.length && values[to] === value) to++;
    if (to - from >= SHORTEST_RUN) runs.push([value, to - from]);
    else for (let index = from; index < to; index++) runs.push(value);
    from = to;
  }
  return runs;
}

function unrolled(runs: Runs): Cell[] {
  const values: Cell[] = [];
  for (const one of runs) {
    if (!Array.isArray(one)) values.push(one as Cell);
    else for (let left = one[1]; left > 0; left--) values.push(one[0]);
  }
  return values;
}

/** null: not all of them are numbers. */
function rises(values: readonly Cell[]): Cell[] | null {
  const rise: Cell[] = [];
  let before = 0;
  for (const value of values) {
    if (value === null) rise.push(null);
    else if (typeof value === 'string') return null;
    else {
      rise.push(exact(value - before));
      before = value;
    }
  }
  return rise;
}

function risen(rise: readonly Cell[]): Cell[] {
  let before = 0;
  return rise.map((value) => {
    if (typeof value !== 'number') return null;
    before = exact(before + value);
    return before;
  });
}

/** null: where one of them was not measured the other one was, or they are no numbers. */
function differences(values: readonly Cell[], others: readonly Cell[]): Cell[] | null {
  const by: Cell[] = [];
  for (const [index, value] of values.entries()) {
    const other = others[index] ?? null;
    if (value === null) by.push(null);
    else if (typeof value === 'string' || typeof other !== 'number') return null;
    else by.push(exact(value - other));
  }
  return by;
}

const sum = (value: Cell, by: Cell): Cell =>
  typeof value === 'number' && typeof by === 'number' ? exact(value + by) : null;

/** Figures have at most this many digits after the point: a sum of differences must give the same value again. */
const DIGITS = 4;
const SCALE = 10 ** DIGITS;
const exact = (value: number): number =>
  Number.isInteger(value) ? value : Math.round(value * SCALE) / SCALE;
