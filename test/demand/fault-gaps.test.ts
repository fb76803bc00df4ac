import { expect, test } from 'vitest';
import { faultGaps } from '../../scripts/demand/fault-gaps.ts';
import { storyPlan, withFault } from '../support/stories/story.ts';

const latency = (id: string, at: number, more: Record<string, unknown> = {}) => ({
  ...{ id, kind: 'latency', partner: 'pay', at, for: 10_000 },
  ...more,
});
const plan = (...faults: Record<string, unknown>[]) => faults.reduce(withFault, storyPlan());

test('a fault needs what it may take to recover, and three slices, before the next one of any partner', () => {
  const first = latency('a', 10_000, { recoverWithin: 17_000 });
  expect(faultGaps(plan(first, latency('b', 40_000)), 1_000)).toEqual([]);
  expect(faultGaps(plan(first, latency('b', 39_999, { partner: 'cafe' })), 1_000)).toEqual([
    'b comes 20 s after an end of a, which may take 17 s to recover and then needs 3 slices of 1 s (20 s in all): leave more time, or its recovery may not be seen',
  ]);
  expect(faultGaps(plan(first, latency('b', 40_000)), 2_000)).toHaveLength(1);
});

test('with enforce it is a mistake, by its own next time as well', () => {
  const again = { recoverWithin: 8_000, enforce: true, repeat: { every: 20_000, for: 60_000 } };
  expect(() => faultGaps(plan(latency('a', 10_000, again)), 1_000)).toThrow(
    expect.objectContaining({ code: 'fault-gap', exitCode: 2 }),
  );
  expect(faultGaps(plan(latency('a', 10_000, { ...again, recoverWithin: 7_000 })), 1_000)).toEqual([]);
});

test('faults that promise no recovery, or have none after them, need no gap', () => {
  expect(
    faultGaps(plan(latency('a', 10_000), latency('b', 20_000, { recoverWithin: 60_000 })), 1_000),
  ).toEqual([]);
});
