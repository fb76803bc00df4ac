import type { LoadState } from '../../contract/verdict-words.ts';
import { UNSERVED_SLOW_AFTERS } from '../../core/limits.ts';
import type { Span } from '../judgement.ts';
import { overlaps } from '../time/grid.ts';
import { firstAfter } from '../time/search.ts';
import type { EventCounts } from '../turns/event-counts.ts';
import { type Counted, countedStates } from './counted.ts';

export interface LoadCell extends Span {
  counts: Readonly<EventCounts>;
  planned: number;
}

export interface LoadRule {
  downAboveRatio: number;
  slowAfterMs: number;
  /** Pushes with turns that were served, ascending, epoch ms. */
  confirmedAt: readonly number[];
  /** When the plan expects that orders queue: being told to wait is no downtime then. */
  queueing: readonly Span[];
  /** Judge each turn by its first try. */
  strict: boolean;
}

/** State of each cell of one grid by the load alone. */
export function loadStates(cells: readonly LoadCell[], rule: LoadRule): LoadState[] {
  const counted = cells.map((cell) => countedOf(cell, rule));
  const states = countedStates(counted, rule.downAboveRatio);
  const loadFrom = cells[0]?.fromAt ?? 0;
  return states.map((state, index) => {
    const cell = cells[index];
    return cell && state !== 'NONE' && onlyToldToWait(cell, rule, loadFrom) ? 'DOWN' : state;
  });
}

function countedOf({ counts, planned }: LoadCell, { strict }: LoadRule): Counted {
  const valid = counts.good + counts.bad;
  const unanswered = planned > 0 && counts.started > 0 && valid > 0 && counts.answered === 0;
  return { valid, bad: strict ? counts.firstBad : counts.bad, unanswered };
}

/**
 * Whoever was not turned down was told to wait, and nobody was served for longer than 2 × slowAfter around the cell.
 * Failures beside the waiting make it no better. Before the first confirmation nobody was served since `loadFrom`.
 */
function onlyToldToWait(cell: LoadCell, rule: LoadRule, loadFrom: number): boolean {
  const { waited, good, byRetryAfter } = cell.counts;
  if (waited === 0 || good > byRetryAfter) return false;
  if (rule.queueing.some((span) => overlaps(span, cell))) return false;
  const next = firstAfter(rule.confirmedAt, cell.fromAt);
  const before = rule.confirmedAt[next - 1] ?? loadFrom;
  const after = rule.confirmedAt[next] ?? Number.POSITIVE_INFINITY;
  return after >= cell.toAt && after - before > UNSERVED_SLOW_AFTERS * rule.slowAfterMs;
}
