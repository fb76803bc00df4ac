import type { LoadState } from '../../contract/verdict-words.ts';
import { DEGRADED_ABOVE_RATIO, ENOUGH_TURNS, POOLED_EACH_SIDE } from '../../core/limits.ts';
import { sumBy } from '../../core/statistics.ts';
import type { Span } from '../judgement.ts';
import { beyondChance } from '../time/chance.ts';
import { overlaps } from '../time/grid.ts';
import { firstAfter } from '../time/search.ts';
import type { EventCounts } from '../turns/event-counts.ts';

export interface LoadCell extends Span {
  counts: EventCounts;
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
  return cells.map((cell, index) => {
    const { counts } = cell;
    const valid = validOf(counts);
    const unanswered = cell.planned > 0 && counts.started > 0 && valid > 0 && counts.answered === 0;
    if (valid < ENOUGH_TURNS && !unanswered) return 'NONE';
    if (onlyToldToWait(cell, rule, cells[0]?.fromAt ?? cell.fromAt)) return 'DOWN';
    const bad = badOf(counts, rule);
    if (bad / valid > rule.downAboveRatio) {
      const proven =
        beyondChance(bad, valid, rule.downAboveRatio) ||
        pooledRatio(cells, index, rule) > rule.downAboveRatio;
      return proven ? 'DOWN' : 'DEGRADED';
    }
    return bad / valid > DEGRADED_ABOVE_RATIO ? 'DEGRADED' : 'UP';
  });
}

const validOf = (counts: EventCounts): number => counts.good + counts.bad;

const badOf = (counts: EventCounts, rule: LoadRule): number => (rule.strict ? counts.firstBad : counts.bad);

function pooledRatio(cells: readonly LoadCell[], index: number, rule: LoadRule): number {
  const pool = cells.slice(Math.max(0, index - POOLED_EACH_SIDE), index + POOLED_EACH_SIDE + 1);
  const bad = sumBy(pool, (cell) => badOf(cell.counts, rule));
  return bad / sumBy(pool, (cell) => validOf(cell.counts));
}

/**
 * Whoever was not turned down was told to wait, and nobody was served for longer than 2 × slowAfter around the cell.
 * Failures beside the waiting make it no better. Before the first confirmation nobody was served since `loadFrom`.
 */
function onlyToldToWait(cell: LoadCell, rule: LoadRule, loadFrom: number): boolean {
  const { waited, good, waitedGood } = cell.counts;
  if (waited === 0 || good > waitedGood) return false;
  if (rule.queueing.some((span) => overlaps(span, cell))) return false;
  const next = firstAfter(rule.confirmedAt, cell.fromAt);
  const before = rule.confirmedAt[next - 1] ?? loadFrom;
  const after = rule.confirmedAt[next] ?? Number.POSITIVE_INFINITY;
  return after >= cell.toAt && after - before > 2 * rule.slowAfterMs;
}
