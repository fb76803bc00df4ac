import { expect, test } from 'vitest';
import { slicesText } from '../../scripts/contract/slice-lengths.ts';

test('every length of slices is named once', () => {
  const lengths = { lengthMs: 1_000, journeysMs: { checkout: 1_000, chat: 5_000 }, journeyStepsMs: {} };
  expect(slicesText(lengths)).toBe('slices of 1 s; chat 5 s');
  expect(
    slicesText({ ...lengths, journeyStepsMs: { checkout: 2_000, chat: 5_000 }, longerMs: [10_000] }),
  ).toBe('slices of 1 s; chat 5 s; steps of checkout 2 s; too thin ones in 10 s');
});
