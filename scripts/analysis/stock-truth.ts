import type { RunTimeline } from '../observe/timeline.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';

/** How long before a turn's start a stock-out still excuses it: the shop may have read the stock just before. */
const STOCK_KNOWN_BEFORE_MS = 1_000;

/**
 * Whether "sold out" was true for a turn that started at or after `startAt` and was answered by `answeredAt`.
 * Without a mocked café there is no ledger to contradict the shop, so its word stands. A shop that does not name the
 * item is right if any item was out.
 */
export function soldOutTruth(plan: LaunchPlan, timeline: RunTimeline) {
  const ledgerExists = plan.partners.some((partner) => partner.kind === 'cafe');
  return (item: string | null, startAt: number, answeredAt: number): boolean =>
    !ledgerExists ||
    timeline.stockOuts.some(
      (out) =>
        (item === null || out.item === item) &&
        out.fromAt <= answeredAt &&
        (out.toAt === null || out.toAt >= startAt - STOCK_KNOWN_BEFORE_MS),
    );
}
