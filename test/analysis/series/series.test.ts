import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnOf } from '../../../scripts/contract/columns.ts';
import type { StepReport } from '../../../scripts/contract/run-report.ts';
import type { CountColumn, EventSeries } from '../../../scripts/contract/series.ts';
import type { RunTimeline } from '../../../scripts/observe/timeline.ts';
import { type LoadedStep, loadedStep } from '../../support/stories/loaded-step.ts';
import { Story, seconds, storyPlan, T0, withCafe } from '../../support/stories/story.ts';
import { runs, tales, told } from '../../support/stories/tales.ts';
import { STEPS, thinkers } from '../../support/stories/thinkers.ts';

const stepOf = (story: Story): LoadedStep => loadedStep(story.report().steps[0]);

/** All of a step: the slices, and what lies in none. */
function sumOf(events: EventSeries, name: CountColumn, count: number): number {
  const inSlices = columnOf(events, name, count).reduce<number>((sum, value) => sum + Number(value), 0);
  return inSlices + (events.outside[name] ?? 0);
}

/** Of each column that counts, the figure of the whole step. */
const TOTALS: Partial<Record<CountColumn, (step: LoadedStep) => number | undefined>> = {
  planned: ({ generator }) => generator.planned,
  started: ({ orders }) => orders.started,
  dropped: ({ generator }) => generator.dropped,
  turns: ({ orders }) => orders.turns,
  good: ({ orders }) => orders.good,
  bad: ({ orders }) => orders.bad,
  confirmed: ({ orders }) => orders.confirmed,
  late: ({ orders }) => orders.late,
  soldOut: ({ orders }) => orders.soldOut,
  closed: ({ orders }) => orders.closed,
  byTicket: ({ orders }) => orders.byTicket,
  byRetryAfter: ({ orders }) => orders.byRetryAfter,
  endedRequests: ({ traffic }) => traffic?.requests ?? 0,
  canariesBad: ({ prober }) => prober.failed,
};

test('columns add up to the figures of the step, and those of journeys to those of all, whatever happens', () => {
  fc.assert(
    fc.property(tales, (tale) => {
      const step = stepOf(told(tale));
      const { all, journeys, count } = step.series;
      for (const [name, total] of Object.entries(TOTALS) as [CountColumn, (step: LoadedStep) => number][]) {
        expect([name, sumOf(all, name, count)]).toEqual([name, total(step)]);
        if (journeys.length === 0) continue;
        const ofJourneys = journeys.reduce((sum, one) => sum + sumOf(one, name, count), 0);
        expect([name, ofJourneys]).toEqual([name, total(step)]);
      }
      for (const { kind, count: inAll } of step.orders.kinds) {
        const column = columnOf(all.badKinds, kind, count);
        const inSlices = column.reduce<number>((sum, value) => sum + Number(value), 0);
        expect([kind, inSlices + (all.outside[`bad ${kind}`] ?? 0)]).toEqual([kind, inAll]);
      }
    }),
    runs(60),
  );
});

test('states are those that were charged, in slices that leave no gap', () => {
  fc.assert(
    fc.property(tales, (tale) => {
      const { series, slices, downtime, measuredMs } = stepOf(told(tale));
      const { count, lengthMs, lastLengthMs } = series;
      const [state, phase] = [columnOf(series, 'state', count), columnOf(series, 'phase', count)];
      const measured = state.filter((_, index) => phase[index] !== 'warm-up');
      const down = measured.filter((one) => one === 'DOWN').length;
      expect([measured.length, down]).toEqual([slices.measured, slices.down]);
      const lastIsDown = measured.at(-1) === 'DOWN';
      expect(downtime.chargedMs).toBe(down * lengthMs - (lastIsDown ? lengthMs - lastLengthMs : 0));
      expect((measured.length - 1) * lengthMs + lastLengthMs).toBe(Math.round(measuredMs / 1_000) * 1_000);
    }),
    runs(40),
  );
});

describe('percentiles', () => {
  test('are of the turns that ended in the slice, two digits of them', () => {
    const { series } = stepOf(
      new Story().turns(20, 22, { outcome: 'bad', kind: 'slow', endsAfterMs: 4_000 }),
    );
    const p50 = columnOf(series.all, 'endedAnsweredP50Ms', series.count);
    expect(p50.slice(0, 4)).toEqual([null, null, 50, 50]);
    const answered = columnOf(series.all, 'endedAnswered', series.count);
    const good = columnOf(series.all, 'endedGood', series.count);
    // Meant to start from 20 s to 22 s after T0, which is slice 10; they ended 4 s later.
    expect(answered.slice(30, 38)).toEqual([100, 100, 0, 0, 100, 200, 200, 100]);
    expect(good.slice(30, 38)).toEqual([100, 100, 0, 0, 100, 100, 100, 100]);
  });

  test('leave out turns without an answer', () => {
    const { series } = stepOf(
      new Story().turns(20, 22, { outcome: 'bad', kind: 'timeout', endsAfterMs: 100 }),
    );
    expect(columnOf(series.all, 'endedAnswered', series.count).slice(31, 35)).toEqual([100, 0, 0, 100]);
    expect(columnOf(series.all, 'endedAnsweredP99Ms', series.count).slice(32, 34)).toEqual([null, null]);
  });
});

test('with think time each journey step has its own states', () => {
  const broken = thinkers({
    fate: (second, at) =>
      at === STEPS - 1 && second >= 20 && second < 30
        ? { outcome: 'bad', kind: '5xx', at: STEPS - 1 }
        : { outcome: 'good' },
  });
  const { series } = stepOf(broken);
  expect(series.journeySteps.map(({ index, name }) => [index, name])).toEqual([
    [0, 'checkout-0'],
    [1, 'checkout-1'],
    [2, 'checkout-2'],
  ]);
  const [first, , last] = series.journeySteps;
  expect(new Set(columnOf(first ?? {}, 'state', series.count))).not.toContain('DOWN');
  expect(columnOf(last ?? {}, 'state', series.count).slice(29, 41)).toEqual([
    'UP',
    ...Array<string>(10).fill('DOWN'),
    'UP',
  ]);
  expect(columnOf(last ?? {}, 'bad', series.count).slice(29, 32)).toEqual([0, 100, 100]);
});

describe('partners', () => {
  const slice = (second: number, partners: RunTimeline['partnerSlices'][number]['partners']) => ({
    ...{ step: 0, fromAt: T0 + second * 1_000, partners },
  });
  const partnerOf = (partnerSlices: RunTimeline['partnerSlices']): [StepReport['partners'], LoadedStep] => {
    const step = stepOf(new Story(withCafe(storyPlan())).run(() => ({ partnerSlices })));
    return [step.partners, step];
  };

  test('tell their figures by slice and in all; what they did not tell is null', () => {
    const [[cafe], { series }] = partnerOf([
      slice(-10, { beanhouse: { requests: 3, answers: { '2xx': 3 }, stock: { tea: 97 }, queue: 0 } }),
      slice(-9, {
        beanhouse: {
          ...{
            requests: 5,
            answers: { '2xx': 2, '4xx': 2, none: 1 },
            refused: 2,
            queue: 4,
            stock: { tea: 95 },
          },
          delays: { count: 4, requestedMs: 400, achievedMs: 404 },
        },
      }),
      // After the last slice: of the step, but in no slice.
      slice(200, { beanhouse: { requests: 1, answers: { '2xx': 1 }, stock: { tea: 94 } } }),
    ]);
    const [columns = {}] = series.partners;
    const first = (
      name: 'requests' | 'answered4xx' | 'unanswered' | 'queue' | 'achievedDelayMs' | 'shopsOpen',
    ) => columnOf(columns, name, series.count).slice(0, 3);
    expect(first('requests')).toEqual([3, 5, null]);
    expect(first('answered4xx')).toEqual([0, 2, null]);
    expect(first('unanswered')).toEqual([0, 1, null]);
    expect(first('queue')).toEqual([0, 4, null]);
    expect(first('achievedDelayMs')).toEqual([null, 101, null]);
    expect(first('shopsOpen')).toEqual([null, null, null]);
    expect(columnOf(series.partners[0]?.stock ?? {}, 'tea', series.count).slice(0, 3)).toEqual([
      97,
      95,
      null,
    ]);
    expect(cafe?.totals).toEqual({
      requests: 9,
      answers: [
        { class: '2xx', count: 6 },
        { class: '4xx', count: 2 },
        { class: 'none', count: 1 },
      ],
      ...{ refused: 2, declined: 0, highestQueue: 4, stockLeft: { tea: 94 } },
    });
  });

  test('tell of a last slice that is shorter, and of what never was there', () => {
    const plan = withCafe(storyPlan((one) => ({ ...one, slo: { ...one.slo, timeSliceMs: 7_000 } })));
    const partnerSlices = seconds(-2, 13).map((index) =>
      slice(7 * index, { beanhouse: { requests: 10, stock: { tea: 0 } } }),
    );
    const { series } = stepOf(new Story(plan).run(() => ({ partnerSlices })));
    expect(series.lastLengthMs).toBeLessThan(series.lengthMs);
    expect(series.partners[0]).toMatchObject({ requests: 10, stock: { tea: 0 } });
  });

  test('that told nothing have no totals', () => {
    expect(partnerOf([])[0][0]?.totals).toBeNull();
  });
});
