import { formatDurationMs } from '../../core/quantities.ts';
import type { JudgedSlice, UnhealthyWord, Voiding } from '../judgement.ts';

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

/** `mocks-slow in 4 slices (612 ms, allowed 50 ms), push-gap in 1 slice (3 s, allowed 2.5 s)` */
export function voidedText(voided: readonly (Voiding & { slices: number })[]): string {
  return voided
    .map((one) => {
      const count = one.slices === 1 ? '1 slice' : `${one.slices} slices`;
      return `${one.why} in ${count} (${figure(one.reading, one)}, allowed ${figure(one.allowed, one)})`;
    })
    .join(', ');
}

const ONE = { orders: 'order', pushes: 'push' } as const;

function figure(value: number, { unit }: Voiding): string {
  if (unit === 'ms') return formatDurationMs(Math.round(value));
  if (unit === 'ratio') return `${Number((value * 100).toFixed(1))} %`;
  return `${Number(value.toFixed(1))} ${value === 1 ? ONE[unit] : unit}`;
}
