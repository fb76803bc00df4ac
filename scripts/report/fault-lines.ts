import type { FaultFigures } from '../contract/figures.ts';
import { gradeText, keptText, promiseText } from '../contract/promise-text.ts';
import type { StepReport } from '../contract/run-report.ts';
import { plainText } from '../core/text/plain-text.ts';

const SHOWN_FAULTS = 8;
const GAP = '   ';

/** One line a fault: its name, what was promised, what was seen, and whether that was kept. */
export function faultLines({ faults }: Pick<StepReport, 'faults'>, width: number): string[] {
  const numbered = faults.map((fault, order) => ({ fault, order }));
  // Those that matter most, in the order of the plan.
  const shown = numbered
    .toSorted((a, b) => weightOf(b.fault) - weightOf(a.fault))
    .slice(0, SHOWN_FAULTS)
    .toSorted((a, b) => a.order - b.order);
  const rows = shown.map(({ fault }) => cellsOf(fault));
  const lines = columns(rows, width);
  const more = faults.length - shown.length;
  return more > 0 ? [...lines, `and ${more} more ${more === 1 ? 'fault' : 'faults'} in the report`] : lines;
}

function weightOf({ kept, fired, enforced }: FaultFigures): number {
  if (kept === false) return enforced ? 4 : 3;
  return fired ? (kept === null && enforced ? 1 : 0) : 2;
}

/** Label, promise, observed, verdict; empty where there is nothing to say. */
function cellsOf(fault: FaultFigures): string[] {
  return [plainText(fault.label), promiseText(fault), observedText(fault), keptText(fault)];
}

function observedText(fault: FaultFigures): string {
  const { planned, fired } = fault.occurrences;
  if (fired === 0) return 'did not fire';
  const missed = fault.fired ? '' : `, fired in ${fired} of ${planned} times`;
  return gradeText(fault) + missed;
}

/** Aligned if all of it fits the width; else each row as it is. */
function columns(rows: readonly (readonly string[])[], width: number): string[] {
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const used = widths.map((_, column) => column).filter((column) => (widths[column] ?? 0) > 0);
  const aligned = rows.map((row) =>
    used
      .map((column) => (row[column] ?? '').padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
  if (aligned.every((line) => line.length <= width)) return aligned;
  return rows.map((row) => row.filter((cell) => cell !== '').join(GAP));
}

/** What was broken; the reason of the verdict names examples. */
export function invariantLines({ invariants }: Pick<StepReport, 'invariants'>): string[] {
  return invariants
    .filter(({ broken }) => broken > 0)
    .map(
      ({ invariant, partner, checked, broken }) =>
        `${plainText(invariant)} at ${plainText(partner)}: broken ${count(broken)} of ${count(checked)} times`,
    );
}

/** An invariant held if every partner that looked at it says so. */
export function heldText({ invariants }: Pick<StepReport, 'invariants'>): string[] {
  const named = (which: typeof invariants): Set<string> => new Set(which.map(({ invariant }) => invariant));
  const broken = named(invariants.filter((one) => one.broken > 0));
  const checked = named(invariants.filter((one) => one.checked > 0));
  const held = [...checked].filter((invariant) => !broken.has(invariant)).length;
  return held === 0 ? [] : [`${held} ${held === 1 ? 'invariant' : 'invariants'} held`];
}

const count = (value: number): string => value.toLocaleString('en-US');
