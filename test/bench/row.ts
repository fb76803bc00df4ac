/** One comparison, measured side by side in one run. */
export interface BenchRow {
  name: string;
  /** Ours ÷ theirs, of the medians; the median itself where nothing is beside it. */
  figure: number;
  /** The figure should not exceed this. */
  aim: number;
  /** One figure a round; `theirs` is null where nothing is beside it. */
  raw: { unit: string; ours: readonly number[]; theirs: readonly number[] | null };
}

export function row(name: string, aim: number, unit: string, ours: number[], theirs: number[]): BenchRow {
  return { name, figure: median(ours) / median(theirs), aim, raw: { unit, ours, theirs } };
}

/** A figure that stands alone: on a busy machine it says less than a ratio. */
export function absolute(name: string, aim: number, unit: string, ours: number[]): BenchRow {
  return { name, figure: median(ours), aim, raw: { unit, ours, theirs: null } };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
