import { expect, test } from 'vitest';
import { loggedEvery } from '../../scripts/demand/logged-orders.ts';
import { journey } from './example-plan.ts';

test.each([
  [1, 1],
  [20, 1],
  [100, 5],
  [5_000, 250],
])('at a peak of %d orders/s failed turns of one of %d orders are logged', (peakPerSec, every) => {
  expect(loggedEvery({ journeys: [journey('checkout', 1)] }, peakPerSec)).toEqual({ checkout: every });
});

test('a journey of few orders shows more of them', () => {
  const journeys = [journey('web', 0.9), journey('chat', 0.1)];
  expect(loggedEvery({ journeys }, 1_000)).toEqual({ web: 45, chat: 5 });
});
