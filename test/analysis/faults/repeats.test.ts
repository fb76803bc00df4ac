import { describe, expect, test } from 'vitest';
import { liveState } from '../../../scripts/analysis/live.ts';
import type { FaultFigures } from '../../../scripts/contract/figures.ts';
import { gradeText } from '../../../scripts/contract/promise-text.ts';
import type { RunReport } from '../../../scripts/contract/run-report.ts';
import { plannedCount, plannedOccurrence } from '../../../scripts/plan/derived/step-times.ts';
import { reportOf, Story, storyPlan, T0, withFault } from '../../support/stories/story.ts';
import { stepIn } from '../../support/stories/tales.ts';

/** For 5 s at 10 s, 30 s and 50 s. */
const FAULT = {
  id: 'f',
  kind: 'latency',
  partner: 'pay',
  at: 10_000,
  for: 5_000,
  repeat: { every: 20_000, for: 60_000 },
};
const story = (keys: Record<string, unknown> = {}): Story =>
  new Story(withFault(storyPlan(), { ...FAULT, ...keys }));
const allFired = (keys: Record<string, unknown> = {}): Story =>
  story(keys).faultFired('f', 10, 15, 300).faultFired('f', 30, 35, 500).faultFired('f', 50, 55, 200);
function faultOf(report: RunReport): FaultFigures {
  const fault = report.steps[0]?.faults[0];
  if (!fault) throw new Error('the story has no fault');
  return fault;
}
const codes = (report: RunReport): string[] => report.verdict.reasons.map(({ code }) => code);

test.each([
  [null, [10]],
  [{ everyMs: 20_000, forMs: 60_000 }, [10, 30, 50]],
  [{ everyMs: 20_000, forMs: 60_001 }, [10, 30, 50, 70]],
  [{ everyMs: 20_000, forMs: 20_000 }, [10]],
  [{ everyMs: 20_000, forMs: 5_000 }, [10]],
])('repeat %j comes into force at %j s', (repeat, atSec) => {
  const fault = { atMs: 10_000, forMs: 5_000, repeat };
  const planned = Array.from({ length: plannedCount(fault) }, (_, index) => plannedOccurrence(fault, index));
  expect(planned).toEqual(atSec.map((sec) => ({ onMs: sec * 1_000, offMs: sec * 1_000 + 5_000 })));
});

describe('a fault that repeats', () => {
  test('is told from its first to its last time, its requests together', () => {
    const report = allFired().report();
    expect(faultOf(report)).toMatchObject({
      occurrences: { planned: 3, fired: 3 },
      fired: true,
      seen: 1_000,
      hits: 1_000,
      plannedAt: T0 + 10_000,
      firedAt: T0 + 10_000,
      plannedEndAt: T0 + 55_000,
      endedAt: T0 + 55_000,
      // It was unaffected.
      timeToRecoverMs: null,
    });
    expect(codes(report)).toEqual([]);
  });

  test('has the delays of the time that most requests met', () => {
    const report = allFired()
      .run(({ faultSpans }) => ({
        faultSpans: faultSpans.map((span, index) => ({
          ...span,
          requestedMedianMs: 1_000 + index,
          achievedMedianMs: 1_000 + index,
        })),
      }))
      .report();
    expect(faultOf(report)).toMatchObject({ requestedMedianMs: 1_001, achievedMedianMs: 1_001 });
  });

  test.each([
    ['met no request', (one: Story) => one.faultFired('f', 50, 55, 0)],
    ['never came', (one: Story) => one],
  ])('did not fire if it %s once, and is named with how often it did', (_, last) => {
    const told = last(story().faultFired('f', 10, 15).faultFired('f', 30, 35)).report();
    expect(faultOf(told)).toMatchObject({ occurrences: { planned: 3, fired: 2 }, fired: false });
    expect(told.verdict).toMatchObject({
      status: 'INCONCLUSIVE',
      reasons: [{ code: 'fault-did-not-fire', message: 'pay latency: met requests in 2 of 3 times' }],
    });
  });

  test('is not kept while one time is missing, but broken by any', () => {
    const twice = () => story({ expect: 'degraded' }).faultFired('f', 10, 15).faultFired('f', 30, 35);
    expect(faultOf(twice().report()).kept).toBeNull();
    expect(faultOf(twice().outage(30, 33).report()).kept).toBe(false);
  });

  test('an occurrence that was ended and begun again by hand counts once', () => {
    const again = story().faultFired('f', 10, 12).faultFired('f', 30, 35).faultFired('f', 50, 55);
    const told = again.run(({ faultSpans: [first, ...rest] }) => ({
      faultSpans: first ? [first, { ...first, onAt: T0 + 13_000, offAt: T0 + 15_000 }, ...rest] : rest,
    }));
    expect(faultOf(told.report()).occurrences).toEqual({ planned: 3, fired: 3 });
  });

  test('what was left over from before the step is no time of it', () => {
    const told = story({ repeat: null }).faultFired('f', -30, 5);
    expect(faultOf(told.report())).toMatchObject({ fired: false, hits: 0 });
  });

  test('takes its worst time to recover', () => {
    expect(faultOf(allFired().outage(10, 17).outage(30, 36).report()).timeToRecoverMs).toBe(2_000);
  });

  test('is said to have taken longer than to the next time, if the target was still down then', () => {
    const told = (recoverWithin: number) => faultOf(allFired({ recoverWithin }).outage(10, 40).report());
    expect(told(5_000)).toMatchObject({ recovery: 'more-than', timeToRecoverMs: 15_000, kept: false });
    expect(told(15_000).kept).toBe(false);
    expect(told(16_000).kept).toBeNull();
  });

  test('the clock stops when it comes again: served again, but for two slices only, is not proven', () => {
    const FIVE = { at: 10_000, for: 2_000, repeat: { every: 5_000, for: 10_000 }, recoverWithin: 3_000 };
    const twice = new Story(withFault(storyPlan(), { ...FAULT, ...FIVE }))
      .faultFired('f', 10, 12)
      .faultFired('f', 15, 17)
      .outage(10, 13)
      .outage(15, 18);
    const fault = faultOf(twice.report());
    expect(fault).toMatchObject({
      recovery: 'served-again',
      timeToRecoverMs: 1_000,
      goodSlices: 2,
      kept: null,
    });
    expect(gradeText(fault)).toBe('was down, served again after 1 s, 2 of 3 slices seen');
  });

  test('has nothing to do with an incident between two of its times', () => {
    const [incident] = allFired().outage(22, 26).report().steps[0]?.incidents ?? [];
    expect(incident).toMatchObject({ faults: [], timeToDetectMs: null, timeToRecoverMs: null });
  });

  test('is detected from the time that began the incident, and recovered from after its last in it', () => {
    const [incident] = allFired().outage(31, 37).report().steps[0]?.incidents ?? [];
    expect(incident).toMatchObject({ faults: ['f'], timeToDetectMs: 2_000, timeToRecoverMs: 2_000 });
  });

  test('stands in the live line only while it is in force', () => {
    const told = allFired();
    const timeline = told.timeline();
    const live = (second: number) =>
      liveState(told.plan, timeline, stepIn(timeline), T0 + second * 1_000)?.faults;
    expect([12, 20, 32].map(live)).toEqual([['pay latency'], [], ['pay latency']]);
  });
});

describe('a fault that is not of the plan', () => {
  const injected = () => new Story().faultFired('injected-1', 20, 30);

  test('keeps the step from passing and is named', () => {
    expect(injected().report().verdict).toMatchObject({
      status: 'INCONCLUSIVE',
      reasons: [{ code: 'fault-not-planned', message: 'in force, but not in the plan: injected-1' }],
    });
  });

  test('stands in the live line by its id', () => {
    const timeline = injected().timeline();
    const live = liveState(injected().plan, timeline, stepIn(timeline), T0 + 25_000);
    expect(live?.faults).toEqual(['injected-1']);
  });

  test('was in force before the load began and still was then', () => {
    expect(codes(new Story().faultFired('injected-1', -30, 10).report())).toEqual(['fault-not-planned']);
    expect(codes(new Story().faultFired('injected-1', -30, -20).report())).toEqual([]);
  });
});

test('thousands of occurrences are judged in a moment', () => {
  const plan = withFault(storyPlan(), {
    ...FAULT,
    ...{ at: 0, for: 5, repeat: { every: 10, for: 60_000 }, expect: 'unaffected', recoverWithin: 1_000 },
  });
  const told = new Story(plan).faultFired('f', 0, 1).run(({ faultSpans: [first] }) => ({
    faultSpans: Array.from({ length: 6_000 }, (_, index) => ({
      ...{ fault: 'f', seen: 1, hit: 1, requestedMedianMs: null, achievedMedianMs: null },
      ...first,
      ...{ plannedOnAt: T0 + index * 10, onAt: T0 + index * 10 },
      ...{ plannedOffAt: T0 + index * 10 + 5, offAt: T0 + index * 10 + 5 },
    })),
  }));
  // Each occurrence looked at beside each other one would take longer than a test may.
  expect(faultOf(reportOf(plan, told.timeline())).occurrences).toEqual({ planned: 6_000, fired: 6_000 });
});
