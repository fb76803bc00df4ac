import { expect, test } from 'vitest';
import type { RunReport, StepReport } from '../../scripts/contract/run-report.ts';
import type { StepTimeline } from '../../scripts/observe/timeline.ts';
import { loadedStep } from '../support/stories/loaded-step.ts';
import { slicesOf } from '../support/stories/slice-rows.ts';
import {
  durationsOf,
  emptyTimeline,
  epochSec,
  reportOf,
  Story,
  storyPlan,
  T0,
  type ToldStep,
  withCafe,
  withFault,
} from '../support/stories/story.ts';
import { PAY } from '../support/stories/told-runs.ts';

const stepOf = (report: RunReport): StepReport => {
  const step = report.steps[0];
  if (!step) throw new Error('the story has no step');
  return step;
};
const codes = (report: RunReport): string[] => report.verdict.reasons.map((reason) => reason.code);
const codesOf = (story: Story): string[] => codes(story.report());
const cut = (second: number) => (step: ToldStep) => ({
  turns: step.turns.filter((turn) => turn.endedBy <= T0 + second * 1_000),
});

test('passes a launch that stays up, and says what that is worth', () => {
  const report = new Story().report();
  expect(report.verdict).toMatchObject({
    status: 'PASS',
    exitCode: 0,
    holdsAt: 3,
    failsAt: null,
    reasons: [],
  });
  const step = stepOf(report);
  expect(step.downtime).toEqual({ chargedMs: 0, possibleMs: 0, strictMs: 0, requestWeightedMs: 0 });
  expect(step.generator).toMatchObject({ healthy: true, planned: 10_000, started: 10_000, dropped: 0 });
  expect(step.slices).toMatchObject({ measured: 90, down: 0, unknown: 0 });
  expect(step.prober).toMatchObject({ failed: 0, witnessedRatio: 1, agreementRatio: 1 });
  // 3 outages of 60 s in 90 s can't be ruled out: nothing is said about 9 h
  expect(step.worth).toMatchObject({ boundMs: 32_400_000, outageMs: 60_000 });
});

test('charges four seconds of outage in one incident with its edges', () => {
  const step = stepOf(new Story().outage(20, 24).report());
  expect(step.downtime).toEqual({
    chargedMs: 4_000,
    possibleMs: 4_000,
    strictMs: 4_000,
    requestWeightedMs: 4_000,
  });
  expect(step.incidents).toHaveLength(1);
  expect(step.incidents[0]).toMatchObject({
    startedAt: Date.parse('2026-11-22T12:02:20.000Z'),
    endedAt: Date.parse('2026-11-22T12:02:24.000Z'),
    chargedMs: 4_000,
    journeys: ['checkout'],
    peakErrorRatio: 1,
    kinds: [{ kind: 'timeout', count: 400, share: 1 }],
    multiple: 3,
    timeToDetectMs: null,
  });
  expect(step.incidents[0]?.exchanges).toHaveLength(5);
});

test('fails over the budget and says whom the orders waited for', () => {
  const report = new Story(withFault(storyPlan(), PAY))
    .faultFired('pay-latency-1', 10, 40)
    .outage(10, 45)
    .report();
  expect(report.verdict).toMatchObject({ status: 'FAIL', exitCode: 1, holdsAt: null, failsAt: 3 });
  expect(report.verdict.reasons[0]).toMatchObject({
    code: 'downtime-over-budget',
    next: 'the orders waited for pay; give that call a timeout and rerun',
  });
  expect(stepOf(report).incidents[0]).toMatchObject({
    faults: ['pay-latency-1'],
    timeToDetectMs: 1_000,
    timeToRecoverMs: 5_000,
  });
});

test('prints the sum behind a budget pro rata', () => {
  const plan = storyPlan((one) => ({ ...one, slo: { ...one.slo, downtimeBudgetMs: null } }));
  const report = new Story(plan).outage(20, 24).report();
  expect(stepOf(report).budgetMs).toBeCloseTo(833.3, 1);
  expect(report.verdict.reasons[0]?.message).toBe(
    '4 s down in 1 m 30 s; 5 m in 9 h leave 833 ms for these 1 m 30 s; declare `downtimeBudget` if this step may spend more',
  );
});

test('counts slow answers as downtime and never as latency 0', () => {
  const step = stepOf(
    new Story().turns(20, 25, { outcome: 'bad', kind: 'slow', endsAfterMs: 5_000 }).report(),
  );
  expect(step.downtime?.chargedMs).toBe(5_000);
});

test('a turn that never ends within its patience is bad, and its slices DOWN', () => {
  const step = stepOf(
    new Story().turns(20, 24, { outcome: 'bad', endsAfterMs: null }).probesFail(20, 24).report(),
  );
  expect(step.orders?.kinds).toEqual([{ kind: 'never-ended', count: 400 }]);
  expect(step.downtime?.chargedMs).toBe(4_000);
});

test('a lone DOWN slice is charged without an incident', () => {
  const step = stepOf(new Story().turns(20, 21, { outcome: 'bad', kind: '5xx' }).report());
  expect(step.incidents).toEqual([]);
  expect(step.downtime?.chargedMs).toBe(1_000);
});

test('merges incidents closer than 30 s and does not charge the gap', () => {
  const step = stepOf(new Story().outage(10, 13).outage(30, 33).report());
  expect(step.incidents).toHaveLength(1);
  expect(step.incidents[0]).toMatchObject({
    chargedMs: 6_000,
    startedAt: Date.parse('2026-11-22T12:02:10.000Z'),
  });
  expect(step.downtime?.chargedMs).toBe(6_000);
});

test('an incident that three failed canaries opened is open until three slices are calm', () => {
  const broken = { outcome: 'bad', kind: '5xx' } as const;
  const story = new Story().turns(40, 41, broken).turns(43, 44, broken).probesFail(40, 41, '5xx');
  expect(story.report().steps[0]?.incidents).toMatchObject([{ chargedMs: 2_000 }]);
});

test('who was told to wait from the very start has been waiting since then', () => {
  const story = new Story().turns(-10, 25, { outcome: 'by-retry-after', first: 'bad' }).step((step) => {
    const turns = step.turns.map((turn) =>
      turn.outcome === 'by-retry-after' ? { ...turn, endedBy: T0 + 26_000 } : turn,
    );
    return { turns, durations: durationsOf(turns) };
  });
  const down = slicesOf(loadedStep(story.report().steps[0])).filter(({ state }) => state === 'DOWN');
  expect(down.at(-1)?.fromAt).toBe(T0 + 24_000);
});

test('a journey that is down alone is named and charged', () => {
  const story = new Story(storyPlan(), { ratePerSec: 1_000, shares: { checkout: 0.96, chat: 0.04 } });
  const step = stepOf(story.turns(20, 23, { outcome: 'bad', kind: '5xx' }, 1, 'chat').report());
  expect(step.downtime?.chargedMs).toBe(3_000);
  expect(step.incidents[0]?.journeys).toEqual(['chat']);
});

test.each([
  { name: 'a true sold-out is available', item: 'tea', bad: 0, soldOut: 300 },
  { name: 'a false sold-out is bad', item: 'receipt-paper', bad: 300, soldOut: 0 },
])('$name', ({ item, bad, soldOut }) => {
  const story = new Story(withCafe(storyPlan())).turns(20, 23, { outcome: 'sold-out', item }).run(() => ({
    stockOuts: [{ partner: 'beanhouse', item: 'tea', fromAt: T0 + 15_000, toAt: T0 + 40_000 }],
  }));
  const { orders, downtime } = stepOf(story.report());
  expect(orders).toMatchObject({ bad, soldOut, falseSoldOut: bad });
  expect(orders?.fulfilmentRatio).toBeCloseTo(bad > 0 ? 1 : 9_700 / 10_000);
  expect(downtime?.chargedMs).toBe(bad > 0 ? 3_000 : 0);
});

test('a stock-out that ended just before the turn still excuses it', () => {
  const story = (endedMs: number) =>
    new Story(withCafe(storyPlan()))
      .turns(20, 21, { outcome: 'sold-out', item: 'tea' })
      .run(() => ({ stockOuts: [{ partner: 'beanhouse', item: 'tea', fromAt: T0, toAt: T0 + endedMs }] }));
  expect(stepOf(story(19_200).report()).orders?.falseSoldOut).toBe(0);
  expect(stepOf(story(18_900).report()).orders?.falseSoldOut).toBe(100);
});

test('a script that never fits the target makes the run INVALID, not the target bad', () => {
  const report = new Story().turns(-10, 90, { outcome: 'bad', kind: 'client-error' }).report();
  expect(report.verdict.status).toBe('INVALID');
  expect(codes(report)).toContain('harness-faults');
  expect(codes(report)).not.toContain('own-code-threw');
  expect(stepOf(report).orders).toMatchObject({ bad: 0, harness: 10_000 });
});

test('own code that throws before any answer has fitted is told by its own reason, with what it threw', () => {
  const failed = { at: T0, startedAt: T0, endedAt: T0, journey: 'checkout', item: null, cafe: null };
  const report = new Story()
    .turns(-10, 90, { outcome: 'bad', kind: 'script-error' })
    .step(() => ({
      failedTurns: [{ ...failed, kind: 'script-error', name: 'own code', detail: 'TypeError: no id' }],
    }))
    .report();
  expect(report.verdict.status).toBe('INVALID');
  expect(codes(report)).toContain('own-code-threw');
  expect(codes(report)).not.toContain('harness-faults');
  const reason = stepOf(report).reasons.find(({ code }) => code === 'own-code-threw');
  expect(reason?.message).toMatch(/^in 10000 of 10000 turns own code threw an error.*: TypeError: no id$/);
});

test('code that throws and paths that do not fit are both told, together over the limit', () => {
  const report = new Story()
    .turns(-10, -9.95, { outcome: 'bad', kind: 'script-error' })
    .turns(-9, -8.9, { outcome: 'bad', kind: 'client-error' })
    .report();
  expect(codes(report)).toEqual(expect.arrayContaining(['harness-faults', 'own-code-threw']));
});

test('a client error of a step that has proven itself is the target’s', () => {
  const { orders } = stepOf(new Story().turns(20, 23, { outcome: 'bad', kind: 'client-error' }).report());
  expect(orders).toMatchObject({ bad: 300, harness: 0 });
});

test('a fault that met no request keeps the step from passing', () => {
  const plan = withFault(storyPlan(), PAY);
  expect(codesOf(new Story(plan))).toEqual(['fault-did-not-fire']);
  expect(codesOf(new Story(plan).faultFired('pay-latency-1', 10, 40, 0))).toEqual(['fault-did-not-fire']);
  expect(codesOf(new Story(plan).faultFired('pay-latency-1', 10, 40))).toEqual([]);
});

test('a slice down in the warm-up is not charged and keeps the step from passing', () => {
  const report = new Story().outage(-6, -3).report();
  expect(stepOf(report).downtime?.chargedMs).toBe(0);
  expect(codes(report)).toEqual(['down-in-warm-up']);
  expect(stepOf(report).incidents[0]?.chargedMs).toBe(0);
});

test('an outage that outlives its fault to the end keeps the step from passing', () => {
  const plan = withFault(
    storyPlan((one) => ({ ...one, slo: { ...one.slo, downtimeBudgetMs: 80_000 } })),
    PAY,
  );
  const report = new Story(plan).faultFired('pay-latency-1', 10, 40).outage(40, 90).report();
  expect(report.verdict.status).toBe('INCONCLUSIVE');
  // It had served as many before.
  expect(codes(report)).toContain('metastable');
  const never = new Story(plan).outage(-10, 90).report();
  expect(codes(never)).toContain('down-at-the-end');
});

test('a minute without a confirmed order says so, unless something was out of stock', () => {
  const plan = storyPlan((one) => ({ ...one, slo: { ...one.slo, downtimeBudgetMs: 80_000 } }));
  const story = () => new Story(plan).outage(0, 60);
  expect(codesOf(story())).toContain('nothing-sold');
  const out = { partner: 'beanhouse', item: 'tea', fromAt: T0 + 5_000, toAt: T0 + 6_000 };
  expect(codesOf(story().run(() => ({ stockOuts: [out] })))).not.toContain('nothing-sold');
});

test.each([
  { out: ['tea'], item: 'tea', sold: true },
  { out: ['tea'], item: undefined, sold: false },
  { out: ['tea', 'latte'], item: undefined, sold: true },
])('"sold out" of $item to everybody, while $out lack, excuses that nothing is sold: $sold', (one) => {
  const story = new Story(withCafe(storyPlan()))
    .turns(0, 60, { outcome: 'sold-out', ...(one.item === undefined ? {} : { item: one.item }) })
    .run(() => ({
      stockOuts: one.out.map((item) => ({ partner: 'beanhouse', item, fromAt: T0 - 20_000, toAt: null })),
    }));
  expect(codesOf(story).includes('nothing-sold')).toBe(!one.sold);
});

test('starts that fall short of the plan make the load evidence unhealthy', () => {
  const report = new Story()
    .step((step) => ({
      started: new Map([
        ['checkout', new Map([...(step.started.get('checkout') ?? [])].map(([s]) => [s, 90]))],
      ]),
      turns: step.turns.map((turn) => ({ ...turn, count: 90 })),
      durations: durationsOf(step.turns.map((turn) => ({ ...turn, count: 90 }))),
    }))
    .report();
  expect(report.verdict.status).toBe('INVALID');
  expect(codes(report).slice(0, 2)).toEqual(['generator-unhealthy', 'generator-unhealthy-at-peak']);
});

test.each([
  {
    name: 'CPU over 80 %',
    edit: () => ({
      cpu: readings(20, 30, { instance: 'step0-0', cpuRatio: 0.93, waitedRatio: null, rssBytes: null }),
    }),
    word: 'cpu',
  },
  { name: 'a silence of the pushes', edit: silence, word: 'push-gap' },
  {
    name: 'a lost push',
    edit: () => ({
      k6Log: [
        { at: T0 + 50_000, level: 'error', message: 'Failed to send the time series data to the endpoint' },
      ],
    }),
    word: 'push-lost',
  },
  {
    name: 'arrivals dropped by the generator',
    edit: () => ({ dropped: [{ journey: 'checkout', fromAt: T0 + 20_000, toAt: T0 + 21_000, count: 3 }] }),
    word: 'dropped',
  },
])('$name is unhealthy and never the target’s fault', ({ edit, word }) => {
  const step = stepOf(new Story().step(edit).report());
  expect(slicesOf(step).flatMap((slice) => slice.unhealthy)).toContain(word);
  expect(step.slices?.down).toBe(0);
});

function readings<T>(from: number, to: number, value: T): (T & { at: number })[] {
  return Array.from({ length: to - from }, (_, index) => ({ at: T0 + (from + index) * 1_000, ...value }));
}

function silence(step: StepTimeline) {
  return { pushes: step.pushes.filter(({ at }) => at < T0 + 20_000 || at > T0 + 24_000) };
}

test('arrivals dropped while the target holds the VUs are turned away: bad, and the generator is well', () => {
  const story = new Story()
    .turns(20, 40, { outcome: 'bad', kind: 'timeout', endsAfterMs: 10_000 })
    .step((step) => ({
      started: new Map([
        [
          'checkout',
          new Map([...(step.started.get('checkout') ?? [])].map(([s, n]) => [s, s === epochSec(30) ? 0 : n])),
        ],
      ]),
      turns: step.turns.filter((turn) => turn.second !== epochSec(30)),
      durations: durationsOf(step.turns.filter((turn) => turn.second !== epochSec(30))),
      vusSamples: [{ at: T0 + 30_000, busy: 600, allocated: 600 }],
      dropped: [{ journey: 'checkout', fromAt: T0 + 30_000, toAt: T0 + 31_000, count: 100 }],
    }));
  const step = stepOf(story.report());
  expect(step.orders).toMatchObject({ turnedAway: 100, bad: 2_000 });
  expect(slicesOf(step).every((slice) => slice.healthy)).toBe(true);
});

test('an interrupted run keeps what was charged and is INCONCLUSIVE', () => {
  const report = new Story()
    .outage(20, 24)
    .step((step) => ({
      ...cut(40)(step),
      durations: durationsOf(step.turns.filter((turn) => turn.endedBy <= T0 + 40_000)),
      endedAt: T0 + 42_000,
      how: 'interrupted',
    }))
    .run(() => ({ how: 'interrupted' }))
    .probesMissing(42, 90)
    .report();
  expect(report.verdict).toMatchObject({ status: 'INCONCLUSIVE', exitCode: 3 });
  expect(codes(report)[0]).toBe('interrupted');
  expect(stepOf(report).downtime?.chargedMs).toBe(4_000);
});

test('a target that ended leaves the rest of the step without evidence', () => {
  const death = {
    type: 'child-died' as const,
    at: T0 + 40_000,
    who: 'target' as const,
    code: 1,
    signal: null,
  };
  const report = new Story()
    .outage(40, 42, 'refused')
    .probesMissing(42, 90)
    .step((step) => ({ ...cut(42)(step), endedAt: T0 + 42_000, how: 'interrupted' }))
    .step((step) => ({ durations: durationsOf(step.turns) }))
    .run(() => ({ how: 'target-died', deaths: [{ ...death, lastLines: ['out of memory'] }] }))
    .report();
  expect(report.verdict.status).toBe('INCONCLUSIVE');
  expect(report.verdict.reasons[0]).toMatchObject({ code: 'target-died' });
  expect(stepOf(report).downtime?.possibleMs).toBeGreaterThan(40_000);
});

test.each([
  { who: 'k6' as const, status: 'INVALID', code: 'k6-died' },
  { who: 'mocks' as const, status: 'INVALID', code: 'mocks-died' },
  { who: 'prober' as const, status: 'INCONCLUSIVE', code: 'prober-dead' },
])('$who dead makes the run $status', ({ who, status, code }) => {
  const death = {
    type: 'child-died' as const,
    at: T0 + 30_000,
    who,
    code: null,
    signal: 'SIGKILL',
    lastLines: [],
  };
  const report = new Story().run(() => ({ deaths: [death] })).report();
  expect(report.verdict.status).toBe(status);
  expect(codes(report)).toContain(code);
});

test.each([
  [104, /refuses the options/],
  [108, /ended the test itself/],
  [1, /ran out of memory/],
])('k6 that ends with %s says what to do', (code, next) => {
  const death = {
    type: 'child-died' as const,
    at: T0 + 30_000,
    who: 'k6' as const,
    code,
    signal: null,
    lastLines: [],
  };
  const report = new Story().run(() => ({ deaths: [death] })).report();
  expect(report.verdict.reasons[0]).toMatchObject({ code: 'k6-died', next: expect.stringMatching(next) });
});

test('sums that disagree make the run INVALID', () => {
  const report = new Story().step((step) => ({ durations: step.durations.slice(1) })).report();
  expect(report.verdict.status).toBe('INVALID');
  expect(codes(report)).toContain('totals-differ');
});

test('a blind prober keeps the step from passing', () => {
  expect(codesOf(new Story().probesMissing(10, 30))).toEqual(['too-little-witnessed']);
});

test('canaries that fail while orders are served charge their slices', () => {
  expect(stepOf(new Story().probesFail(20, 22).report()).downtime?.chargedMs).toBe(2_000);
  expect(stepOf(new Story().probesFail(20, 21).report()).downtime?.chargedMs).toBe(1_000);
});

test('a short step can’t pass', () => {
  const plan = storyPlan((one) => ({
    ...one,
    rehearsal: { ...one.rehearsal, replay: { kind: 'around-peak', lengthMs: 20_000 } },
  }));
  expect(codesOf(new Story(plan))).toEqual(['too-short']);
});

test('a time in which everybody is told to retry later is DOWN though all are served in the end', () => {
  const story = new Story().turns(20, 30, { outcome: 'by-retry-after', endsAfterMs: 20_000, first: 'bad' });
  const held = story.step((step) => ({
    // nobody is served from 20 s to 40 s
    turns: step.turns
      .map((turn) => (turn.outcome === 'by-retry-after' ? { ...turn, endedBy: T0 + 42_000 } : turn))
      .map((turn) =>
        turn.outcome === 'good' && turn.endedBy > T0 + 20_000 && turn.endedBy < T0 + 42_000
          ? { ...turn, endedBy: T0 + 42_000 }
          : turn,
      ),
  }));
  const step = stepOf(held.report());
  expect(step.downtime?.chargedMs).toBe(10_000);
  expect(step.incidents[0]?.kinds).toEqual([{ kind: 'told-to-wait', count: 1_000, share: 1 }]);
});

test('judges each turn by its first try in the strict figure', () => {
  const step = stepOf(new Story().turns(20, 23, { outcome: 'good', first: 'bad' }).report());
  expect(step.downtime).toMatchObject({ chargedMs: 0, strictMs: 3_000 });
});

test('an empty timeline is never a pass', () => {
  const report = reportOf(storyPlan(), emptyTimeline);
  expect(report.verdict).toMatchObject({ status: 'INCONCLUSIVE', exitCode: 3, holdsAt: null });
  expect(stepOf(report)).toMatchObject({ downtime: null, orders: null, slices: null, startedAt: null });
});

test('a step whose load started and showed nothing is never a pass', () => {
  const report = new Story()
    .step(() => ({ turns: [], started: new Map(), pushes: [], durations: [] }))
    .run(() => ({ probes: [] }))
    .report();
  expect(report.verdict.status).toBe('INVALID');
  expect(codes(report)[0]).toBe('observations-missing');
});

test('steps that did not run are INCONCLUSIVE, and say why', () => {
  const plan = storyPlan((one) => ({
    ...one,
    rehearsal: { ...one.rehearsal, multiples: [3, 4], mustHold: 4 },
  }));
  const report = new Story(plan).run(() => ({ how: 'not-recovered' })).report();
  expect(report.steps.map((step) => step.status)).toEqual(['PASS', 'INCONCLUSIVE']);
  expect(report.verdict).toMatchObject({ status: 'INCONCLUSIVE', holdsAt: 3, decidedBy: 1 });
  expect(codes(report)).toEqual(['not-recovered']);
});

test('steps above mustHold only inform', () => {
  const plan = storyPlan((one) => ({
    ...one,
    rehearsal: { ...one.rehearsal, multiples: [3, 4], mustHold: 3 },
  }));
  expect(new Story(plan).report().verdict).toMatchObject({ status: 'PASS', exitCode: 0, holdsAt: 3 });
});

test('the prober refines the edges of an incident inside long slices, but not the charge', () => {
  const plan = storyPlan((one) => ({ ...one, slo: { ...one.slo, timeSliceMs: 10_000 } }));
  const step = stepOf(new Story(plan, { ratePerSec: 10 }).outage(23, 37).report());
  expect(step.downtime).toMatchObject({ chargedMs: 20_000, requestWeightedMs: 14_000 });
  expect(step.incidents).toHaveLength(1);
  expect(step.incidents[0]).toMatchObject({
    startedAt: Date.parse('2026-11-22T12:02:23.000Z'),
    endedAt: Date.parse('2026-11-22T12:02:37.000Z'),
    chargedMs: 20_000,
  });
});

test('a canary that is served while others fail does not end an incident of part of the orders', () => {
  const story = new Story()
    .turns(20, 24, { outcome: 'bad', kind: '5xx' }, 0.6)
    .probesFail(20.4, 23.2)
    .probesFail(23.6, 24);
  expect(stepOf(story.report()).incidents[0]).toMatchObject({
    startedAt: Date.parse('2026-11-22T12:02:20.400Z'),
    endedAt: Date.parse('2026-11-22T12:02:24.000Z'),
  });
});

test('slices of a load that starts between two seconds stay healthy and whole', () => {
  const fromT0 = (ms: number) => (step: StepTimeline) => ({
    startedAt: (step.startedAt ?? 0) - ms,
    firstStartAt: { checkout: step.firstStartAt['checkout'] ?? 0 },
  });
  const { slices, generator } = stepOf(new Story().step(fromT0(400)).report());
  expect(slices).toMatchObject({ measured: 90, down: 0, unknown: 0 });
  expect(generator?.unhealthySlices).toBe(0);
});
