import type { Downtime } from '../../contract/figures.ts';
import { sumBy } from '../../core/statistics.ts';
import type { JudgedSlice } from '../judgement.ts';
import { lengthOf } from '../time/grid.ts';

export function downtimeOf(measured: readonly JudgedSlice[]): Downtime {
  const sum = (holds: (slice: JudgedSlice) => boolean): number =>
    sumBy(measured.filter(holds), (slice) => lengthOf(slice));
  const chargedMs = sum((slice) => slice.state === 'DOWN');
  return {
    chargedMs,
    possibleMs: chargedMs + sum((slice) => slice.state === 'UNKNOWN'),
    strictMs: sum((slice) => slice.strictDown),
    requestWeightedMs: sumBy(measured, (slice) => lengthOf(slice) * badRatio(slice)),
  };
}

/** Bad share of a slice's turns; a slice that only the prober saw counts whole when it was DOWN. */
function badRatio(slice: JudgedSlice): number {
  if (slice.state === 'UNKNOWN') return 0;
  const { good, bad } = slice.counts;
  return good + bad > 0 ? bad / (good + bad) : Number(slice.state === 'DOWN');
}

export function witnessOf(measured: readonly JudgedSlice[]) {
  const known = measured.filter((slice) => slice.prober !== 'UNKNOWN');
  const both = known.filter((slice) => slice.load !== 'NONE' && slice.healthy);
  const agreed = both.filter((slice) => !slice.disagreement);
  return {
    witnessedRatio: measured.length === 0 ? null : known.length / measured.length,
    agreementRatio: both.length === 0 ? null : agreed.length / both.length,
  };
}

/** Lengths of maximal runs of DOWN slices, before any merging. */
export function outagesOf(measured: readonly JudgedSlice[]): number[] {
  const outages: number[] = [];
  let before: JudgedSlice | undefined;
  for (const slice of measured) {
    if (slice.state === 'DOWN') {
      const running = before?.state === 'DOWN' ? (outages.pop() ?? 0) : 0;
      outages.push(running + lengthOf(slice));
    }
    before = slice;
  }
  return outages;
}
