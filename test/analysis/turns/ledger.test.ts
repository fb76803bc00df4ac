import { describe, expect, test } from 'vitest';
import type { RunReport } from '../../../scripts/contract/run-report.ts';
import type { RunTimeline } from '../../../scripts/observe/timeline.ts';
import { loadedStep } from '../../support/stories/loaded-step.ts';
import { type Fate, Story, storyPlan, T0, withCafe } from '../../support/stories/story.ts';

// What the partners' ledgers say beside faults: who was closed, and what must not happen whatever fails.

const codes = (report: RunReport): string[] => report.verdict.reasons.map(({ code }) => code);
const at = (second: number): number => T0 + second * 1_000;
const closed = (from: number, to: number | null, keys: Partial<RunTimeline['closures'][number]> = {}) => ({
  ...{ partner: 'beanhouse', shop: null, fromAt: at(from), toAt: to === null ? null : at(to) },
  ...keys,
});

describe('"sold out" while a shop was closed', () => {
  const told = (fate: Partial<Fate>, closures: RunTimeline['closures']): number | undefined =>
    new Story(withCafe(storyPlan()))
      .turns(20, 23, { outcome: 'sold-out', ...fate })
      .run(() => ({ closures }))
      .report().steps[0]?.orders?.falseSoldOut;

  test.each([
    ['is true of the café', {}, closed(15, 30), 0],
    ['is true of one of its shops', {}, closed(15, 30, { shop: 'harbour' }), 0],
    ['is true of any item', { item: 'tea' }, closed(15, 30), 0],
    ['is true of the order’s café', { cafe: 'beanhouse' }, closed(15, 30), 0],
    ['is true up to one second after', {}, closed(15, 22), 0],
    ['is false long after', {}, closed(5, 18), 300],
    ['is false of a partner that is no café', {}, closed(15, 30, { partner: 'pay' }), 300],
  ] as const)('%s', (_, fate, closure, falseSoldOut) => {
    expect(told(fate, [closure])).toBe(falseSoldOut);
  });

  test('is false of another café than the order’s', () => {
    const plan = withCafe(storyPlan());
    const [cafe] = plan.partners;
    if (!cafe) throw new Error('the plan has no café');
    const two = { ...plan, partners: [cafe, { ...cafe, name: 'corner' }] };
    const story = new Story(two)
      .turns(20, 23, { outcome: 'sold-out', cafe: 'corner' })
      .run(() => ({ closures: [closed(15, 30)] }));
    expect(story.report().steps[0]?.orders?.falseSoldOut).toBe(300);
  });
});

test.each([
  ['the café was closed', closed(-20, null), true],
  ['one of its shops was closed', closed(-20, null, { shop: 'harbour' }), false],
  ['it was closed in another minute', closed(61, 80), false],
])('that nobody was sold anything in a minute is excused if %s', (_, closure, excused) => {
  const plan = withCafe(storyPlan((one) => ({ ...one, slo: { ...one.slo, downtimeBudgetMs: 80_000 } })));
  const story = new Story(plan).turns(0, 60, { outcome: 'sold-out' }).run(() => ({ closures: [closure] }));
  expect(codes(story.report()).includes('nothing-sold')).toBe(!excused);
});

describe('an invariant', () => {
  const tally = (keys: Partial<RunTimeline['invariants'][number]> = {}) => ({
    ...{ step: 0, partner: 'beanhouse', invariant: 'order-twice' as const, checked: 900, broken: 0 },
    examples: [],
    ...keys,
  });
  const report = (...invariants: RunTimeline['invariants']): RunReport =>
    new Story(withCafe(storyPlan())).run(() => ({ invariants })).report();

  test('that held is told', () => {
    const held = report(tally());
    expect(held.verdict.status).toBe('PASS');
    const { step: _step, ...told } = tally();
    expect(loadedStep(held.steps[0]).invariants).toEqual([told]);
  });

  test('that was broken once fails the step, with counts and keys', () => {
    const broken = tally({ broken: 1, examples: ['order-7'] });
    expect(report(tally({ invariant: 'oversold' }), broken).verdict).toMatchObject({
      status: 'FAIL',
      exitCode: 1,
      reasons: [
        {
          code: 'invariant-broken',
          message: 'order-twice at beanhouse: 1 of 900 (such as order-7)',
          next: 'send every try of an order with the same key, also after a timeout, and rerun',
        },
      ],
    });
  });

  test('that was broken in another step does not fail this one', () => {
    expect(report(tally({ step: 1, broken: 1 })).verdict.status).toBe('PASS');
  });

  test('that was broken stands after the downtime, and above a measuring side that was unhealthy', () => {
    const story = new Story()
      .outage(10, 40)
      .run(() => ({ invariants: [tally({ broken: 2, examples: ['a', 'b'] })] }))
      .step(() => ({
        cpu: Array.from({ length: 30 }, (_, second) => ({
          ...{ at: at(45 + second), instance: 'step0-0', cpuRatio: 0.95 },
          ...{ waitedRatio: null, rssBytes: null },
        })),
      }));
    expect(codes(story.report()).slice(0, 3)).toEqual([
      'downtime-over-budget',
      'invariant-broken',
      'generator-unhealthy',
    ]);
  });

  test('cuts keys that are too long to be read', () => {
    const [reason] = report(tally({ broken: 1, examples: ['x'.repeat(5_000)] })).verdict.reasons;
    expect(reason?.message.length).toBeLessThan(120);
  });
});
