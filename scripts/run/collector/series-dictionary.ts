import { INSTANCE_TAG, SERIES } from '../../../k6/contract.ts';
import type { ObservationOf } from '../../observe/observation.ts';
import type { PushedSeries } from '../../observe/wire/remote-write.ts';

type SeriesSeen = ObservationOf<'series'>;

/** The series that analysis reads; k6 sends more. */
const KEPT_SERIES: ReadonlySet<string> = new Set(Object.values(SERIES));
/** Labels that analysis reads. `testid` is the same on all of them. */
const KEPT_LABELS: ReadonlySet<string> = new Set([
  INSTANCE_TAG,
  'scenario',
  'slot',
  'outcome',
  'kind',
  'at',
  'first',
  'item',
  'cafe',
  'why',
  'part',
  'name',
  'method',
  'status',
  'expected_response',
]);
/** Characters of a label's value. `item` is what the target answered, so it may be anything. */
const MAX_VALUE_LENGTH = 200;
/** k6 itself warns at 100,000. More series than that come from a label that never repeats. */
const MAX_SERIES = 100_000;

export function isKept(series: PushedSeries): boolean {
  return KEPT_SERIES.has(series.name) && series.samples.length + series.histograms.length > 0;
}

/** Numbers series in the order of their first sight, from 1. */
export class SeriesDictionary {
  readonly #ids = new Map<string, number>();

  /** Whether all of these can still be numbered. */
  hasRoomFor(series: readonly PushedSeries[]): boolean {
    return this.#ids.size + series.length <= MAX_SERIES || series.every((one) => this.#ids.has(keyOf(one)));
  }

  /** Its id and, when it was not known yet, what is to be recorded of it. */
  look(series: PushedSeries, at: number): { id: number; seen: SeriesSeen | null } {
    // The key is of all labels in full length: two series that differ only in what is not kept stay two totals.
    const key = keyOf(series);
    const known = this.#ids.get(key);
    if (known !== undefined) return { id: known, seen: null };
    const id = this.#ids.size + 1;
    this.#ids.set(key, id);
    return { id, seen: { type: 'series', at, id, name: series.name, labels: keptLabels(series) } };
  }
}

function keyOf({ name, labels }: PushedSeries): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([name, sorted]);
}

function keptLabels({ labels }: PushedSeries): Record<string, string> {
  const kept = Object.entries(labels).filter(([label]) => KEPT_LABELS.has(label));
  return Object.fromEntries(kept.map(([label, value]) => [label, value.slice(0, MAX_VALUE_LENGTH)]));
}
