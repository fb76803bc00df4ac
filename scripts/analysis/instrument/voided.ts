import type { UnhealthyWord, Voiding } from '../../contract/verdict-words.ts';
import type { JudgedSlice } from '../judgement.ts';

/** The worst reading of each word, in the order in which the words came. */
export function worstOfEach(found: readonly Voiding[]): Voiding[] {
  const worst = new Map<UnhealthyWord, Voiding>();
  for (const { why, reading, allowed, unit } of found) {
    const known = worst.get(why);
    if (known === undefined || reading > known.reading) worst.set(why, { why, reading, allowed, unit });
  }
  return [...worst.values()];
}

/** Which readings voided how many of these slices; most slices first. */
export function voidedFigures(slices: readonly JudgedSlice[]): (Voiding & { slices: number })[] {
  const counts = new Map<UnhealthyWord, number>();
  for (const word of slices.flatMap((slice) => slice.unhealthy))
    counts.set(word, (counts.get(word) ?? 0) + 1);
  return worstOfEach(slices.flatMap((slice) => slice.voidedBy))
    .map((worst) => ({ ...worst, slices: counts.get(worst.why) ?? 0 }))
    .sort((a, b) => b.slices - a.slices || (a.why < b.why ? -1 : 1));
}
