import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstStartOffsetMs, plannedBetween } from '../../scripts/core/schedule.ts';

const scheduleOf = (...arrivalsPerSec: number[]) => ({ journey: 'checkout', arrivalsPerSec });

describe('how many orders are planned between two offsets', () => {
  it.each([
    { fromMs: 0, toMs: 1_000, planned: 2 },
    { fromMs: 0, toMs: 249, planned: 0 },
    { fromMs: 0, toMs: 250, planned: 1 },
    { fromMs: 250, toMs: 750, planned: 1 },
    { fromMs: 750, toMs: 2_499, planned: 0 },
    { fromMs: 750, toMs: 2_500, planned: 1 },
    { fromMs: 1_000, toMs: 2_000, planned: 0 },
    { fromMs: 0, toMs: 3_000, planned: 3 },
    { fromMs: -5_000, toMs: 99_000, planned: 3 },
    { fromMs: -5_000, toMs: 0, planned: 0 },
    { fromMs: 3_000, toMs: 99_000, planned: 0 },
  ])('after $fromMs and up to $toMs ms of 2, 0, 1 a second: $planned', ({ fromMs, toMs, planned }) => {
    expect(plannedBetween(scheduleOf(2, 0, 1), fromMs, toMs)).toBe(planned);
  });

  it('counts an order that starts exactly at the offset, in spite of rounding', () => {
    // The 15th of 25 starts at 14.5 / 25 = 0.58 of the second; 0.58 * 25 + 0.5 is 14.999999999999998 in floats.
    expect(plannedBetween(scheduleOf(25), 579, 580)).toBe(1);
  });

  it('is what counting every single start finds, for any schedule', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 12 });
    const offset = fc.integer({ min: -2_000, max: 14_000 });
    fc.assert(
      fc.property(counts, offset, offset, (arrivalsPerSec, one, other) => {
        const [fromMs, toMs] = [Math.min(one, other), Math.max(one, other)];
        const starts = arrivalsPerSec.flatMap((count, second) =>
          // Exact in whole numbers: (2i - 1) * 1000 / 2n ms into the second.
          Array.from({ length: count }, (_, index) => ({
            numerator: (2 * index + 1) * 1_000,
            n2: 2 * count,
            second,
          })),
        );
        const isBy = (start: (typeof starts)[number], ms: number) =>
          start.numerator <= (ms - start.second * 1_000) * start.n2;
        const counted = starts.filter((start) => isBy(start, toMs) && !isBy(start, fromMs)).length;
        expect(plannedBetween(scheduleOf(...arrivalsPerSec), fromMs, toMs)).toBe(counted);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe('the first start', () => {
  it.each([
    { arrivals: [2, 5], offsetMs: 250 },
    { arrivals: [0, 0, 1], offsetMs: 2_500 },
    { arrivals: [0, 0], offsetMs: null },
    { arrivals: [], offsetMs: null },
  ])('of $arrivals a second is at $offsetMs ms', ({ arrivals, offsetMs }) => {
    expect(firstStartOffsetMs(scheduleOf(...arrivals))).toBe(offsetMs);
  });
});
