import { describe, expect, test } from 'vitest';
import type { StepTimeline } from '../../../scripts/observe/timeline.ts';
import { loadedStep } from '../../support/stories/loaded-step.ts';
import { slicesOf } from '../../support/stories/slice-rows.ts';
import { epochSec, Story, seconds, storyPlan, T0, type ToldStep } from '../../support/stories/story.ts';

// The section "Generator health" of docs/measurement.md, line by line: what a reading voids, and what it leaves alone.

const at = (second: number): number => T0 + second * 1_000;
const stepOf = (story: Story) => loadedStep(story.report().steps[0]);
const voided = (story: Story) => stepOf(story).generator.voided;
/** Seconds from T0 of the slices that a word made unhealthy. */
const voidedSeconds = (story: Story, why: string): number[] =>
  slicesOf(stepOf(story))
    .filter(({ unhealthy }) => unhealthy.includes(why))
    .map(({ fromAt }) => (fromAt - T0) / 1_000);

type Cpu = StepTimeline['cpu'][number];
/** One reading a second of a k6 process, each at the end of its second. */
const cpu = (from: number, to: number, figures: Partial<Cpu>): Cpu[] =>
  seconds(from, to).map((second) => ({
    at: at(second + 1),
    instance: 'step0-0',
    cpuRatio: null,
    waitedRatio: null,
    rssBytes: null,
    ...figures,
  }));
const mocks = (delayMs: (second: number) => number, missing: readonly number[] = []) =>
  seconds(-10, 125)
    .filter((second) => !missing.includes(second))
    .map((second) => ({ at: at(second + 1), loopDelayP99Ms: delayMs(second), requests: 100 }));

/** A story in which so many orders of these seconds start; all of them end well. */
function starting(perSec: (second: number) => number, ratePerSec = 100): Story {
  return new Story(storyPlan(), { ratePerSec }).step((step) => {
    const counts = seconds(-10, 90).map((second) => [epochSec(second), perSec(second)] as const);
    return {
      started: new Map([['checkout', new Map(counts)]]),
      turns: step.turns.map((turn) => ({ ...turn, count: perSec(turn.second - epochSec(0)) })),
    };
  });
}

describe('starts', () => {
  test.each([
    [100, 97, []],
    [100, 96, [20]],
    [100, 104, [20]],
    [1_000, 990, []],
    [1_000, 989, [20]],
  ])('of %i planned %i start', (ratePerSec, started, expected) => {
    const story = starting((second) => (second === 20 ? started : ratePerSec), ratePerSec);
    expect(voidedSeconds(story, 'starts-differ')).toEqual(expected);
  });

  test('of a journey too small to be missed among all are compared by themselves', () => {
    const plan = storyPlan((one) => ({
      ...one,
      rehearsal: { ...one.rehearsal, replay: { kind: 'around-peak', lengthMs: 90_000 } },
    }));
    const story = new Story(plan, { shares: { checkout: 0.98, bot: 0.02 } }).step((step) => ({
      journeySliceMs: { bot: 60_000 },
      started: new Map([...step.started].filter(([journey]) => journey !== 'bot')),
      turns: step.turns.filter(({ journey }) => journey !== 'bot'),
    }));
    expect(voidedSeconds(story, 'starts-differ')).toEqual(seconds(-10, 120));
    expect(voided(story)[0]).toMatchObject({ why: 'starts-differ', reading: 120, allowed: 3 });
  });

  test('that trail by 200 ms in sum are late, though no slice misses more than 3', () => {
    const story = starting((second) => (second >= 20 && second < 30 ? 97 : second === 30 ? 130 : 100));
    expect(voidedSeconds(story, 'starts-trail')).toEqual([26, 27, 28, 29]);
    expect(voided(story).find(({ why }) => why === 'starts-trail')).toEqual({
      why: 'starts-trail',
      slices: 4,
      reading: 300,
      allowed: 200,
      unit: 'ms',
    });
  });
});

describe('CPU', () => {
  test('over 80 % for 5 s voids them, with the reading', () => {
    const story = new Story().step(() => ({ cpu: cpu(20, 30, { cpuRatio: 0.93 }) }));
    expect(voided(story)).toEqual([
      { why: 'cpu', slices: 11, reading: expect.closeTo(0.93), allowed: 0.8, unit: 'ratio' },
    ]);
  });

  test('over 80 % for 2 s voids nothing', () => {
    const readings = [...cpu(10, 20, { cpuRatio: 0.4 }), ...cpu(20, 22, { cpuRatio: 0.99 })];
    const story = new Story().step(() => ({ cpu: [...readings, ...cpu(22, 30, { cpuRatio: 0.4 })] }));
    expect(voided(story)).toEqual([]);
  });

  test('of several k6 processes of one machine counts together', () => {
    const one = cpu(20, 30, { cpuRatio: 0.45 });
    const two = one.map((reading) => ({ ...reading, at: reading.at + 3, instance: 'step0-1' }));
    const pushes = (step: StepTimeline) => [
      ...step.pushes,
      ...step.pushes.map((push) => ({ ...push, instance: 'step0-1' })),
    ];
    expect(voided(new Story().step(() => ({ cpu: one })))).toEqual([]);
    const both = new Story().step((step) => ({ cpu: [...one, ...two], pushes: pushes(step) }));
    expect(voided(both)).toMatchObject([{ why: 'cpu', reading: expect.closeTo(0.9) }]);
    expect(stepOf(both).generator.maxCpuRatio).toBeCloseTo(0.9);
  });
});

describe('waiting for a core', () => {
  const waiting = (waitedRatio: number) => [
    ...cpu(0, 20, { waitedRatio: 0.01 }),
    ...cpu(20, 24, { waitedRatio }),
    ...cpu(24, 90, { waitedRatio: 0.01 }),
  ];

  test('for more than 10 % of a slice voids it', () => {
    const story = new Story().step(() => ({ cpu: waiting(1.3) }));
    expect(voidedSeconds(story, 'waited')).toEqual([20, 21, 22, 23]);
    expect(voided(story)).toMatchObject([{ why: 'waited', slices: 4, reading: 1.3, allowed: 0.1 }]);
    expect(stepOf(story).generator).toMatchObject({ maxWaitedRatio: 1.3 });
  });

  test('for less voids nothing', () => {
    expect(voided(new Story().step(() => ({ cpu: waiting(0.09) })))).toEqual([]);
  });

  test('is a share of the slice: one second of 1.3 voids 10 s, one of 0.9 does not', () => {
    const plan = storyPlan((one) => ({ ...one, slo: { ...one.slo, timeSliceMs: 10_000 } }));
    const one = (waitedRatio: number) => [
      ...cpu(0, 25, { waitedRatio: 0 }),
      ...cpu(25, 26, { waitedRatio }),
      ...cpu(26, 90, { waitedRatio: 0 }),
    ];
    expect(
      voidedSeconds(
        new Story(plan).step(() => ({ cpu: one(1.3) })),
        'waited',
      ),
    ).toEqual([20]);
    expect(voided(new Story(plan).step(() => ({ cpu: one(0.9) })))).toEqual([]);
  });

  test('of one k6 process is not thinned by another that did not wait', () => {
    const calm = cpu(0, 90, { waitedRatio: 0, instance: 'step0-1' });
    const story = new Story().step((step) => ({
      cpu: [...waiting(0.15), ...calm],
      pushes: [...step.pushes, ...step.pushes.map((push) => ({ ...push, instance: 'step0-1' }))],
    }));
    expect(voidedSeconds(story, 'waited')).toEqual([20, 21, 22, 23]);
  });
});

describe('mocks', () => {
  const slow = (from: number, to: number, delayMs: number) => (second: number) =>
    second >= from && second < to ? delayMs : 1;

  test('slower than 50 ms for most of 5 s void them', () => {
    const story = new Story().run(() => ({ mockHealth: mocks(slow(20, 25, 60)) }));
    expect(voidedSeconds(story, 'mocks-slow')).toEqual(seconds(18, 27));
    expect(voided(story)).toMatchObject([{ why: 'mocks-slow', reading: 60, allowed: 50, unit: 'ms' }]);
  });

  test('slower than that for a second void nothing, unless they stood still for 500 ms', () => {
    expect(voided(new Story().run(() => ({ mockHealth: mocks(slow(20, 21, 400)) })))).toEqual([]);
    const stalled = new Story().run(() => ({ mockHealth: mocks(slow(20, 21, 612)) }));
    expect(voided(stalled)).toEqual([
      { why: 'mocks-slow', slices: 2, reading: 612, allowed: 500, unit: 'ms' },
    ]);
  });

  test('without a word for more than 2.5 s void that time', () => {
    const story = new Story().run(() => ({ mockHealth: mocks(() => 1, [20, 21, 22]) }));
    expect(voidedSeconds(story, 'mocks-slow')).toEqual([20, 21, 22, 23]);
  });

  test.each([
    { hit: 19, achievedMedianMs: 400, off: false },
    { hit: 20, achievedMedianMs: 221, off: true },
    { hit: 20, achievedMedianMs: 219, off: false },
    { hit: 20, achievedMedianMs: 170, off: true },
    { hit: 20, requestedMedianMs: 20, achievedMedianMs: 25, off: false },
    { hit: 20, requestedMedianMs: 20, achievedMedianMs: 26, off: true },
  ])('inject a delay: $hit hits, $achievedMedianMs ms', ({ off, hit, ...medians }) => {
    const story = new Story().faultFired('pay-latency-1', 20, 30, hit).run((run) => ({
      faultSpans: run.faultSpans.map((span) => ({ ...span, requestedMedianMs: 200, ...medians })),
    }));
    expect(voidedSeconds(story, 'latency-off')).toEqual(off ? seconds(20, 30) : []);
  });
});

describe('pushes', () => {
  const without = (from: number, to: number, instance?: string) => (step: StepTimeline) => ({
    pushes: step.pushes.filter(
      (push) =>
        push.at <= at(from) || push.at >= at(to) || (instance !== undefined && push.instance !== instance),
    ),
  });
  const twoSenders = (step: StepTimeline) => ({
    pushes: step.pushes.flatMap((push) => [push, { ...push, instance: 'step0-1' }]),
  });

  test('silent for 2 s are well, for 3 s not', () => {
    expect(voided(new Story().step(without(20, 22)))).toEqual([]);
    const story = new Story().step(without(20, 23));
    expect(voided(story)).toEqual([
      { why: 'push-gap', slices: 3, reading: 3_000, allowed: 2_500, unit: 'ms' },
    ]);
  });

  test('of one k6 process do not hide the silence of another', () => {
    const story = new Story().step(twoSenders).step(without(20, 25, 'step0-1'));
    expect(voidedSeconds(story, 'push-gap')).toEqual(seconds(20, 25));
    expect(stepOf(story).generator.longestPushGapMs).toBe(5_000);
  });

  test('that never came from a k6 process that ran void the whole step', () => {
    const story = new Story().step(() => ({ cpu: cpu(0, 90, { instance: 'step0-1', cpuRatio: 0.1 }) }));
    expect(voidedSeconds(story, 'push-gap')).toHaveLength(100);
  });

  test('silent after the last planned order void the turns that had not ended then, and no others', () => {
    const story = (silent: (step: ToldStep) => Partial<ToldStep>) =>
      new Story().turns(85, 88, { outcome: 'good', endsAfterMs: 14_000 }).step(silent);
    expect(voided(story((step) => ({ pushes: step.pushes })))).toEqual([]);
    expect(voidedSeconds(story(without(95, 99)), 'push-gap')).toEqual(seconds(85, 90));
    expect(voidedSeconds(story(without(110, 114)), 'push-gap')).toEqual([]);
    expect(stepOf(story(without(110, 114))).generator.longestPushGapMs).toBe(4_000);
  });

  test('that were refused or failed void the patience before them, a slow one does not', () => {
    const refused = new Story().step(() => ({
      refusedPushes: [{ at: at(50), status: 413, reason: 'too large' }],
    }));
    expect(voidedSeconds(refused, 'push-lost')).toEqual(seconds(20, 50));
    const log = (message: string) =>
      new Story().step(() => ({
        k6Log: [{ at: at(50), instance: 'step0-0', level: 'warning', message }],
      }));
    expect(voidedSeconds(log('Failed to send the time series data to the endpoint'), 'push-lost')).toEqual(
      seconds(20, 50),
    );
    const took = 'Successful flushed time series to remote write endpoint but it took 1.5s';
    expect(voided(log(took))).toEqual([]);
  });

  test('lost at the very end leave turns without an end: their slices have no evidence, and nobody is blamed', () => {
    const story = new Story().step((step) => ({
      turns: step.turns.filter((turn) => turn.second < epochSec(87)),
      pushes: step.pushes.filter((push) => push.at < at(90)),
      endedAt: at(90) + 400,
    }));
    expect(voidedSeconds(story, 'ends-missing')).toEqual([87, 88, 89]);
    expect(voided(story)).toMatchObject([{ why: 'ends-missing', slices: 3, reading: 100, allowed: 0 }]);
    expect(stepOf(story).downtime.chargedMs).toBe(0);
    expect(story.report().verdict.status).not.toBe('PASS');
  });

  test('lost long before a stop do so too; turns that could still wait then are censored', () => {
    const story = new Story()
      .turns(10, 12, { outcome: 'good', endsAfterMs: null })
      .turns(45, 47, { outcome: 'good', endsAfterMs: null })
      .step(() => ({ how: 'interrupted', endedAt: at(60) }))
      .run(() => ({ how: 'interrupted' }));
    expect(voidedSeconds(story, 'ends-missing')).toEqual([10, 11]);
    expect(stepOf(story).downtime.chargedMs).toBe(0);
  });
});

test('a CLI that was paused takes the pushes late: a gap by arrival, and the target is not blamed', () => {
  const late = (time: number) => (time > at(20) && time < at(25) ? at(25) : time);
  const story = new Story().step((step) => ({
    pushes: step.pushes.map((push) => ({ ...push, at: late(push.at) })),
  }));
  expect(voidedSeconds(story, 'push-gap')).toEqual(seconds(20, 25));
  expect(stepOf(story).downtime.chargedMs).toBe(0);
});

test.each([
  [400, 0],
  [-600, 4],
  [700, 4],
])('a clock that steps by %i ms voids %i slices around it', (byMs, slices) => {
  const story = new Story().run(() => ({ clockSteps: [{ at: at(30), byMs }] }));
  expect(voidedSeconds(story, 'clock-step')).toHaveLength(slices);
});

test('turns that failed by this machine’s own limits void their slices and are not the target’s', () => {
  const story = new Story().turns(20, 22, { outcome: 'generator', kind: 'local' });
  expect(voided(story)).toEqual([
    { why: 'local-errors', slices: 2, reading: 100, allowed: 0, unit: 'orders' },
  ]);
  expect(stepOf(story).orders).toMatchObject({ generator: 200, bad: 0 });
});

test('what a platform does not tell is null, is named, and voids nothing', () => {
  const story = new Story().step(() => ({ cpu: cpu(0, 90, { rssBytes: 1 }) }));
  const { generator } = stepOf(story);
  expect(generator).toMatchObject({ healthy: true, maxCpuRatio: null, maxWaitedRatio: null, maxRssBytes: 1 });
  expect(generator.notMeasured).toEqual([
    'CPU of k6',
    'time k6 waited for a core',
    'busy VUs',
    'k6’s own count of orders',
    'event-loop delay of the prober',
  ]);
});

test.each([
  ['more', 10_020],
  ['fewer', 9_980],
])('k6 counting %s orders than were started makes the run INVALID', (_which, count) => {
  const { verdict } = new Story().step(() => ({ iterations: { checkout: count } })).report();
  expect(verdict.status).toBe('INVALID');
  expect(verdict.reasons.map(({ code }) => code)).toContain('totals-differ');
});

test('k6 counting as many orders as were started, give or take three, is no reason', () => {
  const { verdict } = new Story().step(() => ({ iterations: { checkout: 9_997 } })).report();
  expect(verdict.status).toBe('PASS');
});

test('the message of a verdict names the readings', () => {
  const story = new Story().run(() => ({ mockHealth: mocks((second) => (second < 20 ? 1 : 60)) }));
  const reason = story.report().verdict.reasons[0];
  expect(reason?.message).toMatch(/: mocks-slow in \d+ slices \(60 ms, allowed 50 ms\)$/);
});
