import type { LoadState, ProberState, SliceState } from '../../contract/verdict-words.ts';
import { ENOUGH_TURNS } from '../../core/limits.ts';

export interface Evidence {
  load: LoadState;
  /** The load evidence can be trusted. */
  healthy: boolean;
  prober: ProberState;
  /** Canaries failed no more than orders did, so the load decides. */
  explained: boolean;
  /** Orders that the plan starts in the slice. */
  planned: number;
}

/** The table of load × health × prober in `docs/measurement.md`. */
export function combine({ load, healthy, prober, explained, planned }: Evidence): SliceState {
  if (prober === 'DOWN' && !explained) return 'DOWN';
  if (load === 'NONE') return prober === 'UP' && planned < ENOUGH_TURNS ? 'UP' : 'UNKNOWN';
  return healthy && load !== 'POSSIBLE' ? load : 'UNKNOWN';
}
