import type { HistogramState } from '../observation.ts';
import { type HistogramTotal, histogramTotal } from '../wire/cumulative.ts';
import { sumHistograms } from '../wire/histogram.ts';

/** Histograms that mean the same, of whatever k6 process, taken together. */
export class HistogramTotals<Meaning extends object> {
  readonly #byKey = new Map<string, { meaning: Meaning; totals: Set<HistogramTotal> }>();

  add(key: string, meaning: Meaning, total: HistogramTotal): void {
    const known = this.#byKey.get(key);
    if (known) known.totals.add(total);
    else this.#byKey.set(key, { meaning, totals: new Set([total]) });
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
