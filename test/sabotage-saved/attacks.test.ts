import { describe, expect, test } from 'vitest';
import { SERIES } from '../../k6/contract.ts';
import type { Observation } from '../../scripts/observe/observation.ts';
import type { SavedFiles } from '../support/rehearsals/run-directory.ts';
import { type Story, seconds, T0, withFault } from '../support/stories/story.ts';
import { downRun, healthyRun, judged, PLAN, resealed, savedStory } from './saved-runs.ts';

// Attacks on saved runs. None may end as PASS, none may blame the target. `with` names a reason, or the word on a slice.

type Run = readonly Observation[];
type Of<T extends Observation['type']> = Extract<Observation, { type: T }>;

/** Seconds count from T0. */
const at = (second: number): number => T0 + second * 1_000;
const isIn = (from: number, to: number) => (one: Observation) => one.at >= at(from) && one.at < at(to);
const isPush = (one: Observation): one is Of<'push'> => one.type === 'push';
const without = (run: Run, isGone: (one: Observation) => boolean): Run => run.filter((one) => !isGone(one));
const added = (run: Run, ...more: readonly Observation[]): Run =>
  [...run.slice(0, -1), ...more].sort((a, b) => a.at - b.at).concat(run.slice(-1));
const edited = <T extends Observation['type']>(run: Run, type: T, edit: (one: Of<T>) => Observation): Run =>
  run.map((one) => (one.type === type ? edit(one as Of<T>) : one));

const sampledLater = (push: Of<'push'>, byMs: number): Of<'push'> => ({
  ...push,
  samples: push.samples.map(([id, time, value]) => [id, time + byMs, value] as const),
  histograms: push.histograms.map(([id, time, state]) => [id, time + byMs, state] as const),
});
const emptied = (push: Of<'push'>): Of<'push'> => ({
  ...push,
  samples: push.samples.map(([id, time]) => [id, time, 0] as const),
  histograms: push.histograms.map(([id, time, state]) => [id, time, { ...state, count: 0, sum: 0 }] as const),
});

const cpuOfK6 = (second: number, cpuRatio: number): Observation =>
  JSON.parse(
    JSON.stringify({
      ...{ type: 'cpu', at: at(second) + 400, who: 'k6', instance: 'step0-0', cpuRatio },
      ...{ waitedRatio: null, rssBytes: 1e8 },
    }),
  );

/** What is done to the observations; numbers, checksums and seal are then made anew. */
const LIES: readonly { name: string; with: string; lie: (run: Run) => Run }[] = [
  { name: 'every push deleted', with: 'observations-missing', lie: (run) => without(run, isPush) },
  {
    name: 'every other push deleted',
    with: 'totals-differ',
    lie: (run) => {
      const kept = new Set(run.filter(isPush).filter((_, index) => index % 2 === 0));
      return run.filter((one) => !isPush(one) || kept.has(one));
    },
  },
  {
    name: 'the pushes of five seconds deleted',
    with: 'push-gap',
    lie: (run) => without(run, (one) => isPush(one) && isIn(40, 45)(one)),
  },
  {
    name: 'the last push with an end in it deleted',
    with: 'totals-differ',
    lie: (run) => without(run, (one) => isPush(one) && isIn(91, 92)(one)),
  },
  {
    name: 'sample times ten seconds early',
    with: 'totals-differ',
    lie: (run) => edited(run, 'push', (push) => sampledLater(push, -10_000)),
  },
  {
    name: 'sample times five minutes late',
    with: 'starts-differ',
    lie: (run) => edited(run, 'push', (push) => sampledLater(push, 300_000)),
  },
  {
    name: 'empty metrics from the middle on',
    with: 'totals-differ',
    lie: (run) => edited(run, 'push', (push) => (isIn(40, 130)(push) ? emptied(push) : push)),
  },
  {
    name: 'empty metrics all the time',
    with: 'starts-differ',
    lie: (run) => edited(run, 'push', emptied),
  },
  {
    name: 'a series of starts forgotten',
    with: 'totals-differ',
    lie: (run) => {
      const victim = run.find((one) => one.type === 'series' && one.name === SERIES.turnsStarted);
      return run.map((one) => (one === victim ? { ...one, name: `${SERIES.turnsStarted}_x` } : one));
    },
  },
  {
    name: 'half of the planned orders struck from the plan of the step',
    with: 'starts-differ',
    lie: (run) =>
      edited(run, 'step-planned', (step) => ({
        ...step,
        schedules: step.schedules.map((one) => ({
          ...one,
          arrivalsPerSec: one.arrivalsPerSec.map((count) => count / 2),
        })),
      })),
  },
  {
    name: 'zero orders planned and none started',
    with: 'nothing-measured',
    lie: (run) =>
      edited(
        without(run, (one) => isPush(one) && one.histograms.length + one.samples.length > 1),
        'step-planned',
        (step) => ({
          ...step,
          schedules: step.schedules.map((one) => ({
            ...one,
            arrivalsPerSec: one.arrivalsPerSec.map(() => 0),
          })),
        }),
      ),
  },
  {
    name: 'a clock that jumped by five seconds',
    with: 'clock-step',
    lie: (run) =>
      added(
        run.map((one) => (isPush(one) && one.at > at(40) ? { ...one, at: one.at + 5_000 } : one)),
        { type: 'clock-step', at: at(45), byMs: 5_000 },
      ),
  },
  {
    name: 'a clock that was set back by five seconds',
    with: 'clock-step',
    lie: (run) => added(run, { type: 'clock-step', at: at(40), byMs: -5_000 }),
  },
  {
    name: 'canaries deleted from the start',
    with: 'prober-dead',
    lie: (run) => without(run, ({ type }) => type === 'probe'),
  },
  {
    name: 'canaries deleted from half way on',
    with: 'too-little-witnessed',
    lie: (run) => without(run, (one) => one.type === 'probe' && one.at > at(45)),
  },
  {
    name: 'a prober that was slow all the time',
    with: 'too-little-witnessed',
    lie: (run) => edited(run, 'prober-health', (one) => ({ ...one, loopDelayP99Ms: 80 })),
  },
  {
    name: 'canaries started a second late',
    with: 'too-little-witnessed',
    lie: (run) => edited(run, 'probe', (one) => ({ ...one, startedAt: one.scheduledAt + 1_000 })),
  },
  {
    name: 'mock partners that said nothing for five seconds',
    with: 'mocks-slow',
    lie: (run) => without(run, (one) => one.type === 'mock-health' && isIn(40, 45)(one)),
  },
  {
    name: 'mock partners that were slow for ten seconds',
    with: 'mocks-slow',
    lie: (run) =>
      edited(run, 'mock-health', (one) => (isIn(40, 50)(one) ? { ...one, loopDelayP99Ms: 90 } : one)),
  },
  {
    name: 'mock partners that died',
    with: 'mocks-died',
    lie: (run) =>
      added(run, { type: 'child-died', at: at(50), who: 'mocks', code: 1, signal: null, lastLines: [] }),
  },
  {
    name: 'k6 that died',
    with: 'k6-died',
    lie: (run) => edited(run, 'step-ended', (one) => ({ ...one, how: 'died' })),
  },
  {
    name: 'k6 at 95 % of its cores for ten seconds',
    with: 'cpu',
    lie: (run) =>
      added(
        run,
        ...seconds(0, 90).map((second) => cpuOfK6(second, second >= 40 && second < 50 ? 0.95 : 0.2)),
      ),
  },
  {
    name: 'pushes that were refused',
    with: 'push-lost',
    lie: (run) => added(run, { type: 'push-refused', at: at(50), status: 400, reason: 'not snappy' }),
  },
  {
    name: 'pushes that k6 could not send',
    with: 'push-lost',
    lie: (run) =>
      added(run, {
        ...{ type: 'k6-log', at: at(50), instance: 'step0-0', level: 'error' },
        message: 'Failed to send the time series data to the endpoint',
      }),
  },
  {
    name: 'the load said to have begun twenty seconds later',
    with: 'totals-differ',
    lie: (run) => edited(run, 'load-started', (one) => ({ ...one, startedAt: one.startedAt + 20_000 })),
  },
  {
    name: 'the load said to have begun twenty seconds earlier',
    with: 'too-little-evidence',
    lie: (run) => edited(run, 'load-started', (one) => ({ ...one, startedAt: one.startedAt - 20_000 })),
  },
  {
    name: 'the end of the step deleted',
    with: 'cut-short',
    lie: (run) => without(run, ({ type }) => type === 'step-ended'),
  },
  {
    name: 'the end of the run and of the step deleted',
    with: 'observations-incomplete',
    lie: (run) => without(run, ({ type }) => type === 'step-ended' || type === 'run-ended'),
  },
  {
    name: 'every observation twice',
    with: 'observations-contradict',
    lie: (run) => run.flatMap((one) => [one, one]),
  },
  {
    name: 'everything between the first and the last observation deleted',
    with: 'not-run',
    lie: (run) => [run[0], run.at(-1)].filter((one) => one !== undefined),
  },
];

/** Runs that went wrong on the measuring side. */
const TALES: readonly { name: string; with: string; tell: (story: Story) => Story; plan?: typeof PLAN }[] = [
  {
    name: 'all orders were harness faults',
    with: 'harness-faults',
    tell: (story) => story.turns(-10, 90, { outcome: 'bad', kind: 'client-error' }),
  },
  {
    name: 'k6 ran out of open files in every tenth order',
    with: 'local-errors',
    tell: (story) => story.turns(20, 60, { outcome: 'generator', kind: 'local' }, 0.1),
  },
  {
    name: 'a fault never came into force',
    with: 'fault-did-not-fire',
    plan: withFault(PLAN, {
      ...{ id: 'pay-latency-1', kind: 'latency', partner: 'pay', at: 10_000, for: 30_000 },
      add: { shape: 'fixed', ms: 2_000 },
    }),
    tell: (story) => story,
  },
  {
    name: 'a fault met no request',
    with: 'fault-did-not-fire',
    plan: withFault(PLAN, {
      ...{ id: 'pay-latency-1', kind: 'latency', partner: 'pay', at: 10_000, for: 30_000 },
      add: { shape: 'fixed', ms: 2_000 },
    }),
    tell: (story) => story.faultFired('pay-latency-1', 10, 40, 0),
  },
  {
    name: 'mock partners stood still while every order waited for them',
    with: 'mocks-slow',
    tell: (story) =>
      story.outage(20, 45).run((run) => ({
        mockHealth: run.mockHealth.filter((one) => !isIn(20, 45)({ type: 'prober-health', ...one })),
      })),
  },
  {
    name: 'k6 had too few VUs though the target answered at once',
    with: 'dropped',
    tell: (story) =>
      story.step((step) => ({
        dropped: seconds(20, 40).map((second) => ({
          ...{ journey: 'checkout', fromAt: at(second), toAt: at(second + 1), count: 2 },
        })),
        vusSamples: step.pushes.map((push) => ({ at: push.at, busy: 10, allocated: 10 })),
      })),
  },
];

async function expectHarmless(files: SavedFiles, named: string): Promise<void> {
  const { status, codes, words, figures } = await judged(files);
  const seen = `${status}: ${codes.join(', ')} (${words.join(', ')}) ${JSON.stringify(figures)}`;
  expect(['INVALID', 'INCONCLUSIVE'], seen).toContain(status);
  // Turns whose ends were lost may show as one bad second at the edge of what was lost.
  expect(figures?.chargedMs ?? 0, seen).toBeLessThanOrEqual(1_000);
  expect([...codes, ...words], seen).toContain(named);
}

test('the run that is attacked PASSes when it is left alone', async () => {
  expect(await judged(healthyRun.files)).toMatchObject({ status: 'PASS', codes: [] });
});

describe('a liar who seals anew', () => {
  for (const { name, lie, with: named } of LIES) {
    test(name, () => expectHarmless(resealed(healthyRun, lie(healthyRun.observations)), named));
  }

  test('the beginning of a stock-out deleted, so that every "sold out" looks false', async () => {
    const soldOut = savedStory((story) =>
      story
        .turns(20, 50, { outcome: 'sold-out', item: 'tea' })
        .run(() => ({ stockOuts: [{ partner: 'beanhouse', item: 'tea', fromAt: at(19), toAt: at(50) }] })),
    );
    expect(await judged(soldOut.files)).toMatchObject({ status: 'PASS', figures: { soldOut: 3_000 } });
    const lied = without(soldOut.observations, ({ type }) => type === 'stock-out');
    const { status, codes } = await judged(resealed(soldOut, lied));
    expect([status, codes[0]]).toEqual(['INVALID', 'observations-contradict']);
  });

  test('the beginning of a closure deleted', async () => {
    const closed = savedStory((story) =>
      story.turns(20, 50, { outcome: 'sold-out' }).run(() => ({
        closures: [{ partner: 'beanhouse', shop: null, fromAt: at(19), toAt: at(50) }],
      })),
    );
    expect(await judged(closed.files)).toMatchObject({ status: 'PASS', figures: { soldOut: 3_000 } });
    const lied = without(closed.observations, ({ type }) => type === 'shop-closed');
    const { status, codes } = await judged(resealed(closed, lied));
    expect([status, codes[0]]).toEqual(['INVALID', 'observations-contradict']);
  });

  test.each([
    ['without counts', { checked: undefined }],
    ['of less than nothing', { broken: -1 }],
    ['without keys', { examples: undefined }],
    ['of keys that are none', { examples: [7] }],
  ])('a tally of an invariant %s', async (_, change) => {
    const broken = { partner: 'beanhouse', invariant: 'oversold' as const, checked: 9, broken: 1 };
    const told = savedStory((story) =>
      story.run(() => ({ invariants: [{ step: 0, ...broken, examples: ['order-7'] }] })),
    );
    expect(await judged(told.files)).toMatchObject({ status: 'FAIL', codes: ['invariant-broken'] });
    const lied = told.observations.map((one) =>
      one.type === 'invariant-tally' ? JSON.parse(JSON.stringify({ ...one, ...change })) : one,
    );
    const { status, codes } = await judged(resealed(told, lied));
    expect([status, codes[0]]).toEqual(['INVALID', 'observations-contradict']);
  });
});

describe('a measuring side at fault', () => {
  for (const { name, tell, with: named, plan } of TALES) {
    test(name, () => expectHarmless(savedStory(tell, plan).files, named));
  }
});

describe('files touched after the run', () => {
  const { files } = healthyRun;
  const lines = files.observations.trimEnd().split('\n');
  const log = (changed: readonly string[]): SavedFiles => ({
    ...files,
    observations: `${changed.join('\n')}\n`,
  });
  const CHANGED: readonly { name: string; with: string; files: SavedFiles }[] = [
    { name: 'a line deleted', with: 'observations-damaged', files: log(lines.toSpliced(500, 1)) },
    {
      name: 'a line doubled',
      with: 'observations-damaged',
      files: log(lines.toSpliced(500, 0, lines[500] ?? '')),
    },
    {
      name: 'two lines in each other’s place',
      with: 'observations-damaged',
      files: log(lines.toSpliced(500, 2, lines[501] ?? '', lines[500] ?? '')),
    },
    { name: 'the last third deleted', with: 'observations-incomplete', files: log(lines.slice(0, 700)) },
    {
      name: 'the log cut inside a line',
      with: 'observations-incomplete',
      files: { ...files, observations: files.observations.slice(0, 100_000) },
    },
    { name: 'an empty log', with: 'observations-incomplete', files: { ...files, observations: '' } },
    {
      name: 'one digit changed',
      with: 'observations-damaged',
      files: {
        ...files,
        observations: files.observations.replace('"value":', '"valve":').replace(/,100\]/, ',101]'),
      },
    },
    {
      name: 'a larger share of bad answers allowed',
      with: 'plan-altered',
      files: { ...files, plan: files.plan.replace('"downAboveRatio": 0.05', '"downAboveRatio": 0.5') },
    },
    {
      name: 'the log of another run',
      with: 'observations-altered',
      files: { ...files, observations: downRun.files.observations },
    },
  ];
  for (const { name, files: changed, with: named } of CHANGED) {
    test(name, async () => {
      const { status, codes } = await judged(changed);
      expect(status).toBe('INVALID');
      expect(codes).toContain(named);
    });
  }
});

describe('an outage that somebody wants to hide', () => {
  const { observations, files } = downRun;
  const inOutage = isIn(15, 65);
  test.each<[string, SavedFiles]>([
    [
      'its pushes deleted',
      resealed(
        downRun,
        without(observations, (one) => isPush(one) && inOutage(one)),
      ),
    ],
    [
      'its pushes and canaries deleted',
      resealed(
        downRun,
        without(observations, (one) => (isPush(one) || one.type === 'probe') && inOutage(one)),
      ),
    ],
    [
      'its turns called good in the sum by second',
      resealed(
        downRun,
        edited(observations, 'series', (one) =>
          one.name === SERIES.turnsEnded && one.labels['outcome'] === 'bad'
            ? { ...one, labels: { ...one.labels, outcome: 'good' } }
            : one,
        ),
      ),
    ],
    [
      'its canaries called good',
      resealed(
        downRun,
        edited(observations, 'probe', (one) => ({ ...one, outcome: 'good', kind: null })),
      ),
    ],
    [
      'the budget raised after the run',
      { ...files, plan: files.plan.replace('"downtimeBudgetMs": 20000', '"downtimeBudgetMs": 80000') },
    ],
  ])('%s: no PASS', async (_, changed) => {
    expect(changed).not.toEqual(files);
    expect((await judged(changed)).status).not.toBe('PASS');
  });
});
