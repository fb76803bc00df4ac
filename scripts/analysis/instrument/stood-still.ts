import type { UnhealthyWord, Voiding } from '../../contract/verdict-words.ts';
import { SILENCE_ABOVE_MS, STALL_ABOVE_MS } from '../../core/limits.ts';
import type { RunTimeline } from '../../observe/timeline.ts';
import type { Span } from '../judgement.ts';
import { mockStalls } from './mocks-health.ts';
import { worstOfEach } from './voided.ts';

// When part of the measuring side stands still, answers that were under way before come late by its fault: the words
// and readings of the standstill itself begin only after these turns had started. What it has held up comes after it.

/** Words for a measuring side that stood still. */
const STANDSTILL: ReadonlySet<UnhealthyWord> = new Set([
  'starts-differ',
  'starts-trail',
  'push-gap',
  'waited',
  'mocks-slow',
]);
/** Of these, what holds orders up or sends them late, all at once. */
const LEAVES_A_BACKLOG: ReadonlySet<UnhealthyWord> = new Set(['starts-differ', 'starts-trail', 'mocks-slow']);

/** What a standstill does to the slices around it. */
export interface Standstills {
  /** What stood still so near to each slice that it may be why the load is DOWN there. */
  shadow: Voiding[][];
  /** Orders and canaries may wait there behind a backlog that is not the target's. */
  aftermath: boolean[];
}

/**
 * The cells around those in which something stood still. Back as far as `slowAfter`: their turns may have been under
 * way then, and an answer that took longer was late without it. And forth for as long as it lasted, `patience` at most,
 * if it left a backlog: orders that waited for the partners, or that k6 sent in one burst.
 */
export function standstills(
  cells: readonly Span[],
  voidedBy: readonly (readonly Voiding[])[],
  { slowAfterMs, patienceMs }: { slowAfterMs: number; patienceMs: number },
): Standstills {
  const left = backlogs(cells, voidedBy, patienceMs);
  const shadow = cells.map(({ toAt }, index) => {
    const found = [...(left[index] ?? [])];
    for (let later = index + 1; (cells[later]?.fromAt ?? Number.NaN) < toAt + slowAfterMs; later++) {
      for (const one of voidedBy[later] ?? []) if (STANDSTILL.has(one.why)) found.push(one);
    }
    return worstOfEach(found);
  });
  return { shadow, aftermath: left.map((causes) => causes.length > 0) };
}

/** For each cell what stood still before it, as long as the backlog of that may last. */
function backlogs(
  cells: readonly Span[],
  voidedBy: readonly (readonly Voiding[])[],
  patienceMs: number,
): Voiding[][] {
  let stretch: Span | null = null;
  let causes: Voiding[] = [];
  return cells.map(({ fromAt, toAt }, index) => {
    const here = (voidedBy[index] ?? []).filter(({ why }) => LEAVES_A_BACKLOG.has(why));
    if (here.length > 0) {
      const goesOn: boolean = stretch !== null && stretch.toAt === fromAt;
      stretch = { fromAt: goesOn && stretch ? stretch.fromAt : fromAt, toAt };
      causes = goesOn ? [...causes, ...here] : here;
      return [];
    }
    if (stretch === null) return [];
    return fromAt < stretch.toAt + Math.min(stretch.toAt - stretch.fromAt, patienceMs) ? causes : [];
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
    .filter(({ loopDelayP99Ms }) => loopDelayP99Ms > STALL_ABOVE_MS)
    .map(({ at, loopDelayP99Ms }) => ({ fromAt: at - 1_000 - loopDelayP99Ms, toAt: at }));
  const jumped = clockSteps
    .filter(({ byMs }) => Math.abs(byMs) > STALL_ABOVE_MS)
    .map(({ at, byMs }) => ({ fromAt: at - 1_000 - Math.abs(byMs), toAt: at + 1_000 + Math.abs(byMs) }));
  return [...silent, ...delayed, ...jumped, ...mockStalls(timeline, untilAt)];
}
