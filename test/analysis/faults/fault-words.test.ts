import { expect, test } from 'vitest';
import { faultLabel } from '../../../scripts/analysis/faults/fault-label.ts';
import { gradeText, promiseText } from '../../../scripts/contract/promise-text.ts';
import { Story, storyPlan, withCafe, withFault } from '../../support/stories/story.ts';

test.each([
  [{ kind: 'latency', add: { shape: 'fixed', ms: 2_000 } }, 'pay latency +2 s'],
  [{ kind: 'latency', add: { shape: 'normal', meanMs: 250 }, share: 0.3 }, 'pay latency +250 ms 30 %'],
  [{ kind: 'error', status: 503, route: 'POST /authorize', share: 1 }, 'pay error 503 POST /authorize'],
  [{ kind: 'closure', shop: null }, 'pay closure'],
  [{ kind: 'closure', shop: 'harbour' }, 'pay closure harbour'],
  [{ kind: 'stock-out', item: 'tea' }, 'pay stock-out tea'],
])('%j is called %s', (keys, label) => {
  const [fault] = withFault(storyPlan(), { id: 'f', partner: 'pay', ...keys }).faults;
  expect(fault && faultLabel(fault)).toBe(label);
});

test.each([
  [null, null, ''],
  ['degraded', null, 'promised degraded'],
  ['degraded', 30_000, 'promised degraded within 30 s'],
  [null, 30_000, 'promised to recover within 30 s'],
] as const)('a promise of %s within %s ms: %s', (expected, recoverWithinMs, text) => {
  expect(promiseText({ expected, recoverWithinMs })).toBe(text);
});

test.each([
  ['unaffected', null, null, null, 'was unaffected'],
  ['unaffected', 5_000, null, null, 'was unaffected'],
  ['degraded', null, null, null, 'was degraded'],
  ['degraded', null, 'recovered', 2_300, 'was degraded, recovered after 2.3 s'],
  ['degraded', null, 'served-again', 2_300, 'was degraded'],
  ['down', null, 'recovered', 0, 'was down, recovered after 0 s'],
  ['down', null, 'served-again', 2_000, 'was down, served again after 2 s, 2 of 3 slices seen'],
  ['down', null, 'more-than', 42_000, 'was down, took more than 42 s to recover'],
  ['down', null, 'unknown', 0, 'was down, recovery not seen'],
  [null, null, 'recovered', 0, 'not enough evidence'],
] as const)('what was %s, recovery asked within %s ms: %s after %s ms: %s', (...grade) => {
  const [observed, recoverWithinMs, recovery, timeToRecoverMs, text] = grade;
  const figures = { recovery, timeToRecoverMs, goodSlices: 2 };
  expect(gradeText({ expected: null, observed, recoverWithinMs, ...figures })).toBe(text);
});

const advice = (kind: string, badKind: '5xx' | 'timeout'): string | undefined =>
  new Story(withFault(withCafe(storyPlan()), { id: 'f', kind, partner: 'pay', at: 10_000, for: 30_000 }))
    .faultFired('f', 10, 40)
    .outage(10, 40, badKind)
    .report().verdict.reasons[0]?.next;

test.each([
  ['error', '5xx', /while pay failed; catch that call's failure/],
  ['reset', '5xx', /while pay broke connections; catch/],
  ['rate-limit', '5xx', /while pay limited the rate; catch/],
  ['wrong-answer', '5xx', /while pay gave wrong answers; check its answer before using it/],
  ['truncate', '5xx', /while pay cut its answers short; check its answer/],
  ['closure', '5xx', /while pay was closed; answer "closed" plainly/],
  ['stock-out', '5xx', /while pay was out of stock; answer "sold out" plainly/],
  ['hang', 'timeout', /^the orders waited for pay; give that call a timeout/],
  ['capacity', 'timeout', /^the orders waited for pay/],
] as const)('orders that failed during a fault %s by %s get advice that names it', (kind, badKind, text) => {
  expect(advice(kind, badKind)).toMatch(text);
});

test('a false "sold out" during a closure is laid to it', () => {
  const story = new Story(
    withFault(withCafe(storyPlan()), {
      id: 'f',
      kind: 'closure',
      partner: 'beanhouse',
      at: 10_000,
      for: 30_000,
    }),
  );
  const report = story.turns(10, 40, { outcome: 'sold-out' }).faultFired('f', 10, 40).report();
  expect(report.verdict.reasons[0]?.next).toBe(
    '"sold out" was said of items that were not; check how the shop reads the opening of beanhouse',
  );
});
