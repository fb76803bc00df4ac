import { describe, expect, test } from 'vitest';
import { PARTNER_KINDS } from '../../../mock-services/registry.ts';
import type { StepTimeline } from '../../../scripts/observe/timeline.ts';
import type { LaunchPlan } from '../../../scripts/plan/launch-plan.ts';
import { Story, storyPlan, T0 } from '../../support/stories/story.ts';

type FailedTurn = StepTimeline['failedTurns'][number];

const turn = (second: number, parts: Partial<FailedTurn> = {}): FailedTurn => ({
  at: T0 + second * 1_000 + 150,
  journey: 'checkout',
  startedAt: T0 + second * 1_000 + 50,
  endedAt: T0 + second * 1_000 + 100,
  kind: '5xx',
  item: null,
  cafe: null,
  name: 'POST /orders',
  detail: '500 oops',
  ...parts,
});

const cafes = (...names: string[]): LaunchPlan =>
  storyPlan((plan) => ({
    ...plan,
    partners: names.map((name) => ({
      name,
      ...PARTNER_KINDS.cafe.schema.parse({ kind: 'cafe', menu: ['tea'] }),
    })),
  }));

const incidentOf = (story: Story) => {
  const incident = story.report().steps[0]?.incidents[0];
  if (!incident) throw new Error('no incident');
  return incident;
};

/** Four seconds in which 70 % of the turns get 500 and the rest hang. */
const outage = (failedTurns: FailedTurn[]) =>
  new Story()
    .turns(20, 24, { outcome: 'bad', kind: '5xx', endsAfterMs: 50 }, 0.7)
    .turns(20, 24, { outcome: 'bad', kind: 'timeout', endsAfterMs: 10_000 })
    .step(() => ({ failedTurns }));

describe('exchanges of an incident', () => {
  test('are turns of the load, spread over its kinds, oldest first', () => {
    const many = Array.from({ length: 40 }, (_, index) => turn(20 + index / 10));
    const slow = turn(21, { kind: 'timeout', detail: 'timeout', endedAt: T0 + 31_000 });
    const { exchanges } = incidentOf(outage([...many, slow]));
    expect(exchanges.map(({ kind }) => kind)).toEqual(['5xx', '5xx', '5xx', '5xx', 'timeout']);
    expect(exchanges[0]).toEqual({
      at: T0 + 20_100,
      source: 'load',
      journey: 'checkout',
      kind: '5xx',
      request: 'POST /orders',
      detail: '500 oops',
    });
  });

  test('leave out turns of other seconds and kinds that were not held against the target', () => {
    const elsewhere = [turn(10), turn(30), turn(21, { kind: 'client-error', detail: '404' })];
    expect(incidentOf(outage(elsewhere)).exchanges).toEqual([]);
  });

  test('are filled up by canaries where the load has too few', () => {
    const story = outage([turn(22)]).probesFail(20, 24);
    const { exchanges } = incidentOf(story);
    expect(exchanges.map(({ source }) => source).toSorted()).toEqual([
      'canary',
      'canary',
      'canary',
      'canary',
      'load',
    ]);
    expect(exchanges).toEqual(exchanges.toSorted((a, b) => (a.at < b.at ? -1 : 1)));
    expect(exchanges.find(({ source }) => source === 'canary')).toMatchObject({
      kind: 'timeout',
      request: 'POST /orders',
      detail: 'no answer within 3 s',
    });
  });

  test('show a canary whose kind the load did not see', () => {
    const { exchanges } = incidentOf(outage([]).probesFail(20, 24, 'refused'));
    expect(exchanges.map(({ kind }) => kind)).toEqual(Array(5).fill('refused'));
  });

  test('show what a false "sold out" was, and no true one', () => {
    const told = (second: number, item: string): FailedTurn =>
      turn(second, { kind: null, item, cafe: 'corner', detail: `409 ${item}` });
    const story = new Story(cafes('corner'))
      .turns(20, 24, { outcome: 'sold-out', item: 'tea', cafe: 'corner' }, 0.5)
      .turns(20, 24, { outcome: 'sold-out', item: 'latte', cafe: 'corner' })
      .step(() => ({ failedTurns: [told(21, 'tea'), told(21.5, 'latte')] }))
      .run(() => ({ stockOuts: [{ partner: 'corner', item: 'tea', fromAt: T0, toAt: null }] }));
    expect(incidentOf(story).exchanges).toMatchObject([{ kind: 'false-sold-out', detail: '409 latte' }]);
  });
});

describe('"sold out" of a turn that names its café', () => {
  const told = (cafe: string | null, shelf: string) =>
    new Story(cafes('corner', 'roastery'))
      .turns(20, 24, { outcome: 'sold-out', item: 'tea', ...(cafe === null ? {} : { cafe }) })
      .run(() => ({ stockOuts: [{ partner: shelf, item: 'tea', fromAt: T0, toAt: null }] }))
      .report().steps[0]?.orders;

  test('is true if its own shelf is empty', () => {
    expect(told('corner', 'corner')).toMatchObject({ soldOut: 400, falseSoldOut: 0 });
  });

  test('is false if only another one is', () => {
    expect(told('corner', 'roastery')).toMatchObject({ soldOut: 0, falseSoldOut: 400 });
  });

  test.each([null, 'not-of-the-plan'])('%j is true if any shelf is', (cafe) => {
    expect(told(cafe, 'roastery')).toMatchObject({ soldOut: 400, falseSoldOut: 0 });
  });
});
