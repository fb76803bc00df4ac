import type { LoadState, ProberState, SliceState } from '../../contract/verdict-words.ts';
import { ENOUGH_TURNS, PROBER_DOWN_SLICES } from '../../core/limits.ts';

export interface Evidence {
  load: LoadState;
  /** The load evidence can be trusted. */
  healthy: boolean;
  prober: ProberState;
  /** How many slices in a row, this one included, the prober calls DOWN; 0 when it does not. */
  proberDownRun: number;
  /** The same, slices that the prober knows nothing of included. */
  proberPossibleRun: number;
  /** Orders that the plan starts in the slice. */
  planned: number;
}

/** The table of load × health × prober in `docs/measurement.md`. */
export function combine(evidence: Evidence): { state: SliceState; disagreement: boolean } {
  const { load, healthy, prober } = evidence;
  const disagreement =
    healthy &&
    ((load === 'DOWN' && prober === 'UP') || (load !== 'NONE' && load !== 'DOWN' && prober === 'DOWN'));
  return { state: stateOf(evidence), disagreement };
}

function stateOf(evidence: Evidence): SliceState {
  const { load, healthy, prober, proberDownRun, proberPossibleRun, planned } = evidence;
  if (load === 'NONE') {
    if (prober === 'DOWN') return 'DOWN';
    return prober === 'UP' && planned < ENOUGH_TURNS ? 'UP' : 'UNKNOWN';
  }
  if (!healthy) return prober === 'DOWN' ? 'DOWN' : 'UNKNOWN';
  if (load === 'DOWN') return 'DOWN';
  // Kept-alive connections may work while new shoppers can't get in.
  if (prober === 'DOWN' && proberDownRun >= PROBER_DOWN_SLICES) return 'DOWN';
  // The slice beside it may have been the second one.
  if (prober === 'DOWN' && proberPossibleRun >= PROBER_DOWN_SLICES) return 'UNKNOWN';
  return load;
}
