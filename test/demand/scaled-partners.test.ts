import { expect, test } from 'vitest';
import { PARTNER_KINDS, type PartnerSpec } from '../../mock-services/registry.ts';
import { scaledPartners } from '../../scripts/demand/scaled-partners.ts';
import { examplePlan } from './example-plan.ts';

function partner(kind: PartnerSpec['kind'], keys: Record<string, unknown> = {}): PartnerSpec {
  return { name: kind, ...PARTNER_KINDS[kind].schema.parse({ kind, ...keys }) };
}

const scaled = (scale: number, ...partners: PartnerSpec[]) =>
  scaledPartners(examplePlan({ partners, rehearsal: { scale } }));

test('a café shrinks with the target: stock, capacity and queue, but not what an order meets', () => {
  const keys = { stock: { tea: 1_000 }, queue: 60, preparation: '3m', price: 450, latency: '80ms' };
  const before = partner('cafe', { ...keys, capacity: '600/h' });
  expect(scaled(0.1, before)).toEqual([
    partner('cafe', { ...keys, capacity: '60/h', stock: { tea: 100 }, queue: 6 }),
  ]);
});

test('a courier partner has fewer couriers and a shorter queue, and at least one courier', () => {
  expect(scaled(0.1, partner('courier', { couriers: 50, queue: 100 }))).toMatchObject([
    { couriers: 5, queue: 10 },
  ]);
  expect(scaled(0.001, partner('courier', { couriers: 50 }))).toMatchObject([{ couriers: 1 }]);
});

test('a promo has less to give away, with vouchers of the same value', () => {
  expect(scaled(0.1, partner('promo', { voucher: 150, budget: '1M' }))).toMatchObject([
    { voucher: 150, budget: 100_000 },
  ]);
});

test('what is without end stays without end', () => {
  const endless = [
    partner('cafe', { menu: ['tea'] }),
    partner('courier'),
    partner('promo'),
    partner('payment'),
  ];
  expect(scaled(0.5, ...endless)).toMatchObject([
    { capacity: null, queue: null },
    { couriers: null },
    { budget: null },
    { kind: 'payment' },
  ]);
});

test('at scale 1 the partners are as in the plan', () => {
  const partners = [
    partner('cafe', { stock: { tea: 7 }, capacity: '5/s', queue: 3 }),
    partner('courier', { couriers: 3, queue: 2 }),
    partner('promo', { budget: 5 }),
  ];
  expect(scaled(1, ...partners)).toEqual(partners);
});
