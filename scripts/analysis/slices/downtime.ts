import type { Downtime } from '../../contract/figures.ts';
import { sumBy } from '../../core/statistics.ts';
import type { JudgedSlice, Span } from '../judgement.ts';
import { lengthOf, overlaps } from '../time/grid.ts';

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

/**
 * Lengths of maximal runs of DOWN slices, ms. What a longer slice shows is one outage from its first to its last bad event.
 * @param longer of these, in the measured time or not
 */
export function outagesOf(measured: readonly JudgedSlice[], longer: readonly Span[]): number[] {
  const down = measured.filter(({ state }) => state === 'DOWN');
  const shown = longer.filter((outage) => down.some((slice) => overlaps(slice, outage)));
  const outages: Span[] = [];
  for (const span of [...down, ...shown].sort((a, b) => a.fromAt - b.fromAt)) {
    const last = outages.at(-1);
    if (last && span.fromAt <= last.toAt) last.toAt = Math.max(last.toAt, span.toAt);
    else outages.push({ fromAt: span.fromAt, toAt: span.toAt });
  }
  return outages.map(lengthOf);
}
