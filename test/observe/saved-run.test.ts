import { expect, test } from 'vitest';
import { parseLog } from '../../scripts/observe/log.ts';
import { foldAll, logText, observationsOf } from '../support/stories/saved-run.ts';
import { reportOf, Story, storyPlan, T0, withCafe, withFault } from '../support/stories/story.ts';
import { GOOD, thinkers } from '../support/stories/thinkers.ts';

const stories: [string, Story][] = [
  ['a clean run', new Story()],
  ['an outage', new Story().outage(10, 30)],
  [
    'two journeys, dropped arrivals and a sold-out item',
    new Story(withCafe(storyPlan()), { shares: { app: 0.9, web: 0.1 } })
      .turns(5, 20, { outcome: 'bad', kind: '5xx' }, 0.3, 'web')
      .turns(30, 40, { outcome: 'sold-out', item: 'tea' }, 0.2)
      .run(() => ({
        stockOuts: [{ partner: 'beanhouse', item: 'tea', fromAt: 0, toAt: null }],
      })),
  ],
  [
    'a fault that fired',
    new Story(withFault(storyPlan(), { id: 'f', kind: 'latency', partner: 'pay', at: 10_000, for: 5_000 }))
      .outage(10, 15)
      .faultFired('f', 10, 15),
  ],
  [
    'a fault that repeats, a closure and an invariant that was broken',
    new Story(
      withFault(withCafe(storyPlan()), {
        ...{ id: 'f', kind: 'closure', partner: 'beanhouse', at: 10_000, for: 5_000 },
        ...{
          repeat: { every: 20_000, for: 30_000 },
          expect: 'unaffected',
          recoverWithin: 1_000,
          enforce: true,
        },
      }),
    )
      .faultFired('f', 10, 15)
      .faultFired('f', 30, 35)
      .turns(10, 15, { outcome: 'sold-out' }, 0.5)
      .run(() => ({
        closures: [
          { partner: 'beanhouse', shop: 'harbour', fromAt: T0 + 10_000, toAt: T0 + 15_000 },
          { partner: 'beanhouse', shop: 'harbour', fromAt: T0 + 30_000, toAt: null },
        ],
        invariants: [
          {
            ...{ step: 0, partner: 'beanhouse', invariant: 'order-twice', checked: 900, broken: 1 },
            examples: ['order-7'],
          },
        ],
      })),
  ],
  [
    'orders of several turns, of which some fail',
    thinkers({
      fate: (second, at) =>
        at === 1 && second >= 20 && second < 24 ? { outcome: 'bad', kind: '5xx' } : GOOD,
    }).step(() => ({
      failedTurns: [
        {
          at: T0 + 21_900,
          journey: 'checkout',
          startedAt: T0 + 21_500,
          endedAt: T0 + 21_700,
          kind: '5xx',
          item: null,
          cafe: null,
          name: 'POST /orders',
          detail: '500 sorry',
        },
      ],
    })),
  ],
  [
    '"sold out" at a café that has the item',
    new Story(withCafe(storyPlan())).turns(20, 24, { outcome: 'sold-out', item: 'tea', cafe: 'beanhouse' }),
  ],
];

test.each(stories)('%s, written down and read again, is judged the same', (_, story) => {
  const told = story.timeline();
  const { observations, damage, torn } = parseLog(logText(observationsOf(told)));
  expect({ damage, torn }).toEqual({ damage: null, torn: false });
  const { latency: _latency, ...step } = reportOf(story.plan, foldAll(observations)).steps[0] ?? {};
  const { latency: _told, ...expected } = reportOf(story.plan, told).steps[0] ?? {};
  expect(step).toEqual(expected);
});
