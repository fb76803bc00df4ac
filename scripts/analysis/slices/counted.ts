import type { LoadState } from '../../contract/verdict-words.ts';
import { DEGRADED_ABOVE_RATIO, ENOUGH_TURNS, POOLED_EACH_SIDE } from '../../core/limits.ts';
import { sumBy } from '../../core/statistics.ts';
import { beyondChance } from '../time/chance.ts';

/** What a slice counts for: good and bad events together, and the bad ones. */
export interface Counted {
  valid: number;
  bad: number;
}

/**
 * State of each slice of one grid, in the order of time, by nothing but its counts. So it needs no plan and no load: a
 * shop's own metrics will do. NONE = too few events to say anything.
 * @param downAboveRatio bad ÷ valid above which a slice is DOWN, 0 to 1
 */
export function countedStates(slices: readonly Counted[], downAboveRatio: number): LoadState[] {
  return slices.map((slice, index) => {
    const { valid, bad } = slice;
    if (valid < ENOUGH_TURNS) return 'NONE';
    if (bad / valid > downAboveRatio) {
      const proven = isTooBad(slice, downAboveRatio) || isTooBad(pooled(slices, index), downAboveRatio);
      return proven ? 'DOWN' : 'DEGRADED';
    }
    return bad / valid > DEGRADED_ABOVE_RATIO ? 'DEGRADED' : 'UP';
  });
}

/** More bad ones than allowed, by more than chance brings. */
export const isTooBad = ({ valid, bad }: Counted, downAboveRatio: number): boolean =>
  bad > downAboveRatio * valid && beyondChance(bad, valid, downAboveRatio);

/** The five slices around it. */
function pooled(slices: readonly Counted[], index: number): Counted {
  const pool = slices.slice(Math.max(0, index - POOLED_EACH_SIDE), index + POOLED_EACH_SIDE + 1);
  return { valid: sumBy(pool, ({ valid }) => valid), bad: sumBy(pool, ({ bad }) => bad) };
}
