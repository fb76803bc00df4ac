import { expect, test } from 'vitest';
import type { RunReport } from '../../scripts/contract/run-report.ts';
import { firstScreen } from '../../scripts/report/terminal.ts';
import { journey } from '../demand/example-plan.ts';
import { emptyTimeline, reportOf, Story, storyPlan, T0, withFault } from '../support/stories/story.ts';

const OPTIONS = { color: false, width: 80, reportPath: 'runs/spring-voucher-20261122T120130Z/report.html' };
const PAY = {
  id: 'pay-latency-1',
  kind: 'latency',
  partner: 'pay',
  at: 10_000,
  for: 30_000,
  add: { shape: 'fixed', ms: 2_000 },
};

/** Four faults with other promises: broken, nothing promised, kept, and one that repeats and was missed once. */
function gradedStory(): Story {
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
function stormStory(): Story {
  const plan = withFault(storyPlan(), { ...PAY, for: 10_000 });
  const journeys = [journey('checkout', 0.8, 2), journey('bot', 0.2, 3)];
  const limited = { ...plan, journeys, target: { ...plan.target, limitPerSec: 60 } };
  const histogram = (count: number, bucket: number) => ({
    ...{ count, sum: 0, schema: 3, zeroCount: 0 },
    buckets: [[bucket, count] as const],
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
    .turns(20, 90, { outcome: 'waited', first: 'bad', endsAfterMs: 8_000 }, 0.1)
    .step((step) => ({
      traffic: step.traffic.map((one) => ({ ...one, requests: 330, repeats: 230, invited: 20 })),
      repeats: [
        { journey: 'checkout', why: 'retry-after', count: 2_000 },
        { journey: 'checkout', why: 'retry', count: 21_000 },
      ],
      parts: [part('webhook-ack', -40), part('first-reply', -18), part('confirmation', -10)],
    }));
}

const STORIES: Readonly<Record<string, () => RunReport>> = {
  'clean-launch': () => new Story().report(),
  'payment-outage': () =>
    new Story(withFault(storyPlan(), PAY)).faultFired('pay-latency-1', 10, 40).outage(10, 45).report(),
  'fault-that-never-fired': () => new Story(withFault(storyPlan(), PAY)).report(),
  'retry-storm': () => stormStory().report(),
  'promises-kept-and-broken': () => gradedStory().report(),
  'scaled-and-two-steps': () =>
    new Story(
      storyPlan((plan) => ({
        ...plan,
        rehearsal: { ...plan.rehearsal, scale: 0.25, multiples: [3, 4], mustHold: 4 },
      })),
    )
      .outage(20, 24)
      .outage(70, 72, '5xx')
      .run(() => ({ how: 'not-recovered' }))
      .report(),
  'saturated-generator': () =>
    new Story()
      .step(() => ({
        cpu: Array.from({ length: 60 }, (_, second) => ({
          at: T0 + second * 1_000,
          instance: 'step0-0',
          cpuRatio: 0.95,
          waitedRatio: null,
          rssBytes: 300_000_000,
        })),
      }))
      .report(),
  'nothing-ran': () => reportOf(storyPlan(), emptyTimeline),
};

// To accept new screens: npx vitest run test/report/terminal.test.ts --update
test.each(Object.keys(STORIES))('first screen of %s', async (name) => {
  const screen = firstScreen(STORIES[name]?.() ?? new Story().report(), OPTIONS);
  await expect(`${screen}\n`).toMatchFileSnapshot(`../golden/${name}.txt`);
  expect(screen.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test('readings that voided too few slices for a reason are told in one line', () => {
  const story = new Story().run(() => ({
    mockHealth: Array.from({ length: 136 }, (_, second) => ({
      at: T0 + (second - 10) * 1_000,
      loopDelayP99Ms: second === 30 ? 612 : 1,
      requests: 1,
    })),
  }));
  const screen = firstScreen(story.report(), OPTIONS);
  expect(screen).toContain('measuring side: mocks-slow in 2 slices (612 ms, allowed 500 ms)');
});

test('colour only repeats what the words say', () => {
  const report = new Story().outage(20, 50).report();
  const plain = firstScreen(report, OPTIONS);
  const esc = String.fromCharCode(27);
  const coloured = firstScreen(report, { ...OPTIONS, color: true });
  expect(coloured).toContain(`${esc}[1;31mFAIL${esc}[0m`);
  expect(coloured.replace(`${esc}[1;31m`, '').replace(`${esc}[0m`, '')).toBe(plain);
  expect(plain).not.toContain(esc);
});

test.each([
  [5, 'and 1 more reason in the report'],
  [6, 'and 2 more reasons in the report'],
])('of %i reasons four are shown', (count, line) => {
  const report = new Story().report();
  const reason = { code: 'too-short', message: 'too short', next: 'longer' };
  const verdict = { ...report.verdict, reasons: Array.from({ length: count }, () => reason) };
  expect(firstScreen({ ...report, verdict }, OPTIONS).split('\n')).toContain(line);
});

test('a target that stays down by itself is named, however many reasons come before', () => {
  const reason = (code: string) => ({ code, message: `about ${code}`, next: 'next' });
  const report = new Story().report();
  const reasons = ['a', 'b', 'c', 'd', 'metastable', 'e'].map(reason);
  const lines = firstScreen({ ...report, verdict: { ...report.verdict, reasons } }, OPTIONS).split('\n');
  expect(lines.filter((line) => line.includes(': about'))).toEqual(
    ['a', 'b', 'c', 'metastable'].map((code) => `${code}: about ${code}`),
  );
  expect(lines).toContain('and 2 more reasons in the report');
});

test('text from outside can’t drive the terminal', () => {
  const report = new Story({ ...storyPlan(), name: 'bad\u001b[2Jname\u202e\r\n' }).report();
  expect(firstScreen(report, OPTIONS).split('\n')[0]).toContain('bad·[2Jname···');
});

test('shows local times of day when told the offset', () => {
  const report = new Story().outage(20, 24).report();
  expect(firstScreen(report, OPTIONS)).toContain('#1  12:02:20-12:02:24 UTC');
  expect(firstScreen(report, { ...OPTIONS, utcOffsetMin: 180 })).toContain('#1  15:02:20-15:02:24   4 s');
});

test('of many faults eight are shown, those first that matter most', () => {
  const plan = Array.from({ length: 10 }, (_, index) => ({
    ...{ ...PAY, id: `f${index}`, partner: `pay${index}`, expect: 'unaffected', enforce: index === 9 },
  })).reduce(withFault, storyPlan());
  const story = plan.faults.reduce((told, { id }) => told.faultFired(id, 10, 40), new Story(plan));
  const lines = firstScreen(
    story.turns(20, 30, { outcome: 'bad', kind: '5xx' }, 0.03).report(),
    OPTIONS,
  ).split('\n');
  const shown = lines.filter((line) => line.includes('promised unaffected   was degraded'));
  expect(shown.map((line) => line.slice(0, 4))).toEqual([
    'pay0',
    'pay1',
    'pay2',
    'pay3',
    'pay4',
    'pay5',
    'pay6',
    'pay9',
  ]);
  expect(shown.at(-1)).toMatch(/BROKEN \(enforced\)$/);
  expect(lines).toContain('and 2 more faults in the report');
});

test('columns of faults that do not fit the width are told one after the other', () => {
  const wide = firstScreen(gradedStory().report(), { ...OPTIONS, width: 140 }).split('\n');
  const narrow = firstScreen(gradedStory().report(), OPTIONS).split('\n');
  expect(wide).toContain(
    'pay latency +2 s   promised degraded within 1 m   was down, recovered after 2 s           BROKEN (enforced)',
  );
  expect(narrow).toContain('pay reset   was degraded');
});

test('keys of examples can’t drive the terminal', () => {
  const story = new Story().run(() => ({
    invariants: [
      {
        ...{ step: 0, partner: 'beanhouse', invariant: 'oversold', checked: 1, broken: 1 },
        examples: ['a\u001b[2Jb\u202e'],
      },
    ],
  }));
  expect(firstScreen(story.report(), OPTIONS)).toContain('(such as a·[2Jb·)');
});
