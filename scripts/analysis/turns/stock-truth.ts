import { SOLD_OUT_BEFORE_MS } from '../../core/limits.ts';
import type { RunTimeline } from '../../observe/timeline.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';

/** A turn that was told "sold out": of which item, at which café; null where it is not known. */
export interface SoldOut {
  item: string | null;
  cafe: string | null;
}

/** Stock-outs and closures of some time. */
export type Shortage = Pick<RunTimeline, 'stockOuts' | 'closures'>;

/**
 * Whether every café was closed as a whole, or lacked all of its menu, or something that each order uses up, such as
 * receipt paper.
 */
export function nothingToSell(plan: LaunchPlan, { stockOuts: outages, closures }: Shortage): boolean {
  return plan.partners.every((partner) => {
    if (partner.kind !== 'cafe') return true;
    if (closures.some((one) => one.partner === partner.name && one.shop === null)) return true;
    const out = new Set(outages.filter((one) => one.partner === partner.name).map(({ item }) => item));
    const stocked = Object.keys(partner.stock);
    const menu = partner.menu ?? stocked;
    return (
      menu.every((item) => out.has(item)) || stocked.some((item) => !menu.includes(item) && out.has(item))
    );
  });
}

/**
 * Whether "sold out" was true for a turn that started at or after `startAt` and was answered by `answeredAt`.
 * Without a mocked café there is no ledger to contradict the shop, so its word stands. A shop that does not name the
 * item is right if any item was out. Any item is out where the café or a shop of it was closed: which shop an order was
 * for is not told. A turn that was for one of the plan's cafés is compared with that one only.
 */
export function soldOutTruth(plan: LaunchPlan, timeline: RunTimeline) {
  const cafes = plan.partners.filter(({ kind }) => kind === 'cafe').map(({ name }) => name);
  const closures = timeline.closures.filter(({ partner }) => cafes.includes(partner));
  return ({ item, cafe }: SoldOut, startAt: number, answeredAt: number): boolean => {
    if (cafes.length === 0) return true;
    const excuses = (out: { partner: string; fromAt: number; toAt: number | null }): boolean =>
      // The journey's own `data` may give the variable values that are no cafés of the plan.
      (cafe === null || !cafes.includes(cafe) || out.partner === cafe) &&
      out.fromAt <= answeredAt &&
      (out.toAt === null || out.toAt >= startAt - SOLD_OUT_BEFORE_MS);
    return (
      timeline.stockOuts.some((out) => (item === null || out.item === item) && excuses(out)) ||
      closures.some(excuses)
    );
  };
}
