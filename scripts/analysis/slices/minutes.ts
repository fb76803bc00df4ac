import { SHORTEST_MINUTE_MS } from '../../core/limits.ts';
import { sumBy } from '../../core/statistics.ts';
import type { RunTimeline, StepTimeline } from '../../observe/timeline.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import type { JudgedSlice } from '../judgement.ts';
import { overlaps } from '../time/grid.ts';
import type { StepEvents } from '../turns/events.ts';
import { nothingToSell } from '../turns/stock-truth.ts';

const MINUTE_MS = 60_000;

function perMinute(measured: readonly JudgedSlice[]): { startedAt: number; slices: JudgedSlice[] }[] {
  const anchorAt = measured[0]?.fromAt ?? 0;
  const minutes: { startedAt: number; slices: JudgedSlice[] }[] = [];
  for (const slice of measured) {
    const index = Math.floor((slice.fromAt - anchorAt) / MINUTE_MS);
    const minute = minutes[index] ?? { startedAt: anchorAt + index * MINUTE_MS, slices: [] };
    minute.slices.push(slice);
    minutes[index] = minute;
  }
  return minutes;
}

/** A last piece that is too short is judged with the minute before it. */
function wholeMinutes(measured: readonly JudgedSlice[]): { startedAt: number; slices: JudgedSlice[] }[] {
  const minutes = perMinute(measured);
  const last = minutes.at(-1);
  const before = minutes.at(-2);
  if (!last || !before || (last.slices.at(-1)?.toAt ?? 0) - last.startedAt >= SHORTEST_MINUTE_MS)
    return minutes;
  return [...minutes.slice(0, -2), { ...before, slices: [...before.slices, ...last.slices] }];
}

/**
 * Minutes in which orders were planned and none came about, in time or late, unless something was out of stock or every café closed. If
 * answers said "sold out" of no item in particular, there must have been nothing to sell.
 * @param firstSaleAt when the first order may be expected to have come about, epoch ms
 */
export function minutesWithoutSale(
  plan: LaunchPlan,
  timeline: RunTimeline,
  measured: readonly JudgedSlice[],
  firstSaleAt: number,
): number[] {
  return wholeMinutes(measured)
    .filter((minute) => minute.startedAt >= firstSaleAt)
    .filter(({ startedAt, slices }) => {
      const span = { fromAt: startedAt, toAt: slices.at(-1)?.toAt ?? startedAt };
      const within = (out: { fromAt: number; toAt: number | null }): boolean =>
        overlaps({ fromAt: out.fromAt, toAt: out.toAt ?? Number.POSITIVE_INFINITY }, span);
      const stockOuts = timeline.stockOuts.filter(within);
      const closures = timeline.closures.filter(within);
      const named = slices.every((slice) => slice.counts.politeUnnamed === 0);
      const outOfStock =
        (stockOuts.length > 0 && named) ||
        (stockOuts.length + closures.length > 0 && nothingToSell(plan, { stockOuts, closures }));
      const planned = sumBy(slices, (slice) => slice.planned);
      return (
        !outOfStock &&
        planned > 0 &&
        slices.every(({ counts }) => counts.confirmed === 0 && counts.late === 0)
      );
    })
    .map((minute) => minute.startedAt);
}

/** Journeys of which orders were planned, and not one came about, in time or late. */
export function journeysWithoutSale(step: StepTimeline, { orderEnds }: StepEvents): string[] {
  return step.schedules
    .filter(({ arrivalsPerSec }) => arrivalsPerSec.some((orders) => orders > 0))
    .map(({ journey }) => journey)
    .filter((journey) => {
      const ends = [...(orderEnds.get(journey)?.values() ?? [])];
      return !ends.some((endings) => endings.has('confirmed') || endings.has('late'));
    });
}
