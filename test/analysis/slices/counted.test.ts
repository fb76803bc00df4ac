import { expect, test } from 'vitest';
import { type Counted, countedStates } from '../../../scripts/analysis/slices/counted.ts';

const slices = (...bads: number[]): Counted[] => bads.map((bad) => ({ valid: 100, bad }));

test('counts of valid and bad events are enough to judge slices', () => {
  expect(countedStates(slices(0, 1, 2, 12, 100), 0.05)).toEqual(['UP', 'UP', 'DEGRADED', 'DOWN', 'DOWN']);
});

test('what chance could explain is DOWN only with its neighbours', () => {
  expect(countedStates(slices(0, 0, 8, 0, 0), 0.05)[2]).toBe('DEGRADED');
  expect(countedStates(slices(8, 8, 8, 8, 8), 0.05)[2]).toBe('DOWN');
});

test('a pool that chance could explain proves nothing', () => {
  // Of independent errors of 2 %, two of twenty stand alone now and then: twice is 4 in 100.
  const single = [2, 1, 2, 1, 0].map((bad) => ({ valid: 20, bad }));
  expect(countedStates(single, 0.05)).not.toContain('DOWN');
});

test('few events say nothing', () => {
  expect(countedStates([{ valid: 19, bad: 19 }], 0.05)).toEqual(['NONE']);
  expect(countedStates([{ valid: 0, bad: 0 }], 0.05)).toEqual(['NONE']);
});
