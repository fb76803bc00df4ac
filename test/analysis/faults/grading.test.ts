import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FaultFigures } from '../../../scripts/contract/figures.ts';
import type { RunReport } from '../../../scripts/contract/run-report.ts';
import type { DurationsPush, StepTimeline } from '../../../scripts/observe/timeline.ts';
import { loadedStep } from '../../support/stories/loaded-step.ts';
import {
  durationsPush,
  type Fate,
  Story,
  storyPlan,
  T0,
  withCafe,
  withFault,
} from '../../support/stories/story.ts';
import { runs, type Trouble, troubles } from '../../support/stories/tales.ts';

// A fault from 20 s to 40 s of a step of 90 s in slices of 1 s.
const at = (second: number): number => T0 + second * 1_000;
const FAULT = { id: 'f', kind: 'latency', partner: 'pay', at: 20_000, for: 20_000 };
type Keys = Record<string, unknown>;

const graded = (keys: Keys = {}): Story =>
  new Story(withFault(withCafe(storyPlan()), { ...FAULT, ...keys })).faultFired('f', 20, 40);

function faultOf(report: RunReport): FaultFigures {
  const fault = report.steps[0]?.faults[0];
  if (!fault) throw new Error('the story has no fault');
  return fault;
}
const codes = (report: RunReport): string[] => report.verdict.reasons.map(({ code }) => code);

const teaIsOut = (story: Story): Story =>
  story.run(() => ({ stockOuts: [{ partner: 'beanhouse', item: 'tea', fromAt: at(19), toAt: at(41) }] }));

/** Good turns that end from 20 s to 43 s take `ms` each, all others 400. */
const slower = (ms: number, otherMs = 400) =>
  lasting(({ at: endedBy }) => (endedBy > at(20) && endedBy <= at(43) ? ms : otherMs));
/** Turns last as long as this says, ms; null: nothing tells. */
const lasting = (eachMs: (push: DurationsPush) => number | null) => (step: StepTimeline) => ({
  durations: step.durations.map((one) => ({
    ...one,
    pushes: one.pushes.flatMap((push) => {
      const ms = eachMs(push);
      return ms === null ? [] : [durationsPush(push.at, push.count, ms)];
    }),
  })),
});
const busyK6 = () => ({
  cpu: Array.from({ length: 40 }, (_, second) => ({
    at: at(12 + second),
    instance: 'step0-0',
    cpuRatio: 0.95,
    waitedRatio: null,
    rssBytes: null,
  })),
});

const SOLD_OUT: Fate = { outcome: 'sold-out', item: 'tea' };
const HEALED: Fate = { outcome: 'good', first: 'bad' };
const TICKET: Fate = { outcome: 'by-ticket', first: 'bad', endsAfterMs: 8_000 };
const WAITED: Fate = { outcome: 'by-retry-after', first: 'bad', endsAfterMs: 4_000 };
const BROKEN: Fate = { outcome: 'bad', kind: '5xx' };

describe('what was observed of a fault', () => {
  test.each<[string, string | null, (story: Story) => Story]>([
    ['nothing changed', 'unaffected', (story) => story],
    ['one turn of a hundred failed', 'unaffected', (story) => story.turns(20, 40, BROKEN, 0.01)],
    ['a slice was DEGRADED', 'degraded', (story) => story.turns(30, 31, BROKEN, 0.03)],
    ['3 % were good at the second try', 'degraded', (story) => story.turns(20, 40, HEALED, 0.03)],
    ['1 % were good at the second try', 'unaffected', (story) => story.turns(20, 40, HEALED, 0.01)],
    [
      'they were as often good at the second try before',
      'unaffected',
      (story) => story.turns(-10, 90, HEALED, 0.03),
    ],
    ['answers took 1.5 times as long', 'unaffected', (story) => story.step(slower(600))],
    ['answers took longer than that', 'degraded', (story) => story.step(slower(620))],
    [
      'answers took three times as long, but only 40 ms more',
      'unaffected',
      (story) => story.step(slower(60, 20)),
    ],
    ['3 % were served by ticket', 'queued', (story) => story.turns(20, 40, TICKET, 0.03)],
    ['3 % were served after Retry-After', 'queued', (story) => story.turns(20, 40, WAITED, 0.03)],
    [
      '3 % waited and some slices were DEGRADED',
      'queued',
      (story) => story.turns(20, 40, TICKET, 0.03).turns(30, 33, BROKEN, 0.03),
    ],
    ['3 % were truly sold out', 'polite-refusal', (story) => teaIsOut(story).turns(20, 40, SOLD_OUT, 0.03)],
    [
      'as many were sold out before',
      'unaffected',
      (story) =>
        story
          .turns(-10, 90, SOLD_OUT, 0.03)
          .run(() => ({ stockOuts: [{ partner: 'beanhouse', item: 'tea', fromAt: at(-20), toAt: null }] })),
    ],
    ['a slice was DOWN', 'down', (story) => story.outage(30, 31)],
    ['a slice was DOWN before it had recovered', 'down', (story) => story.outage(40, 42)],
    ['a slice was DOWN long after it', 'unaffected', (story) => story.outage(60, 62)],
    ['the measuring side was unhealthy', null, (story) => story.step(busyK6)],
    [
      'nothing says how long answers took before',
      null,
      (story) => story.step(lasting(({ at: endedBy }) => (endedBy > at(20) ? 50 : null))),
    ],
  ])('%s: %s', (_, observed, tell) => {
    expect(faultOf(tell(graded()).report()).observed).toBe(observed);
  });

  test('what the measuring side spoiled is left out', () => {
    const spoilt = graded()
      .turns(20, 26, HEALED, 0.5)
      .step((step) => ({
        cpu: busyK6().cpu.filter((one) => one.at >= at(20) && one.at <= at(27)),
        ...lasting(({ at: endedBy }) => (endedBy > at(20) && endedBy <= at(27) ? 5_000 : 50))(step),
      }));
    expect(faultOf(spoilt.report()).observed).toBe('unaffected');
  });

  test('a fault that met no request was not observed at all', () => {
    const story = new Story(withFault(storyPlan(), { ...FAULT, expect: 'unaffected' }));
    const report = story.faultFired('f', 20, 40, 0).outage(20, 40).report();
    expect(faultOf(report)).toMatchObject({ observed: null, kept: null, fired: false });
  });

  test('what another fault did after its end is not laid to it', () => {
    const plan = withFault(withFault(storyPlan(), FAULT), { ...FAULT, id: 'g', at: 41_000 });
    const story = new Story(plan).faultFired('f', 20, 40).faultFired('g', 41, 60).outage(41, 60);
    expect(story.report().steps[0]?.faults.map(({ observed }) => observed)).toEqual(['unaffected', 'down']);
  });
});

describe('a promise', () => {
  const CLASSES = ['unaffected', 'degraded', 'queued', 'polite-refusal', 'down'] as const;
  const SEEN: Readonly<Record<(typeof CLASSES)[number], (story: Story) => Story>> = {
    unaffected: (story) => story,
    degraded: (story) => story.turns(20, 40, BROKEN, 0.03),
    queued: (story) => story.turns(20, 40, TICKET, 0.1),
    'polite-refusal': (story) => teaIsOut(story).turns(20, 40, SOLD_OUT, 0.1),
    down: (story) => story.outage(20, 24),
  };

  test.each(
    CLASSES.flatMap((expected, promised) =>
      CLASSES.map((observed, seen) => ({ expected, observed, kept: seen <= promised })),
    ),
  )('of $expected, when it was $observed, is kept: $kept', ({ expected, observed, kept }) => {
    const report = SEEN[observed](graded({ expect: expected, enforce: true })).report();
    expect(faultOf(report)).toMatchObject({ expected, observed, kept, enforced: true });
    expect(codes(report)).toEqual(kept ? [] : ['promise-broken']);
    expect(report.verdict.status).toBe(kept ? 'PASS' : 'FAIL');
  });

  test.each<{ within: number; from: number; to: number; kept: boolean | null }>([
    { within: 5_000, from: 20, to: 45, kept: true },
    { within: 4_999, from: 20, to: 45, kept: false },
    { within: 0, from: 20, to: 40, kept: true },
    // Bad to the end of the step, 50 s after the fault.
    { within: 50_000, from: 20, to: 90, kept: false },
    { within: 50_001, from: 20, to: 90, kept: null },
    // The last two slices were good, but three make a recovery.
    { within: 47_999, from: 20, to: 88, kept: false },
    { within: 48_000, from: 20, to: 88, kept: null },
  ])('to recover within $within ms, when it was down from $from s to $to s, is kept: $kept', (one) => {
    const plan = withFault(
      storyPlan((same) => ({ ...same, slo: { ...same.slo, downtimeBudgetMs: 80_000 } })),
      { ...FAULT, recoverWithin: one.within, enforce: true },
    );
    const report = new Story(plan).faultFired('f', 20, 40).outage(one.from, one.to).report();
    expect(faultOf(report)).toMatchObject({ kept: one.kept, recoverWithinMs: one.within });
    const code = { true: null, false: 'promise-broken', null: 'promise-not-proven' }[`${one.kept}`];
    for (const each of ['promise-broken', 'promise-not-proven']) {
      expect(codes(report).includes(each)).toBe(each === code);
    }
  });

  test.each([
    [2_000, false],
    [10_000, null],
  ])('to recover within %i ms, when the next fault came after 3 s, is kept: %s', (recoverWithin, kept) => {
    const plan = withFault(withFault(storyPlan(), { ...FAULT, recoverWithin }), {
      ...FAULT,
      id: 'g',
      at: 43_000,
    });
    const story = new Story(plan).faultFired('f', 20, 40).faultFired('g', 43, 60).outage(20, 60);
    expect(faultOf(story.report()).kept).toBe(kept);
  });

  test('to recover is not broken while another fault that began before is in force', () => {
    const plan = withFault(withFault(storyPlan(), { ...FAULT, recoverWithin: 10_000 }), {
      ...FAULT,
      id: 'g',
    });
    const story = new Story(plan).faultFired('f', 20, 40).faultFired('g', 30, 60).outage(40, 60);
    expect(faultOf(story.report()).kept).toBeNull();
  });

  test('to recover is not broken by the slice in which the fault ended', () => {
    const story = new Story(withFault(storyPlan(), { ...FAULT, recoverWithin: 400 }));
    expect(faultOf(story.faultFired('f', 20, 40.5).outage(20, 41).report()).kept).toBeNull();
  });

  test('of a fault that was in force to the end is not kept', () => {
    const open = graded({ expect: 'degraded' }).run(({ faultSpans }) => ({
      faultSpans: faultSpans.map((span) => ({ ...span, offAt: null })),
    }));
    expect(faultOf(open.report())).toMatchObject({ observed: 'unaffected', kept: null });
  });

  test('to recover is not proven by slices that nobody could measure', () => {
    const story = graded({ recoverWithin: 3_000 }).outage(20, 40).step(busyK6).probesMissing(40, 52);
    expect(faultOf(story.report())).toMatchObject({ kept: null });
  });

  test('that nobody enforces is told and fails nothing', () => {
    const report = graded({ expect: 'degraded', recoverWithin: 60_000 }).outage(20, 24).report();
    expect(faultOf(report)).toMatchObject({ kept: false, enforced: false, observed: 'down' });
    expect(report.verdict.status).toBe('PASS');
  });

  test('that was broken names what was promised and what was seen', () => {
    const report = graded({ expect: 'degraded', recoverWithin: 60_000, enforce: true })
      .outage(20, 43)
      .report();
    expect(report.verdict.reasons.find(({ code }) => code === 'promise-broken')).toMatchObject({
      message: 'pay latency: promised degraded within 1 m, was down, recovered after 3 s',
      next: 'the orders waited for pay; give that call a timeout and rerun',
    });
  });

  test('without any nothing is kept or broken', () => {
    expect(faultOf(graded({ enforce: true }).outage(20, 24).report())).toMatchObject({
      expected: null,
      recoverWithinMs: null,
      observed: 'down',
      kept: null,
    });
  });

  test('of a fault that was cut short can break, but not be kept', () => {
    const cut = (story: Story): Story =>
      story
        .run(({ faultSpans }) => ({ faultSpans: faultSpans.map((span) => ({ ...span, offAt: null })) }))
        .step(() => ({ how: 'interrupted', endedAt: at(35) }));
    expect(faultOf(cut(graded({ expect: 'degraded' })).report()).kept).toBeNull();
    expect(faultOf(cut(graded({ expect: 'degraded' }).outage(22, 30)).report()).kept).toBe(false);
  });

  const spoil = (story: Story, more: readonly Trouble[]): Story =>
    more.reduce((told, { from, length, ratio }) => told.turns(from, from + length, BROKEN, ratio), story);

  test('that is kept is kept by every heavier one', () => {
    fc.assert(
      fc.property(fc.array(troubles, { maxLength: 3 }), (spells) => {
        const kept = CLASSES.map(
          (expected) => faultOf(spoil(graded({ expect: expected }), spells).report()).kept,
        );
        const first = kept.indexOf(true);
        expect(kept.map((one, index) => (index >= first ? one : false))).toEqual(
          CLASSES.map((_, index) => index >= first),
        );
        expect(kept.at(-1)).toBe(true);
      }),
      runs(15),
    );
  });
});

describe('told to wait, with nobody served meanwhile', () => {
  /** From 20 s to 40 s everybody is told to come again, and served at 41 s. In the first slice others are still served. */
  const waiting = (story: Story): Story =>
    story.turns(20, 40, { ...WAITED, endsAfterMs: 1_000 }).step((step) => ({
      turns: step.turns.map((turn) =>
        turn.outcome === 'by-retry-after' ? { ...turn, endedBy: at(41) } : turn,
      ),
    }));
  const chargedMs = (story: Story): number => loadedStep(story.report().steps[0]).downtime.chargedMs;

  test.each([
    ['queued', 0],
    ['degraded', 19_000],
    ['polite-refusal', 19_000],
    [null, 19_000],
  ])('during a fault that promises %s, charges %i ms', (promised, expectedMs) => {
    expect(chargedMs(waiting(graded({ expect: promised })))).toBe(expectedMs);
  });

  test('before the fault was really in force, or after it, is charged all the same', () => {
    const plan = withFault(storyPlan(), { ...FAULT, expect: 'queued' });
    expect(chargedMs(waiting(new Story(plan).faultFired('f', 25, 35)))).toBe(9_000);
    expect(chargedMs(waiting(new Story(plan).faultFired('f', 20, 40, 0)))).toBe(19_000);
  });

  test('is what was promised', () => {
    expect(faultOf(waiting(graded({ expect: 'queued' })).report())).toMatchObject({
      observed: 'queued',
      kept: true,
    });
  });
});
