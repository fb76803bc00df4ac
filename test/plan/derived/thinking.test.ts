import { expect, test } from 'vitest';
import { longestOrderMs } from '../../../scripts/plan/derived/thinking.ts';
import { examplePlan, journey } from '../../demand/example-plan.ts';
import { cafe, payment } from '../../support/mocks/mock-config.ts';

const chat = journey('chat', 1, 3);
const movable = {
  ...chat,
  steps: chat.steps.map((step) => ({ ...step, closed: { status: 409, has: null, where: {} } })),
};
const partners = [cafe('corner', { menu: ['tea'] }), cafe('roastery', { menu: ['tea'] }), payment('pay')];
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
