import { measuredMsOf } from '../../core/step-length.ts';
import type { Phase } from '../../observe/observation.ts';
import type { StepTimeline } from '../../observe/timeline.ts';
import type { Span } from '../judgement.ts';

export interface Cell extends Span {
  phase: Phase;
}

/** Start of the replayed part; null while the load has not started. */
export function t0Of(step: StepTimeline): number | null {
  return step.startedAt === null ? null : step.startedAt + step.warmUpMs;
}

/** Planned end of the step's arrivals; null while the load has not started. */
export function plannedEndAt(step: StepTimeline): number | null {
  const t0 = t0Of(step);
  return t0 === null ? null : t0 + measuredMsOf(step);
}

/**
 * Aligned, half-open cells of whole epoch seconds. They count from the first whole second at or after T0, backwards
 * through the warm-up (a piece shorter than a cell at its start is a cell of its own) and forwards to the planned end, where
 * the last cell may be shorter.
 */
export function gridOf(step: StepTimeline, lengthMs: number): Cell[] {
  const t0 = t0Of(step);
  const endAt = plannedEndAt(step);
  if (t0 === null || endAt === null || step.startedAt === null) return [];
  const anchorAt = Math.ceil(t0 / 1_000) * 1_000;
  // A last second that the plan fills by less than half would be judged on next to nothing.
  const lastAt = Math.round(endAt / 1_000) * 1_000;
  const settleAt = t0 + step.replayedMs;
  const firstAt = Math.ceil(step.startedAt / 1_000) * 1_000;
  const warmUpCells = Math.floor((anchorAt - firstAt) / lengthMs);
  const cells: Cell[] = [];
  const wholeFrom = anchorAt - warmUpCells * lengthMs;
  if (firstAt < wholeFrom) cells.push({ fromAt: firstAt, toAt: wholeFrom, phase: 'warm-up' });
  for (let fromAt = wholeFrom; fromAt < lastAt; fromAt += lengthMs) {
    const phase = fromAt < anchorAt ? 'warm-up' : fromAt < settleAt ? 'replayed' : 'settle';
    cells.push({ fromAt, toAt: Math.min(fromAt + lengthMs, lastAt), phase });
  }
  return cells;
}

export const overlaps = (a: Span, b: Span): boolean => a.fromAt < b.toAt && b.fromAt < a.toAt;

export const lengthOf = (span: Span): number => span.toAt - span.fromAt;
