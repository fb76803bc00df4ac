import { journey } from '../../demand/example-plan.ts';
import { Story, storyPlan, T0, withFault } from './story.ts';

// Whole runs that several tests tell: what people read of them is golden.

export const PAY = {
  id: 'pay-latency-1',
  kind: 'latency',
  partner: 'pay',
  at: 10_000,
  for: 30_000,
  add: { shape: 'fixed', ms: 2_000 },
};

/** Four faults with other promises: broken, nothing promised, kept, and one that repeats and was missed once. */
export function gradedStory(): Story {
  const promises = [
    { ...PAY, for: 5_000, expect: 'degraded', recoverWithin: 60_000, enforce: true },
    { ...PAY, id: 'reset', kind: 'reset', add: null, at: 30_000, for: 5_000 },
    { ...PAY, id: 'slow', at: 45_000, for: 5_000, expect: 'unaffected' },
    { ...PAY, id: 'again', at: 60_000, for: 2_000, repeat: { every: 10_000, for: 20_000 }, expect: 'queued' },
  ];
  return new Story(promises.reduce(withFault, storyPlan()))
    .faultFired('pay-latency-1', 10, 15)
    .faultFired('reset', 30, 35)
    .faultFired('slow', 45, 50)
    .faultFired('again', 60, 62)
    .outage(10, 17)
    .turns(30, 35, { outcome: 'bad', kind: '5xx' }, 0.03)
    .run(() => ({
      invariants: [
        {
          ...{ step: 0, partner: 'beanhouse', invariant: 'order-twice', checked: 9_700, broken: 2 },
          examples: ['order-81', 'order-82'],
        },
        ...(['oversold', 'budget-overspent'] as const).map((invariant) => ({
          ...{ step: 0, partner: 'beanhouse', invariant, checked: 9_700, broken: 0, examples: [] },
        })),
      ],
    }));
}

/** Blind retries keep the target down after its fault, above the limit that it promised to bear. */
export function stormStory(): Story {
  const plan = withFault(storyPlan(), { ...PAY, for: 10_000 });
  const journeys = [journey('checkout', 0.8, 2), journey('bot', 0.2, 3)];
  const limited = { ...plan, journeys, target: { ...plan.target, limitPerSec: 60 } };
  const histogram = (count: number, bucket: number) => ({
    ...{ count, sum: 0, schema: 3, zeroCount: 0 },
    buckets: [bucket, count],
  });
  const part = (name: string, bucket: number) => ({
    journey: 'bot',
    part: name,
    histogram: histogram(200, bucket),
  });
  return new Story(limited, { shares: { checkout: 0.8, bot: 0.2 } })
    .faultFired(PAY.id, 10, 20)
    .outage(10, 20)
    .probesFail(20, 90)
    .run(({ probes }) => ({
      probes: probes.flatMap((probe) => journeys.map(({ name }) => ({ ...probe, journey: name }))),
    }))
    .turns(20, 90, { outcome: 'bad', kind: 'timeout', endsAfterMs: 10_000, at: 1 }, 0.6)
    .turns(20, 90, { outcome: 'bad', kind: 'gave-up', endsAfterMs: 30_000, at: 1 }, 0.1)
    .turns(20, 90, { outcome: 'by-retry-after', first: 'bad', endsAfterMs: 8_000 }, 0.1)
    .step((step) => ({
      traffic: step.traffic.map((one) => ({ ...one, requests: 165, repeats: 115, invited: 10 })),
      repeats: [
        { journey: 'checkout', why: 'retry-after', count: 2_000 },
        { journey: 'checkout', why: 'retry', count: 21_000 },
      ],
      parts: [part('webhook-ack', -40), part('first-reply', -18), part('confirmation', -10)],
    }));
}

/** k6 had no core to itself. */
export function saturatedStory(): Story {
  return new Story().step(() => ({
    cpu: Array.from({ length: 60 }, (_, second) => ({
      at: T0 + second * 1_000,
      instance: 'step0-0',
      cpuRatio: 0.95,
      waitedRatio: null,
      rssBytes: 300_000_000,
    })),
  }));
}
