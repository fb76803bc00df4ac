import { afterEach, expect, test } from 'vitest';
import type { MockEvent, PartnerSlice } from '../../../mock-services/contract.ts';
import { cafe, call, payment, runMocks } from '../../support/mocks/mock-config.ts';

// What partners tell of each slice of a step.

type Running = Awaited<ReturnType<typeof runMocks>>;
let mocks: Running;
afterEach(() => mocks?.close());

type Slices = Extract<MockEvent, { type: 'partners' }>;
const told = (): Slices[] => mocks.events.filter((event): event is Slices => event.type === 'partners');
const of = (name: string): PartnerSlice[] => told().map(({ partners }) => partners[name] ?? {});
const order = (orderKey: string, item = 'tea') =>
  call(`${mocks.url('beanhouse')}/orders`, { sku: item, orderKey });

test('each request stands in one slice, with its answer and what is left', async () => {
  mocks = await runMocks({ partners: [cafe('beanhouse', { stock: { tea: 2 } }), payment('pay')] });
  await order('before');
  mocks.reset({ beanhouse: { tea: 2 } });
  mocks.startTimeline(Date.now());
  const answers = [];
  for (const key of ['k1', 'k2', 'k3']) answers.push((await order(key)).status);
  await call(`${mocks.url('pay')}/authorizations`, { orderKey: 'k1', amount: 100 });
  await mocks.event(({ type }) => type === 'partners');
  await order('k4');
  mocks.stopTimeline();
  const sum = (figure: (slice: PartnerSlice) => number) =>
    of('beanhouse').reduce((all, one) => all + figure(one), 0);
  expect(answers).toEqual([201, 201, 409]);
  expect(sum(({ requests = 0 }) => requests)).toBe(4);
  expect(sum((slice) => slice.answers?.['2xx'] ?? 0)).toBe(2);
  expect(sum((slice) => slice.answers?.['4xx'] ?? 0)).toBe(2);
  expect(sum(({ delays }) => delays?.count ?? 0)).toBe(4);
  expect(of('beanhouse').at(-1)?.stock).toEqual({ tea: 0 });
  expect(of('pay').reduce((all, { requests = 0 }) => all + requests, 0)).toBe(1);
});

test('a client that has gone by then got no answer', async () => {
  mocks = await runMocks({ partners: [payment('pay', { latency: '200ms' })] });
  mocks.startTimeline(Date.now());
  const gone = fetch(`${mocks.url('pay')}/captures`, {
    method: 'POST',
    body: '{}',
    signal: AbortSignal.timeout(50),
  });
  await expect(gone).rejects.toThrow();
  await new Promise((resolve) => setTimeout(resolve, 300));
  mocks.stopTimeline();
  const answers = of('pay').flatMap((slice) => Object.entries(slice.answers ?? {}));
  expect(answers).toEqual([['none', 1]]);
});

test('slices count from the first whole second at or after the start, and backwards before it', async () => {
  mocks = await runMocks({ partners: [payment('pay')] });
  const startAt = Date.now() + 5_400;
  mocks.startTimeline(startAt, 2_000);
  await mocks.event(({ type }) => type === 'partners');
  mocks.stopTimeline();
  const anchorAt = Math.ceil(startAt / 1_000) * 1_000;
  const [first, last] = told().map(({ fromAt }) => fromAt);
  expect(told()).toHaveLength(2);
  expect((anchorAt - (first ?? Number.NaN)) % 2_000).toBe(0);
  expect(last).toBe((first ?? Number.NaN) + 2_000);
});

test('a partner that does nothing says nothing of itself', async () => {
  mocks = await runMocks({ partners: [payment('pay')] });
  mocks.startTimeline(Date.now());
  mocks.stopTimeline();
  expect(of('pay')).toEqual([{}]);
});
