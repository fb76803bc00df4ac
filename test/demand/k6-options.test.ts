import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plannedBetween } from '../../scripts/core/schedule.ts';
import { drawStep, type StepSchedule } from '../../scripts/demand/draw.ts';
import { k6Options } from '../../scripts/demand/k6-options.ts';
import { examplePlan, flat, HOUR_MS } from './example-plan.ts';
import { k6Arrivals } from './k6-arrivals.ts';

/** patience 30 s + timeout 10 s */
const LONGEST_MS = 40_000;

const stepOf = (...schedules: StepSchedule['schedules']): StepSchedule => ({
  multiple: 1,
  warmUpMs: 0,
  replayedMs: 0,
  settleMs: 0,
  schedules,
  peakOrdersPerSec: 0,
  expectedOrders: 0,
});

const scenarioOf = (arrivalsPerSec: readonly number[]) => {
  const { scenarios } = k6Options(
    stepOf({ journey: 'checkout', arrivalsPerSec }),
    { checkout: 5 },
    { checkout: LONGEST_MS },
  );
  const scenario = scenarios['checkout'];
  if (!scenario) throw new Error('no scenario for checkout');
  return scenario;
};

/** k6's starts beside the schedule's: none missing, each within its second and where plannedBetween has it. */
function expectDelivered(arrivalsPerSec: readonly number[]): void {
  const { offsetsMs, durationMs } = k6Arrivals(scenarioOf(arrivalsPerSec));
  const planned = arrivalsPerSec.flatMap((count, second) =>
    Array.from({ length: count }, (_, index) => second * 1_000 + ((index + 0.5) / count) * 1_000),
  );
  expect(offsetsMs).toHaveLength(planned.length);
  let furthestMs = 0;
  for (const [index, offsetMs] of offsetsMs.entries()) {
    furthestMs = Math.max(furthestMs, Math.abs(offsetMs - (planned[index] ?? Number.NaN)));
  }
  expect(furthestMs).toBeLessThan(0.002);
  expect(durationMs).toBeGreaterThan(arrivalsPerSec.length * 1_000 + 5_000);
}

describe('the stages of a scenario', () => {
  it('deliver any schedule: each second its count, evenly, none lost at edges or in zeros', () => {
    const count = fc.oneof(
      { weight: 2, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 5 }) },
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 2_000 }) },
    );
    // Runs of equal counts become one stage.
    const runs = fc.array(fc.tuple(count, fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(runs, (drawn) => {
        expectDelivered(drawn.flatMap(([arrivals, seconds]) => Array<number>(seconds).fill(arrivals)));
      }),
      { seed: 9, numRuns: 200 },
    );
  });

  it.each([
    ['a beginning of zeros', [0, 0, 3, 7]],
    ['an end of zeros', [7, 3, 0, 0, 0]],
    ['nothing but zeros', [0, 0, 0]],
    ['a single order', [1]],
    ['counts whose rate is no exact float', [13, 0, 97, 49, 0, 93, 7, 0, 106]],
    ['20,000 a second', [20_000, 19_999, 20_001]],
  ])('deliver a schedule with %s', (_, arrivalsPerSec) => {
    expectDelivered(arrivalsPerSec);
  });

  it('deliver a drawn hour of a million orders', () => {
    const plan = examplePlan({ forecast: flat(1_000_000, HOUR_MS) });
    expectDelivered(drawStep(plan, { multiple: 1, index: 0 }).schedules[0]?.arrivalsPerSec ?? []);
  });

  it('agree with plannedBetween at any offset that no order stands on', () => {
    const arrivalsPerSec = [0, 3, 3, 3, 0, 250, 7, 7, 0, 1, 1, 0];
    const { offsetsMs } = k6Arrivals(scenarioOf(arrivalsPerSec));
    for (let ms = 3; ms < 13_000; ms += 7.3) {
      // k6 is 1 us late by design: 2 us leave the orders beside the offset on one side of it.
      if (offsetsMs.some((offsetMs) => Math.abs(offsetMs - ms) < 0.002)) continue;
      const started = offsetsMs.filter((offsetMs) => offsetMs <= ms).length;
      expect(plannedBetween({ journey: 'checkout', arrivalsPerSec }, 0, ms)).toBe(started);
    }
  });

  it('are two for each run of equal seconds', () => {
    expect(scenarioOf([5, 5, 5, 0, 2]).stages.slice(1, 7)).toEqual([
      { duration: '0s', target: 5 },
      { duration: '3s', target: 5 },
      { duration: '0s', target: 0 },
      { duration: '1s', target: 0 },
      { duration: '0s', target: 2 },
      { duration: '1s', target: 2 },
    ]);
  });
});

describe('k6 options', () => {
  it('have a scenario for each journey, all VUs allocated, stopped only after the longest order', () => {
    const step = stepOf(
      { journey: 'check_out', arrivalsPerSec: [1] },
      { journey: 'chat', arrivalsPerSec: [0] },
    );
    const options = k6Options(step, { check_out: 12, chat: 3 }, { check_out: LONGEST_MS, chat: 140_000 });
    expect(Object.keys(options.scenarios)).toEqual(['check_out', 'chat']);
    expect(options.scenarios['check_out']).toMatchObject({
      executor: 'ramping-arrival-rate',
      exec: 'order',
      timeUnit: '1s',
      preAllocatedVUs: 12,
      maxVUs: 12,
      gracefulStop: '45000ms',
    });
    expect(options.scenarios['chat']?.gracefulStop).toBe('145000ms');
    expect(options).toMatchObject({ setupTimeout: '60000ms', noConnectionReuse: false, maxRedirects: 0 });
  });

  it('are not made up for a journey that was given no VUs', () => {
    expect(() => k6Options(stepOf({ journey: 'a', arrivalsPerSec: [1] }), {}, { a: 1 })).toThrow(
      'no VUs given',
    );
  });

  it('survive JSON', () => {
    const options = k6Options(stepOf({ journey: 'a', arrivalsPerSec: [1, 2] }), { a: 1 }, { a: LONGEST_MS });
    expect(JSON.parse(JSON.stringify(options))).toEqual(options);
  });
});
