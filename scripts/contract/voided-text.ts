import { formatDurationMs } from '../core/quantities.ts';
import type { Voiding } from './verdict-words.ts';

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
