import type { PartnerSpec } from '../../mock-services/registry.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';

/**
 * The plan's partners as big as the target is: what they hold and get done is multiplied by `rehearsal.scale`, with
 * their queues, so that a wait at a partner is as long as in production. What a single shopper or order meets
 * (latency, preparation, price, voucher) stays.
 */
export function scaledPartners({ partners, rehearsal }: LaunchPlan): PartnerSpec[] {
  return partners.map((partner) => scaled(partner, rehearsal.scale));
}

function scaled(partner: PartnerSpec, scale: number): PartnerSpec {
  switch (partner.kind) {
    case 'cafe': {
      const stock = Object.entries(partner.stock).map(([item, count]) => [item, Math.round(count * scale)]);
      return {
        ...partner,
        stock: Object.fromEntries(stock),
        capacity: partner.capacity === null ? null : partner.capacity * scale,
        queue: partner.queue === null ? null : atLeastOne(partner.queue, scale),
      };
    }
    case 'courier':
      return {
        ...partner,
        couriers: partner.couriers === null ? null : atLeastOne(partner.couriers, scale),
        queue: atLeastOne(partner.queue, scale),
      };
    case 'promo':
      return { ...partner, budget: partner.budget === null ? null : Math.round(partner.budget * scale) };
    default:
      return partner;
  }
}

/** There is no part of a courier or of a place in a queue, and a partner without any would be another one. */
function atLeastOne(planned: number, scale: number): number {
  return planned === 0 ? 0 : Math.max(1, Math.round(planned * scale));
}
