import { expect, test } from 'vitest';
import { parseLog } from '../../scripts/observe/log.ts';
import { foldAll, logText, observationsOf } from '../support/saved-run.ts';
import { reportOf, Story, storyPlan, withCafe, withFault } from '../support/story.ts';

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
];

test.each(stories)('%s, written down and read again, is judged the same', (_, story) => {
  const told = story.timeline();
  const { observations, damage, torn } = parseLog(logText(observationsOf(told)));
  expect({ damage, torn }).toEqual({ damage: null, torn: false });
  const { latency: _latency, ...step } = reportOf(story.plan, foldAll(observations)).steps[0] ?? {};
  const { latency: _told, ...expected } = reportOf(story.plan, told).steps[0] ?? {};
  expect(step).toEqual(expected);
});
