import type { CafeChoice } from '../../k6/contract.ts';
import { menuOf, type PartnerSpec, promoCostPerOrder } from '../../mock-services/registry.ts';
import { sumBy } from '../core/statistics.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { orderRate } from './curve.ts';
import { replayedPart } from './replay.ts';

/**
 * Stock of each café and budget of each promo at the start of every step: the plan's less what the forecast at 1x has
 * used up to the start of the replayed part, both at scale. An order takes one item of the menu and one of every stock
 * item that is not on the menu (receipt paper, cups); it costs a promo its voucher and what a draw wins on average.
 * Whole numbers, never below 0.
 * @throws PeakproofError (exit 2) when the forecast or its replayed part is impossible.
 */
export function stockAtStart(plan: LaunchPlan): Record<string, Record<string, number>> {
  const { scale } = plan.rehearsal;
  const orders = orderRate(plan.forecast).ordersBetween(0, replayedPart(plan).fromMs) * scale;
  const left = (planned: number, used: number): number => Math.max(0, Math.round(planned * scale - used));
  const stocks = cafesOf(plan).map(({ name, shareRatio, stock, menu }) => {
    const served = orders * shareRatio;
    const items = Object.entries(stock).map(([item, count]) => {
      const used = menu.includes(item) ? served / menu.length : served;
      return [item, left(count, used)];
    });
    return [name, Object.fromEntries(items)];
  });
  const budgets = plan.partners.flatMap((partner) =>
    partner.kind === 'promo' && partner.budget !== null
      ? [[partner.name, { budget: left(partner.budget, orders * promoCostPerOrder(partner)) }]]
      : [],
  );
  return Object.fromEntries([...stocks, ...budgets]);
}

type Cafe = Extract<PartnerSpec, { kind: 'cafe' }>;

/** The plan's cafés as shoppers choose among them; a café without a share gets an equal part of what the others leave. */
export function cafesOf(plan: LaunchPlan): (Omit<Cafe, 'menu'> & CafeChoice)[] {
  const cafes = plan.partners.filter((partner): partner is Cafe => partner.kind === 'cafe');
  const declared = sumBy(cafes, ({ share }) => (share === null ? 0 : share));
  const each = Math.max(0, 1 - declared) / cafes.filter(({ share }) => share === null).length;
  return cafes.map((cafe) => ({
    ...cafe,
    menu: menuOf(cafe),
    shareRatio: cafe.share ?? each,
    movesRatio: movesRatio(plan, cafe.name),
  }));
}

/** The greatest `moves` of the closures that befall a partner; only closures have it. */
function movesRatio({ faults }: LaunchPlan, partner: string): number {
  const moves = faults.map((fault) =>
    fault.partner === partner && 'moves' in fault && typeof fault.moves === 'number' ? fault.moves : 0,
  );
  return Math.max(0, ...moves);
}
