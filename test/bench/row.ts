/** One comparison, measured side by side in one run. */
export interface BenchRow {
  name: string;
  /** Ours ÷ theirs, of the medians. */
  ratio: number;
  /** The ratio should not exceed this. */
  aim: number;
  /** One figure a round. */
  raw: { unit: string; ours: readonly number[]; theirs: readonly number[] };
}

export function row(name: string, aim: number, unit: string, ours: number[], theirs: number[]): BenchRow {
  return { name, ratio: median(ours) / median(theirs), aim, raw: { unit, ours, theirs } };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
