import type { RunTimeline } from '../observe/timeline.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';

/** How long before a turn's start a stock-out still excuses it: the shop may have read the stock just before. */
const STOCK_KNOWN_BEFORE_MS = 1_000;

/** A turn that was told "sold out": of which item, at which café; null where it is not known. */
export interface SoldOut {
  item: string | null;
  cafe: string | null;
}

/** Whether every café lacked all of its menu, or something that each order uses up, such as receipt paper. */
export function nothingToSell(plan: LaunchPlan, outages: RunTimeline['stockOuts']): boolean {
  return plan.partners.every((partner) => {
    if (partner.kind !== 'cafe') return true;
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
 * item is right if any item was out. A turn that was for one of the plan's cafés is compared with that one only.
 */
export function soldOutTruth(plan: LaunchPlan, timeline: RunTimeline) {
  const cafes = plan.partners.filter(({ kind }) => kind === 'cafe').map(({ name }) => name);
  return ({ item, cafe }: SoldOut, startAt: number, answeredAt: number): boolean =>
    cafes.length === 0 ||
    timeline.stockOuts.some(
      (out) =>
        // The journey's own `data` may give the variable values that are no cafés of the plan.
        (cafe === null || !cafes.includes(cafe) || out.partner === cafe) &&
        (item === null || out.item === item) &&
        out.fromAt <= answeredAt &&
        (out.toAt === null || out.toAt >= startAt - STOCK_KNOWN_BEFORE_MS),
    );
}
