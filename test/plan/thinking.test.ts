import { expect, test } from 'vitest';
import type { PartnerSpec } from '../../mock-services/contract.ts';
import { longestOrderMs } from '../../scripts/plan/thinking.ts';
import { examplePlan, journey } from '../demand/example-plan.ts';

const ADDRESS = { port: 0, host: '127.0.0.1', latency: { shape: 'fixed', ms: 0 } } as const;
const cafe = (name: string): PartnerSpec => ({
  ...ADDRESS,
  name,
  kind: 'cafe',
  share: null,
  stock: {},
  menu: ['tea'],
  price: 100,
});

const chat = journey('chat', 1, 3);
const movable = { ...chat, steps: chat.steps.map((step) => ({ ...step, closed: step.confirmed })) };
const partners = [cafe('corner'), cafe('roastery'), { ...ADDRESS, name: 'pay', kind: 'payment' } as const];
const thinking = { client: { thinkTime: { shape: 'fixed', ms: 5_000 } } } as const;
// patience 30 s and a last timeout of 10 s in each turn

test.each([
  ['without thinking: one turn, however often the shopper moves', movable, {}, 40_000],
  ['with thinking: a turn a step', chat, thinking, 3 * 40_000 + 2 * 5_000],
  ['with thinking, and told closed: once more for the other café', movable, thinking, 2 * 130_000],
])('the longest order %s', (_, walk, parts, expectedMs) => {
  expect(longestOrderMs(examplePlan({ partners, ...parts }), walk)).toBe(expectedMs);
});

test('without a café a shopper who is told closed walks once', () => {
  expect(longestOrderMs(examplePlan(thinking), movable)).toBe(130_000);
});
