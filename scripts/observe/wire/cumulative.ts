import type { HistogramState } from '../observation.ts';
import { addHistograms, subtractHistogram } from './histogram.ts';

// Series arrive as totals since their process began. These turn totals into what is new.

/** Last sample of a cumulative counter. */
export interface CounterState {
  at: number | null;
  value: number;
}

/**
 * What a sample adds; `state` is moved on. A lower value at a later time is a process that began anew: all of
 * it is new. A sample that repeats an older or the same total in time (a push sent twice or out of order) adds
 * nothing; the same sample time with a higher total does (k6 stamps to the ms).
 */
export function counterIncrement(state: CounterState, at: number, value: number): number {
  if (state.at !== null && at < state.at) return 0;
  if (at === state.at && value <= state.value) return 0;
  const increment = value >= state.value ? value - state.value : value;
  state.at = at;
  state.value = value;
  return increment;
}

/** Last state of a cumulative histogram and what earlier processes of the same series had reached. */
export interface HistogramTotal {
  at: number | null;
  before: HistogramState | null;
  newest: HistogramState | null;
}

/** Same rules as for counters, by the histogram's count. Returns what is new; null if the total did not change. */
export function takeHistogram(
  total: HistogramTotal,
  at: number,
  state: HistogramState,
): HistogramState | null {
  if (total.at !== null && at < total.at) return null;
  let known = total.newest;
  if (total.newest !== null && state.count < total.newest.count) {
    if (at === total.at) return null;
    total.before = total.before ? addHistograms(total.before, total.newest) : total.newest;
    known = null;
  }
  total.at = at;
  total.newest = state;
  return known === null ? state : subtractHistogram(state, known);
}

export function histogramTotal(total: HistogramTotal): HistogramState | null {
  return total.before && total.newest ? addHistograms(total.before, total.newest) : total.newest;
}
