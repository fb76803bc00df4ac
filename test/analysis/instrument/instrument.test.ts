import { describe, expect, test } from 'vitest';
import type { RunReport } from '../../../scripts/contract/run-report.ts';
import { loadedStep } from '../../support/stories/loaded-step.ts';
import { slicesOf } from '../../support/stories/slice-rows.ts';
import {
  durationsOf,
  epochSec,
  Story,
  storyPlan,
  T0,
  withCafe,
  withFault,
} from '../../support/stories/story.ts';
import { PAY } from '../../support/stories/told-runs.ts';

// Stories in which the measuring side is at fault: none may blame the target or let it pass.

const stepOf = (report: RunReport) => loadedStep(report.steps[0]);
const unhealthy = (report: RunReport) => slicesOf(stepOf(report)).filter(({ healthy }) => !healthy);
const codes = (report: RunReport) => report.verdict.reasons.map(({ code }) => code);

/** One reading of the mocks a second, but for the seconds given. */
const mockHealthWithout = (from: number, to: number) =>
  Array.from({ length: 100 }, (_, index) => index - 10)
    .filter((second) => second < from || second >= to)
    .map((second) => ({
      at: T0 + second * 1_000 + 300,
      loopDelayP99Ms: second === to ? (to - from) * 1_000 : 1,
      requests: 100,
    }));

describe('mock partners that stand still', () => {
  test.each([
    [20, 24],
    [20, 40],
  ])('from %i s to %i s charge the target nothing', (from, to) => {
    const story = new Story()
      .outage(from, to)
      .probesFail(from, to)
      .run(() => ({ mockHealth: mockHealthWithout(from, to) }));
    const report = story.report();
    expect(stepOf(report).downtime.chargedMs).toBe(0);
    expect(unhealthy(report).length).toBeGreaterThanOrEqual(to - from);
    expect(report.verdict.status).toBe('INVALID');
  });
});

test('orders all bad in a warm-up shorter than a slice keep the step from passing', () => {
  const plan = storyPlan((one) => ({
    ...one,
    slo: { ...one.slo, timeSliceMs: 60_000, downtimeBudgetMs: 120_000 },
    rehearsal: { ...one.rehearsal, replay: { kind: 'from', fromMs: 0, lengthMs: 600_000 } },
  }));
  expect(codes(new Story(plan).outage(-10, 0).report())).toContain('down-in-warm-up');
});

test('three failed canaries 10 s apart mark only the slices that they were scheduled in', () => {
  const plan = storyPlan((one) => ({ ...one, probe: { everyMs: 10_000 } }));
  const failed = [25_000, 35_000, 45_000].map((offsetMs) => T0 + offsetMs);
  const report = new Story(plan)
    .run(({ probes }) => ({
      probes: probes
        .filter(({ scheduledAt }) => Math.abs(scheduledAt - T0) % 10_000 === 5_000)
        .map((probe) =>
          failed.includes(probe.scheduledAt)
            ? { ...probe, outcome: 'bad' as const, kind: 'timeout' as const }
            : probe,
        ),
    }))
    .report();
  expect(stepOf(report).downtime.chargedMs).toBeLessThanOrEqual(3_000);
  expect(report.verdict.status).not.toBe('FAIL');
});

test('a few starts lost for good make one slice unhealthy, not all that follow at a lower rate', () => {
  const slow = (second: number, count: number) => (second >= epochSec(60) ? 20 : count);
  const lost = (second: number, count: number) => (second === epochSec(5) ? 92 : slow(second, count));
  const report = new Story()
    .step((step) => ({
      schedules: step.schedules.map((one) => ({
        ...one,
        arrivalsPerSec: one.arrivalsPerSec.map((count, index) => (index >= 70 ? 20 : count)),
      })),
      started: new Map(
        [...step.started].map(([journey, counts]) => [
          journey,
          new Map([...counts].map(([second, count]) => [second, lost(second, count)])),
        ]),
      ),
      turns: step.turns.map((turn) => ({ ...turn, count: lost(turn.second, turn.count) })),
    }))
    .step((step) => ({ durations: durationsOf(step.turns) }))
    .report();
  expect(unhealthy(report)).toHaveLength(1);
  expect(codes(report)).toEqual(['too-little-evidence']);
});

test('a journey whose canaries never ran is not witnessed by those of another', () => {
  const report = new Story(storyPlan(), { shares: { checkout: 0.5, other: 0.5 } }).report();
  expect(codes(report)).toContain('too-little-witnessed');
  expect(report.verdict.status).toBe('INCONCLUSIVE');
});

test('one bad second left over after the last whole minute is not a minute without a sale', () => {
  const plan = storyPlan((one) => ({
    ...one,
    rehearsal: { ...one.rehearsal, replay: { kind: 'from', fromMs: 0, lengthMs: 60_000 }, settleMs: 1_000 },
  }));
  const report = new Story(plan).turns(60, 61, { outcome: 'bad', kind: '5xx' }).report();
  expect(stepOf(report).downtime.chargedMs).toBe(1_000);
  expect(codes(report)).not.toContain('nothing-sold');
});

test('the advice does not blame a fault that came after the outage had begun', () => {
  const plan = withFault(
    storyPlan((one) => ({ ...one, slo: { ...one.slo, downtimeBudgetMs: 5_000 } })),
    { ...PAY, at: 30_000, for: 10_000 },
  );
  const report = new Story(plan).outage(10, 35).faultFired('pay-latency-1', 30, 40).report();
  expect(report.verdict.status).toBe('FAIL');
  expect(report.verdict.reasons[0]?.next).not.toContain('pay');
});

describe('a latency of a partner that was in force during an outage', () => {
  const plan = withFault(
    storyPlan((one) => ({ ...one, slo: { ...one.slo, downtimeBudgetMs: 5_000 } })),
    PAY,
  );

  test('is not blamed if no request met it', () => {
    const report = new Story(plan).outage(10, 35).faultFired('pay-latency-1', 10, 40, 0).report();
    expect(stepOf(report).incidents[0]).toMatchObject({
      faults: [],
      timeToDetectMs: null,
      timeToRecoverMs: null,
    });
    expect(stepOf(report).faults[0]).toMatchObject({ fired: false, timeToRecoverMs: null });
    expect(report.verdict.reasons[0]?.next).not.toContain('pay');
  });

  test('is not blamed for a false "sold out"', () => {
    const report = new Story(withCafe(plan))
      .turns(10, 35, { outcome: 'sold-out', item: 'tea' })
      .faultFired('pay-latency-1', 10, 40)
      .report();
    expect(stepOf(report).incidents[0]?.kinds[0]?.kind).toBe('false-sold-out');
    expect(report.verdict.reasons[0]?.next).toContain('stock count');
  });
});

test('after a target that ended the advice is to find out why, not whether', () => {
  const death = {
    type: 'child-died' as const,
    at: T0 + 10_000,
    who: 'target' as const,
    code: 3,
    signal: null,
    lastLines: [],
  };
  const report = new Story()
    .outage(10, 50, 'refused')
    .run(() => ({ deaths: [death] }))
    .report();
  expect(report.verdict.reasons[0]).toMatchObject({ code: 'downtime-over-budget' });
  expect(report.verdict.reasons[0]?.next).toContain('target.log');
});

test('a queue that everybody leaves with an order is no downtime, however long nobody was served', () => {
  const report = new Story()
    .turns(20, 40, { outcome: 'by-ticket', endsAfterMs: 8_000, first: 'bad' })
    .report();
  expect(stepOf(report).downtime).toMatchObject({ chargedMs: 0, strictMs: 20_000 });
});
