import type { HistogramState } from '../observation.ts';
import { type HistogramTotal, histogramTotal } from '../wire/cumulative.ts';
import { sumHistograms } from '../wire/histogram.ts';

/** Histograms that mean the same, of whatever k6 process, taken together. */
export class HistogramTotals<Meaning extends object> {
  readonly #byKey = new Map<string, { meaning: Meaning; totals: Set<HistogramTotal> }>();

  /** @returns the meaning, as it was given first */
  add(key: string, meaning: Meaning, total: HistogramTotal): Meaning {
    const known = this.#byKey.get(key) ?? { meaning, totals: new Set() };
    this.#byKey.set(key, known);
    known.totals.add(total);
    return known.meaning;
  }

  /** Newest state of each meaning, in the order of first sight. */
  sums(): (Meaning & { histogram: HistogramState })[] {
    return [...this.#byKey.values()].flatMap(({ meaning, totals }) => {
      const states = [...totals].map(histogramTotal).filter((state) => state !== null);
      const histogram = sumHistograms(states);
      return histogram ? [{ ...meaning, histogram }] : [];
    });
  }
}
