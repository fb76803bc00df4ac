import { describe, expect, test } from 'vitest';
import { judgeRun } from '../../../scripts/analysis/judge.ts';
import { amplificationIn, trafficOf } from '../../../scripts/analysis/shoppers/traffic.ts';
import type { StepTimeline } from '../../../scripts/observe/timeline.ts';
import { loadedStep } from '../../support/stories/loaded-step.ts';
import { epochSec, Story, seconds, storyPlan, T0 } from '../../support/stories/story.ts';

type Told = (second: number) => { requests?: number; repeats?: number; invited?: number };

/** Seconds count from T0; without a word each second has 100 requests, none of them repeated. */
function traffic(tell: Told, from = -9, to = 92): StepTimeline['traffic'] {
  return seconds(from, to).map((second) => ({
    ...{ journey: 'checkout', second: epochSec(second), requests: 100, repeats: 0, invited: 0 },
    ...tell(second),
  }));
}

const stepOf = (story: Story): StepTimeline => {
  const [step] = story.timeline().steps;
  if (!step) throw new Error('the story has no step');
  return step;
};

const between =
  (from: number, to: number, told: ReturnType<Told>): Told =>
  (second) =>
    second >= from && second < to ? told : {};

test('amplification is requests by first tries; a turn may take several requests by itself', () => {
  const step = stepOf(
    new Story().step(() => ({
      traffic: traffic(() => ({ requests: 400 })),
      repeats: [],
    })),
  );
  expect(trafficOf(step)).toMatchObject({
    requests: 40_400,
    firstTries: 40_400,
    turns: 10_000,
    requestsPerTurn: 4.04,
    amplification: 1,
    repeats: [],
  });
});

test('repeats are told by reason, over all journeys, most frequent first', () => {
  const figures = trafficOf(
    stepOf(
      new Story().step(() => ({
        traffic: traffic(between(10, 20, { requests: 160, repeats: 60 })),
        repeats: [
          { journey: 'checkout', why: 'ticket', count: 250 },
          { journey: 'checkout', why: 'retry', count: 200 },
          { journey: 'bot', why: 'retry', count: 150 },
        ],
      })),
    ),
  );
  expect(figures?.repeats).toEqual([
    { why: 'retry', count: 350 },
    { why: 'ticket', count: 250 },
  ]);
  expect(figures).toMatchObject({ requests: 10_700, firstTries: 10_100 });
  expect(figures?.amplification).toBeCloseTo(10_700 / 10_100);
});

describe('the peak', () => {
  const peakOf = (tell: Told, sliceMs = 1_000, to = 92) =>
    trafficOf({ ...stepOf(new Story().step(() => ({ traffic: traffic(tell, -9, to) }))), sliceMs })?.peak;

  test('is of the buckets that count from T0 and are 5 s long at least', () => {
    const storm = between(12, 17, { requests: 300, repeats: 200 });
    expect(peakOf(storm)).toEqual({ startedAt: T0 + 10_000, lengthMs: 5_000, amplification: 2.2 });
    expect(peakOf(storm, 10_000)).toEqual({ startedAt: T0 + 10_000, lengthMs: 10_000, amplification: 2 });
  });

  test('nothing is said of buckets with under 20 first tries, whose last retries would look like a storm', () => {
    const last: Told = (second) =>
      second < 95 ? {} : second < 100 ? { requests: 24, repeats: 20 } : { requests: 24, repeats: 21 };
    expect(peakOf(last, 1_000, 105)).toMatchObject({ startedAt: T0 + 95_000, amplification: 6 });
  });

  test('a second in which repeats came before their requests has no first tries, not fewer than none', () => {
    expect(peakOf(between(10, 15, { requests: 10, repeats: 60 }))).toMatchObject({ amplification: 1 });
  });
});

test('amplification of some time counts the seconds in it', () => {
  const step = stepOf(
    new Story().step(() => ({ traffic: traffic(between(10, 13, { requests: 300, repeats: 200 })) })),
  );
  expect(amplificationIn(step, { fromAt: T0 + 10_000, toAt: T0 + 13_000 })).toBe(3);
  expect(amplificationIn(step, { fromAt: T0 + 9_000, toAt: T0 + 11_000 })).toBe(2);
  expect(amplificationIn(step, { fromAt: T0 + 200_000, toAt: T0 + 201_000 })).toBeNull();
});

test('without a request there is nothing to say, not 0', () => {
  expect(loadedStep(new Story().step(() => ({ traffic: [] })).report().steps[0]).traffic).toBeNull();
});

/** Half as many orders from 80 s on. */
const fewer = (story: Story): Story =>
  story.step((step) => {
    const isLate = (second: number): boolean => second * 1_000 >= T0 + 80_000;
    return {
      schedules: step.schedules.map((one) => ({
        ...one,
        arrivalsPerSec: one.arrivalsPerSec.map((count, offset) => (offset >= 90 ? count / 2 : count)),
      })),
      started: new Map(
        [...step.started].map(([journey, seconds]) => [
          journey,
          new Map([...seconds].map(([second, count]) => [second, isLate(second) ? count / 2 : count])),
        ]),
      ),
      turns: step.turns.map((turn) => (isLate(turn.second) ? { ...turn, count: turn.count / 2 } : turn)),
    };
  });

describe('a target that stays down', () => {
  const storm = (amplified: Told): Story =>
    fewer(new Story(storyPlan()).outage(80, 90)).step(() => ({ traffic: traffic(amplified) }));
  const metastable = (story: Story) =>
    judgeRun(story.plan, story.timeline()).steps[0]?.reasons.find(({ code }) => code === 'metastable');

  test('is named with the repeats that feed it', () => {
    const story = storm(between(80, 92, { requests: 320, repeats: 220 }));
    expect(metastable(story)).toMatchObject({
      message: expect.stringContaining('it got 3.2 requests for each first try then, so repeats feed it'),
      next: expect.stringContaining('full jitter'),
    });
    expect(loadedStep(story.report().steps[0]).metastable).toBe(true);
  });

  test('or with their absence; what was repeated before does not count', () => {
    const story = storm(between(20, 87, { requests: 320, repeats: 220 }));
    expect(metastable(story)?.message).toContain(
      'it got 1.0 requests for each first try then, so repeats do not feed it',
    );
  });

  test('without a word of them if k6 told of no requests', () => {
    const reason = metastable(storm(() => ({ requests: 0 })));
    expect(reason?.message).toBe(
      'still down in the last three slices, with every fault over, though no more orders came than it had served before',
    );
  });

  test('that recovered is not named', () => {
    const story = new Story(storyPlan())
      .outage(80, 88)
      .step(() => ({ traffic: traffic(() => ({ requests: 320, repeats: 220 })) }));
    expect(metastable(story)).toBeUndefined();
    expect(loadedStep(story.report().steps[0]).metastable).toBe(false);
  });
});

test('parts have their percentiles, by journey in the order of the schedules, as they follow one another', () => {
  const histogram = (count: number, bucket: number) => ({
    ...{ count, sum: 0, schema: 3, zeroCount: 0 },
    buckets: [bucket, count],
  });
  const story = new Story(storyPlan(), { shares: { bot: 0.5, chat: 0.5 } }).step(() => ({
    parts: [
      { journey: 'chat', part: 'answer-end', histogram: histogram(10, 8) },
      { journey: 'bot', part: 'confirmation', histogram: histogram(5, 0) },
      { journey: 'bot', part: 'webhook-ack', histogram: histogram(7, -24) },
      { journey: 'bot', part: 'half:checkout', histogram: histogram(3, 0) },
      { journey: 'bot', part: 'half:bot', histogram: histogram(3, 0) },
      { journey: 'bot', part: 'first-reply', histogram: histogram(0, 0) },
    ],
  }));
  const { parts } = loadedStep(story.report().steps[0]);
  expect(parts.map(({ journey, part, count }) => [journey, part, count])).toEqual([
    ['bot', 'webhook-ack', 7],
    ['bot', 'confirmation', 5],
    ['bot', 'half:bot', 3],
    ['bot', 'half:checkout', 3],
    ['chat', 'answer-end', 10],
  ]);
  // Bucket 8 of schema 3 covers 2^(7/8) s to 2 s.
  expect(parts[4]?.p50Ms).toBeCloseTo(2_000 / 2 ** (1 / 16));
  expect(parts[4]?.p99Ms).toBeCloseTo(2_000 / 2 ** (0.01 / 8));
});
