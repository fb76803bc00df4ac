import { describe, expect, it } from 'vitest';
import { drawStep } from '../../scripts/demand/draw.ts';
import { type GeneratorMachine, sizeVus } from '../../scripts/demand/vus.ts';
import type { LaunchPlan } from '../../scripts/plan/launch-plan.ts';
import { examplePlan, flat, HOUR_MS, journey } from './example-plan.ts';

const UNKNOWN: GeneratorMachine = { freeMemoryBytes: null, openFileLimit: null, localPorts: null };

const planOf = (perSec: number, journeys: LaunchPlan['journeys'] = [journey('checkout', 1)]) =>
  examplePlan({ forecast: flat(perSec * 3_600, HOUR_MS), journeys, rehearsal: { arrivals: 'even' } });

const size = (plan: LaunchPlan, machine: Partial<GeneratorMachine> = {}, mbPerVu = 0.4) =>
  sizeVus(plan, drawStep(plan, { multiple: 1, index: 0 }), { ...UNKNOWN, ...machine }, mbPerVu);

describe('VUs', () => {
  it.each([
    { perSec: 100, machine: {}, total: 3_750, cap: null, cappedBy: null, hangCoveredMs: null },
    // 70 % of 1 GB / 0.4 MB
    {
      perSec: 100,
      machine: { freeMemoryBytes: 1e9 },
      total: 1_750,
      cap: 1_750,
      cappedBy: 'memory',
      hangCoveredMs: 17_500,
    },
    {
      perSec: 100,
      machine: { openFileLimit: 1_024 },
      total: 819,
      cap: 819,
      cappedBy: 'open-files',
      hangCoveredMs: 8_190,
    },
    {
      perSec: 100,
      machine: { localPorts: 1_000 },
      total: 800,
      cap: 800,
      cappedBy: 'local-ports',
      hangCoveredMs: 8_000,
    },
    {
      perSec: 100,
      machine: { freeMemoryBytes: 1e9, openFileLimit: 1_024, localPorts: 1_000 },
      total: 800,
      cap: 800,
      cappedBy: 'local-ports',
      hangCoveredMs: 8_000,
    },
    {
      perSec: 100,
      machine: { openFileLimit: 20_000 },
      total: 3_750,
      cap: 16_000,
      cappedBy: null,
      hangCoveredMs: null,
    },
    // Capped, yet enough for a whole patience: 3,200 of 3,750 VUs hold 32 s of arrivals.
    {
      perSec: 100,
      machine: { localPorts: 4_000 },
      total: 3_200,
      cap: 3_200,
      cappedBy: 'local-ports',
      hangCoveredMs: null,
    },
    { perSec: 0.001, machine: {}, total: 1, cap: null, cappedBy: null, hangCoveredMs: null },
  ])('at $perSec orders/s with $machine are $total', ({ perSec, machine, ...expected }) => {
    expect(size(planOf(perSec), machine)).toMatchObject(expected);
  });

  it('are shared by journey, and each gets its part of a cap', () => {
    const journeys = [journey('checkout', 0.8), journey('chat', 0.2)];
    expect(size(planOf(100, journeys)).byJourney).toEqual({ checkout: 3_000, chat: 750 });
    const capped = size(planOf(100, journeys), { localPorts: 1_250 });
    expect(capped).toMatchObject({
      byJourney: { checkout: 800, chat: 200 },
      total: 1_000,
      wanted: 3_750,
      coversNormalSecond: true,
      hangCoveredMs: 10_000,
    });
  });

  it('are at least 1 for each journey, however low the cap, and say that a second is not covered', () => {
    const capped = size(planOf(100, [journey('checkout', 0.999), journey('chat', 0.001)]), {
      openFileLimit: 5,
    });
    expect(capped.byJourney).toEqual({ checkout: 3, chat: 1 });
    expect(capped.coversNormalSecond).toBe(false);
    expect(capped.hangCoveredMs).toBe(30);
  });

  it('are enough for the busiest drawn second even with hardly any patience', () => {
    const plan = examplePlan({ client: { patienceMs: 10 } });
    const step = drawStep(plan, { multiple: 1, index: 0 });
    const busiest = Math.max(...(step.schedules[0]?.arrivalsPerSec ?? []));
    const { total, coversNormalSecond } = sizeVus(plan, step, UNKNOWN, 1);
    expect(busiest).toBeGreaterThan(10);
    expect([total, coversNormalSecond]).toEqual([busiest, true]);
  });

  it('are for those too who think, and a hang finds these at work', () => {
    const thinkTime = { shape: 'uniform', minMs: 2_000, maxMs: 8_000 } as const;
    const plan = (requests: number) => ({
      ...planOf(100, [journey('chat', 1, requests)]),
      client: { ...examplePlan().client, thinkTime },
    });
    // Little: 100/s x (30 s patience + 2 x 5 s thinking) x 1.25
    expect(size(plan(3))).toMatchObject({ total: 5_000, wanted: 5_000, hangCoveredMs: null });
    // 3,000 VUs are 30 s of arrivals, of which 10 s were thinking already
    expect(size(plan(3), { openFileLimit: 3_750 })).toMatchObject({ total: 3_000, hangCoveredMs: 20_000 });
    // 1,100 = 1,000 that think + a second of arrivals
    expect(size(plan(3), { openFileLimit: 1_375 }).coversNormalSecond).toBe(true);
    expect(size(plan(3), { openFileLimit: 1_370 }).coversNormalSecond).toBe(false);
    expect(size(plan(3), { openFileLimit: 1_000 }).hangCoveredMs).toBe(0);
    expect(size(plan(1)).total).toBe(3_750);
  });

  it('for a journey without orders are 1 and outlast any hang', () => {
    const sized = size(planOf(100, [journey('checkout', 1), journey('chat', 0)]));
    expect(sized.byJourney).toEqual({ checkout: 3_750, chat: 1 });
    expect(sized.hangCoveredMs).toBeNull();
  });
});
