import type { RunTimeline } from '../observe/timeline.ts';
import type { Span } from './judgement.ts';
import type { LoadCell } from './load-state.ts';

// When part of the measuring side stands still, answers that were under way before come late by its fault: the words
// and readings of the standstill itself begin only after these turns had started.

/** Words for a measuring side that stood still. */
const STANDSTILL: readonly string[] = ['starts-differ', 'starts-trail', 'push-gap', 'mocks-slow'];
/** The prober reports once a second; a longer silence or delay than this is a standstill. */
const SILENCE_ABOVE_MS = 2_500;
const DELAY_ABOVE_MS = 500;

/**
 * Words of each cell, with those of a standstill carried back to the cells whose turns may have been under way then: as
 * far as `slowAfter`, because an answer that took longer was late without it.
 */
export function carriedBack(
  cells: readonly LoadCell[],
  words: readonly (readonly string[])[],
  slowAfterMs: number,
): string[][] {
  return cells.map((cell, index) => {
    const own = words[index] ?? [];
    const carried: string[] = [];
    for (let later = index + 1; (cells[later]?.fromAt ?? Number.NaN) < cell.toAt + slowAfterMs; later++) {
      for (const word of words[later] ?? []) if (STANDSTILL.includes(word)) carried.push(word);
    }
    // Canaries wait for the partners even where the load has no bad turn.
    const concerned = cell.counts.bad > 0 ? carried : carried.filter((word) => word === 'mocks-slow');
    return [...new Set([...own, ...concerned])];
  });
}

/** When the prober stood still by its own readings, or its clock jumped. */
export function proberStandstills({ proberHealth, clockSteps }: RunTimeline): Span[] {
  const silent = proberHealth.flatMap(({ at }, index) => {
    const nextAt = proberHealth[index + 1]?.at ?? at;
    return nextAt - at > SILENCE_ABOVE_MS ? [{ fromAt: at, toAt: nextAt }] : [];
  });
  const delayed = proberHealth
    .filter(({ loopDelayP99Ms }) => loopDelayP99Ms > DELAY_ABOVE_MS)
    .map(({ at, loopDelayP99Ms }) => ({ fromAt: at - 1_000 - loopDelayP99Ms, toAt: at }));
  const jumped = clockSteps
    .filter(({ byMs }) => Math.abs(byMs) > DELAY_ABOVE_MS)
    .map(({ at, byMs }) => ({ fromAt: at - 1_000 - Math.abs(byMs), toAt: at + 1_000 + Math.abs(byMs) }));
  return [...silent, ...delayed, ...jumped];
}
