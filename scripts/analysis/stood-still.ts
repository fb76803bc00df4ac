import type { RunTimeline } from '../observe/timeline.ts';
import type { Span, UnhealthyWord, Voiding } from './judgement.ts';
import type { LoadCell } from './load-state.ts';
import { mockStalls } from './mocks-health.ts';
import { worstOfEach } from './voided.ts';

// When part of the measuring side stands still, answers that were under way before come late by its fault: the words
// and readings of the standstill itself begin only after these turns had started.

/** Words for a measuring side that stood still. */
const STANDSTILL: readonly UnhealthyWord[] = [
  'starts-differ',
  'starts-trail',
  'push-gap',
  'waited',
  'mocks-slow',
];
/** The prober reports once a second; a longer silence or delay than this is a standstill. */
const SILENCE_ABOVE_MS = 2_500;
const DELAY_ABOVE_MS = 500;

/**
 * What voids each cell, with what says that something stood still carried back to the cells whose turns may have been
 * under way then: as far as `slowAfter`, because an answer that took longer was late without it.
 */
export function carriedBack(
  cells: readonly LoadCell[],
  voidedBy: readonly (readonly Voiding[])[],
  slowAfterMs: number,
): Voiding[][] {
  return cells.map((cell, index) => {
    const carried: Voiding[] = [];
    for (let later = index + 1; (cells[later]?.fromAt ?? Number.NaN) < cell.toAt + slowAfterMs; later++) {
      for (const one of voidedBy[later] ?? []) if (STANDSTILL.includes(one.why)) carried.push(one);
    }
    return worstOfEach([...(voidedBy[index] ?? []), ...(cell.counts.bad > 0 ? carried : [])]);
  });
}

/** When canaries had to wait for the prober itself, for its clock or for the mock partners. */
export function canaryStandstills(timeline: RunTimeline): Span[] {
  const { proberHealth, clockSteps, probes } = timeline;
  const untilAt = probes.reduce((last, { at }) => Math.max(last, at), Number.NEGATIVE_INFINITY);
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
  return [...silent, ...delayed, ...jumped, ...mockStalls(timeline, untilAt)];
}
