import { CANARY_PREFIX } from '../../../scripts/core/canary.ts';
import type { TargetEntry } from './test-target.ts';

// What really happened, by the target's own log and the plan's arithmetic. Nothing here asks the product: of it only
// the number of an order is used, which its key carries.

/** A flat forecast after a ramp from 0, orders spread evenly. */
export interface Schedule {
  ratePerSec: number;
  warmUpSec: number;
  lengthSec: number;
}

/** When the test had the target in trouble, by the target's or the test's own clock. Epoch ms. */
export interface Outage {
  fromAt: number;
  toAt: number;
}

export interface TrueTurn {
  /** When the plan has it start, epoch ms. */
  plannedAt: number;
  bad: boolean;
}

/** A row of windows that were truly bad, from their first bad turn to the turn after their last one. */
export interface BadSpan extends Outage {
  badTurns: number;
}

export interface Truth {
  turns: readonly TrueTurn[];
  spans: readonly BadSpan[];
  downMs: number;
  /** Turns that were bad ÷ turns a second. */
  weightedMs: number;
}

/** Windows in which the share of bad turns is looked at: fine beside any slice, and 4 turns at 20/s. */
const WINDOW_MS = 200;
const DOWN_ABOVE_RATIO = 0.05;
/** How far the starts may be from the plan, in the median, before and after the trouble. */
const DRIFT_ABOVE_MS = 100;

/** The log contradicts the plan or itself: then there is no truth to measure the product by. */
export class UnsoundTruth extends Error {}

/**
 * The truth of the replayed part. A turn is truly bad unless its order's right answer had left the target within
 * `slowAfterMs` of the turn's planned start.
 */
export function truthOf(
  schedule: Schedule,
  slowAfterMs: number,
  entries: readonly TargetEntry[],
  outages: readonly Outage[],
): Truth {
  const orders = byOrder(entries);
  const t0 = startOf(schedule, orders, outages);
  const everyMs = 1_000 / schedule.ratePerSec;
  const turns = Array.from({ length: schedule.ratePerSec * schedule.lengthSec }, (_, index) => {
    const plannedAt = t0 + (index + 0.5) * everyMs;
    const rightAt = orders.get(warmUpOrders(schedule) + index)?.rightAt ?? Number.POSITIVE_INFINITY;
    return { plannedAt, bad: rightAt - plannedAt > slowAfterMs };
  });
  const spans = badSpans(turns, everyMs);
  return {
    turns,
    spans,
    downMs: spans.reduce((sum, span) => sum + span.toAt - span.fromAt, 0),
    weightedMs: turns.filter(({ bad }) => bad).length * everyMs,
  };
}

/** The ramp is a triangle. */
function warmUpOrders({ ratePerSec, warmUpSec }: Schedule): number {
  return (ratePerSec * warmUpSec) / 2;
}

interface OrderLog {
  firstArrivedAt: number;
  /** When the first right answer to its last request had left; Infinity = never. */
  rightAt: number;
}

/** By number of the order, which is the last group of its key. Canaries are not orders. */
function byOrder(entries: readonly TargetEntry[]): Map<number, OrderLog> {
  const orders = new Map<number, OrderLog>();
  for (const { key, path, arrivedAt, leftAt, what } of entries) {
    if (key === null || key.startsWith(CANARY_PREFIX)) continue;
    const number = Number.parseInt(key.slice(-12), 16);
    const known = orders.get(number) ?? { firstArrivedAt: arrivedAt, rightAt: Number.POSITIVE_INFINITY };
    known.firstArrivedAt = Math.min(known.firstArrivedAt, arrivedAt);
    if (path === 'orders' && what === 'right' && leftAt !== null) {
      known.rightAt = Math.min(known.rightAt, leftAt);
    }
    orders.set(number, known);
  }
  return orders;
}

/** Start of the replayed part: where the orders that came before any trouble say that it was. */
function startOf(
  schedule: Schedule,
  orders: ReadonlyMap<number, OrderLog>,
  outages: readonly Outage[],
): number {
  const first = Math.min(...outages.map(({ fromAt }) => fromAt));
  const last = Math.max(...outages.map(({ toAt }) => toAt));
  const starts = [...orders]
    .filter(([number]) => number >= warmUpOrders(schedule))
    .map(([number, { firstArrivedAt }]) => ({
      at: firstArrivedAt,
      t0: firstArrivedAt - ((number - warmUpOrders(schedule) + 0.5) * 1_000) / schedule.ratePerSec,
    }));
  const before = median(starts.filter(({ at }) => at < first).map(({ t0 }) => t0));
  const after = median(starts.filter(({ at }) => at > last + 2_000).map(({ t0 }) => t0));
  if (before === null) throw new UnsoundTruth('no order reached the target before the trouble');
  // Orders that were never started would move the numbers of all later ones.
  if (after !== null && Math.abs(after - before) > DRIFT_ABOVE_MS) {
    throw new UnsoundTruth(`the starts moved by ${Math.round(after - before)} ms against the plan`);
  }
  return before;
}

function median(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}

function badSpans(turns: readonly TrueTurn[], everyMs: number): BadSpan[] {
  const spans: BadSpan[] = [];
  let window = Number.NEGATIVE_INFINITY;
  for (const inWindow of windows(turns)) {
    const bad = inWindow.turns.filter((turn) => turn.bad);
    const first = bad[0];
    const last = bad.at(-1);
    if (!first || !last || bad.length / inWindow.turns.length <= DOWN_ABOVE_RATIO) continue;
    const span = inWindow.index === window + 1 ? spans.at(-1) : undefined;
    window = inWindow.index;
    if (span) {
      span.toAt = last.plannedAt + everyMs;
      span.badTurns += bad.length;
    } else {
      spans.push({ fromAt: first.plannedAt, toAt: last.plannedAt + everyMs, badTurns: bad.length });
    }
  }
  return spans;
}

function windows(turns: readonly TrueTurn[]): { index: number; turns: TrueTurn[] }[] {
  const found = new Map<number, TrueTurn[]>();
  for (const turn of turns) {
    const index = Math.floor(turn.plannedAt / WINDOW_MS);
    const known = found.get(index);
    if (known) known.push(turn);
    else found.set(index, [turn]);
  }
  return [...found].map(([index, inWindow]) => ({ index, turns: inWindow }));
}

/** What the trouble must have done to a turn, by its times alone. */
export interface Expected {
  /** Starts that cannot have had their answer. */
  surely: readonly Outage[];
  /** Outside of these every turn must have been good. */
  perhaps: readonly Outage[];
}

/**
 * Holds the log against the times of the trouble: the two must tell the same story.
 * @throws UnsoundTruth
 */
export function checkTruth({ turns }: Truth, { surely, perhaps }: Expected): void {
  const within = (at: number, spans: readonly Outage[]): boolean =>
    spans.some(({ fromAt, toAt }) => at >= fromAt && at < toAt);
  const goodInTrouble = turns.filter(({ plannedAt, bad }) => !bad && within(plannedAt, surely)).length;
  const badOutside = turns.filter(({ plannedAt, bad }) => bad && !within(plannedAt, perhaps)).length;
  if (goodInTrouble > 0) {
    throw new UnsoundTruth(`${goodInTrouble} turns were good though the target could not serve them`);
  }
  if (badOutside > 0) throw new UnsoundTruth(`${badOutside} turns were bad outside of the trouble`);
}
