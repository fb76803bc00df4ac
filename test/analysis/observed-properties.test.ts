import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeRun } from '../../scripts/analysis/judge.ts';
import { reportText } from '../../scripts/contract/report-text.ts';
import type { RunReport } from '../../scripts/contract/run-report.ts';
import type { Observation } from '../../scripts/observe/observation.ts';
import { foldAll, observationsOf } from '../support/stories/saved-run.ts';
import { reportOf } from '../support/stories/story.ts';
import { runs, type Tale, tales, told } from '../support/stories/tales.ts';

type Push = Extract<Observation, { type: 'push' }>;

/** What the run came to, judged from its observations alone. */
function reportFrom(tale: Tale, observations: readonly Observation[]): RunReport {
  return reportOf(told(tale).plan, foldAll(observations));
}

const saved = (tale: Tale, instances = 1): readonly Observation[] =>
  observationsOf(told(tale).timeline(), { instances });

const isPush = (one: Observation): one is Push => one.type === 'push';

describe('how the measurements were sent changes nothing', () => {
  test('the observations of a run say what its timeline says', () => {
    fc.assert(
      fc.property(tales, (tale) => {
        expect(reportFrom(tale, saved(tale))).toEqual(told(tale).report());
      }),
      runs(15),
    );
  });

  test('pushes may be cut in two', () => {
    fc.assert(
      fc.property(tales, fc.infiniteStream(fc.nat(12)), (tale, cuts) => {
        const halves = saved(tale).flatMap((one): Observation[] =>
          isPush(one) ? cutInTwo(one, next(cuts)) : [one],
        );
        expect(reportFrom(tale, halves)).toEqual(reportFrom(tale, saved(tale)));
      }),
      runs(15),
    );
  });

  test('pushes may be sent two in one', () => {
    fc.assert(
      fc.property(tales, fc.infiniteStream(fc.boolean()), (tale, together) => {
        // Silences near the limit would become longer than it, which is a difference of its own.
        const whole = { ...tale, holes: tale.holes.filter((hole) => hole.kind !== 'no-pushes') };
        const merged = mergePairs(saved(whole), () => next(together));
        expect(exceptGap(reportFrom(whole, merged))).toEqual(exceptGap(reportFrom(whole, saved(whole))));
      }),
      runs(15),
    );
  });

  test('series may come in any order', () => {
    fc.assert(
      fc.property(tales, fc.integer(), (tale, seed) => {
        const mixed = saved(tale).map((one) =>
          isPush(one)
            ? { ...one, samples: shuffled(one.samples, seed), histograms: shuffled(one.histograms, seed) }
            : one,
        );
        expect(reportFrom(tale, mixed)).toEqual(reportFrom(tale, saved(tale)));
      }),
      runs(15),
    );
  });

  test('pushes may be sent twice', () => {
    fc.assert(
      fc.property(tales, fc.infiniteStream(fc.boolean()), (tale, again) => {
        const twice = saved(tale).flatMap((one) => (isPush(one) && next(again) ? [one, one] : [one]));
        expect(reportFrom(tale, twice)).toEqual(reportFrom(tale, saved(tale)));
      }),
      runs(15),
    );
  });

  test('the load may come from one k6 or from several', () => {
    fc.assert(
      fc.property(tales, fc.integer({ min: 2, max: 4 }), (tale, instances) => {
        expect(reportFrom(tale, saved(tale, instances))).toEqual(reportFrom(tale, saved(tale)));
      }),
      runs(15),
    );
  });
});

test('a run moved by whole seconds is judged the same, at other times', () => {
  fc.assert(
    fc.property(tales, fc.integer({ min: 1, max: 100_000 }), (tale, shiftSec) => {
      const moved = saved(tale).map((one) => movedBy(one, shiftSec));
      expect(sinceStart(reportFrom(tale, moved))).toEqual(sinceStart(reportFrom(tale, saved(tale))));
    }),
    runs(20),
  );
});

test('the same observations always give the same judgement', () => {
  fc.assert(
    fc.property(tales, (tale) => {
      const { plan } = told(tale);
      const copy: Observation[] = JSON.parse(JSON.stringify(saved(tale)));
      expect(judgeRun(plan, foldAll(copy))).toEqual(judgeRun(plan, foldAll(saved(tale))));
    }),
    runs(10),
  );
});

function next<Item>(stream: Iterator<Item>): Item {
  const { value, done } = stream.next();
  if (done) throw new Error('the stream has ended');
  return value;
}

function cutInTwo(push: Push, cut: number): Push[] {
  const { samples, histograms } = push;
  return [
    { ...push, samples: samples.slice(0, cut), histograms: histograms.slice(0, cut % 3) },
    { ...push, samples: samples.slice(cut), histograms: histograms.slice(cut % 3) },
  ];
}

/** Joins some pushes with the next one; what lies between two pushes comes before both. */
function mergePairs(observations: readonly Observation[], together: () => boolean): Observation[] {
  const merged: Observation[] = [];
  let waiting: Push | null = null;
  for (const one of observations) {
    if (!isPush(one)) merged.push(one);
    else if (waiting) {
      merged.push({
        ...one,
        samples: [...waiting.samples, ...one.samples],
        histograms: [...waiting.histograms, ...one.histograms],
      });
      waiting = null;
    } else if (together()) waiting = one;
    else merged.push(one);
  }
  if (waiting) merged.push(waiting);
  return merged;
}

function exceptGap(report: RunReport): RunReport {
  const steps = report.steps.map((step) => ({
    ...step,
    generator: step.generator && { ...step.generator, longestPushGapMs: null },
  }));
  return { ...report, steps };
}

function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  return items
    .map((item, index) => ({ item, rank: Math.sin(seed + index * 7_919) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** Every time in an observation, and the slot that a label names. */
function movedBy<One extends Observation>(observation: One, shiftSec: number): One {
  const move = (at: number): number => at + shiftSec * 1_000;
  const text = JSON.stringify(observation, (key, value: unknown) => {
    if (key === 'slot') return String((Number(value) + shiftSec) % 256);
    if (key === 'labels' || typeof value !== 'number') return value;
    return /(^at|At)$/.test(key) ? move(value) : value;
  });
  const moved: One = JSON.parse(text);
  if (!isPush(moved)) return moved;
  return {
    ...moved,
    samples: moved.samples.map(([id, at, value]) => [id, move(at), value]),
    histograms: moved.histograms.map(([id, at, state]) => [id, move(at), state]),
  };
}

/** The report with every time as milliseconds from its first one, and none in its words. */
function sinceStart(report: RunReport): unknown {
  const startedAt = report.startedAt;
  return JSON.parse(reportText(report), (_key, value: unknown) => {
    if (typeof value !== 'string') return value;
    if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return Date.parse(value) - startedAt;
    return value.replaceAll(/\d\d:\d\d(:\d\d)? UTC/g, 'then');
  });
}
