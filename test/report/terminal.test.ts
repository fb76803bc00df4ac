import { expect, test } from 'vitest';
import type { RunReport } from '../../scripts/contract/run-report.ts';
import { firstScreen } from '../../scripts/report/terminal.ts';
import { emptyTimeline, reportOf, Story, storyPlan, T0, withFault } from '../support/stories/story.ts';
import { gradedStory, PAY, saturatedStory, stormStory } from '../support/stories/told-runs.ts';

const OPTIONS = { color: false, width: 80, reportPath: 'runs/spring-voucher-20261122T120130Z/report.html' };
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
  'saturated-generator': () => saturatedStory().report(),
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
