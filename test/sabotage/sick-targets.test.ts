import { expect, test } from 'vitest';
import { until } from '../support/rehearsals/cli-run.ts';
import { untilJudged } from '../support/rehearsals/until-judged.ts';
import { loadedStep } from '../support/stories/loaded-step.ts';
import type { Illness } from '../support/targets/sick-target.ts';
import { verifying } from '../support/verifying.ts';
import { type RunningAttack, refusal, rehearse, type Setting } from './attacked-run.ts';

// Targets that look well from one side. The instrument is left alone; these must FAIL.

const becomes =
  (illness: Illness, fromSec: number, toSec: number) =>
  async ({ target, t0 }: RunningAttack): Promise<void> => {
    await until(t0 + fromSec * 1_000);
    target.become(illness);
    await until(t0 + toSec * 1_000);
    target.become('well');
  };

const TWO_JOURNEYS = `
  order:
    share: 96%
    steps:
      - { post: /orders, json: { key: '{{orderKey}}' }, confirmed: { status: 201, has: order.id } }
  soup:
    share: 4%
    steps:
      - { post: /soups, json: { key: '{{orderKey}}' }, confirmed: { status: 201, has: order.id } }`;

const WITH_SOLD_OUT = `
  order:
    steps:
      - post: /orders
        json: { key: '{{orderKey}}', sku: '{{sku}}' }
        confirmed: { status: 201, has: order.id }
        soldOut: { status: 409, where: { code: SOLD_OUT }, item: item }`;

interface SickTargetCase {
  name: string;
  always?: true;
  setting: Setting;
  /** Most frequent kind of error in the incident. */
  kind: string;
  atLeastMs: number;
}

const CASES: readonly SickTargetCase[] = [
  {
    name: 'a target that answers only the canaries',
    always: true,
    setting: { illness: 'only-canaries', lengthSec: 8 },
    kind: '503',
    atLeastMs: 7_000,
  },
  {
    name: 'one journey of 4 % of the orders is down all the time, for shoppers only',
    setting: { illness: 'soups-down', journeys: TWO_JOURNEYS, ratePerSec: 50, lengthSec: 22 },
    kind: '5xx',
    atLeastMs: 20_000,
  },
  {
    name: 'a gateway answers 404 once it has lost what is behind it',
    setting: { during: becomes('nothing-behind', 4, 9) },
    kind: 'client-error',
    atLeastMs: 4_000,
  },
  {
    name: 'everybody is told to come again later for 25 s',
    setting: { during: becomes('busy', 5, 30), ratePerSec: 30, lengthSec: 40, patienceSec: 30 },
    kind: 'told-to-wait',
    atLeastMs: 15_000,
  },
  {
    name: '"sold out" while the café has 100,000 of it',
    setting: {
      illness: 'false-sold-out',
      journeys: WITH_SOLD_OUT,
      partners: '\n  beanhouse: { kind: cafe, stock: { tea: 100k } }',
    },
    kind: 'false-sold-out',
    atLeastMs: 10_000,
  },
];

for (const { name, setting, kind, atLeastMs } of CASES.filter((one) => verifying || one.always)) {
  test(`FAIL: ${name}`, async () => {
    const { report, exitCode, codes, printed } = await untilJudged(() => rehearse(setting));
    const step = loadedStep(report.steps[0]);
    console.log(`${report.verdict.status}: ${codes.join(', ')}, charged ${step.downtime.chargedMs} ms`);
    expect(report.verdict.status, printed).toBe('FAIL');
    expect(exitCode).toBe(1);
    expect(codes).toContain('downtime-over-budget');
    expect(step.downtime.chargedMs, printed).toBeGreaterThanOrEqual(atLeastMs);
    expect(step.incidents[0]?.kinds[0]?.kind, printed).toBe(kind);
  });
}

if (verifying) {
  test('a gateway with nothing behind it from the start gets no load: exit 4', async () => {
    const { exitCode, stderr } = await refusal({ illness: 'nothing-behind' });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('target-not-reachable');
  });
}
