import { expect, test } from 'vitest';
import { type Counted, countedStates } from '../../../scripts/analysis/slices/counted.ts';

const slices = (...bads: number[]): Counted[] => bads.map((bad) => ({ valid: 100, bad }));

test('counts of valid and bad events are enough to judge slices', () => {
  expect(countedStates(slices(0, 1, 2, 12, 100), 0.05)).toEqual(['UP', 'UP', 'DEGRADED', 'DOWN', 'DOWN']);
});

test('what chance could explain is DOWN only with its neighbours', () => {
  expect(countedStates(slices(0, 0, 8, 0, 0), 0.05)[2]).toBe('DEGRADED');
  expect(countedStates(slices(6, 6, 8, 6, 6), 0.05)[2]).toBe('DOWN');
});

test('few events say nothing, unless not one was answered', () => {
  expect(countedStates([{ valid: 19, bad: 19 }], 0.05)).toEqual(['NONE']);
  expect(countedStates([{ valid: 19, bad: 19, unanswered: true }], 0.05)).toEqual(['DOWN']);
  expect(countedStates([{ valid: 0, bad: 0 }], 0.05)).toEqual(['NONE']);
});
