import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { CliRun } from '../../support/rehearsals/cli-run.ts';
import { untilJudged } from '../../support/rehearsals/until-judged.ts';
import { loadedStep } from '../../support/stories/loaded-step.ts';

// What a target promised for each fault, and what its partners saw it do, with real k6.

const SHOP = fileURLToPath(new URL('../../support/targets/forgetful-shop.mjs', import.meta.url));

const planFor = (port: number, twice: 'yes' | 'no', faults: string): string => `
version: 1
name: promises
forecast: { curve: [{ at: 0s, rate: 40/s }, { at: 60s, rate: 40/s }] }
slo: { allowedDowntime: 30s, downtimeBudget: 15s, timeSlice: 1s, slowAfter: 500ms }
rehearsal: { replay: { from: 0s, length: 14s }, multiples: [1], warmUp: 1s, settle: 4s }
target:
  baseUrl: http://127.0.0.1:${port}
  start: { command: 'TWICE=${twice} "${process.execPath}" "${SHOP}"', ready: /, readyWithin: 5s }
client: { timeout: 2s, patience: 2s }
journeys:
  order:
    steps:
      - post: /orders
        json: { key: '{{orderKey}}' }
        confirmed: { status: 201, has: order.id }
        soldOut: { status: 409, where: { code: SOLD_OUT }, item: item }
        closed: { status: 409, where: { code: CLOSED } }
partners: { bean: { kind: cafe, stock: { tea: 100k } } }
faults:
${faults}
`;

const runs: CliRun[] = [];
afterEach(() => {
  for (const run of runs.splice(0)) run.remove();
});

const rehearse = (twice: 'yes' | 'no', faults: string) =>
  untilJudged(async () => {
    const run = new CliRun('run', planFor(await freePort(), twice, faults));
    runs.push(run);
    const result = await run.result;
    return { ...result, report: run.report() };
  });

test('promises kept and broken stand beside what was observed, and repeated faults fire each time', async () => {
  const { report, stdout, stderr } = await rehearse(
    'no',
    `  - { at: 2s, for: 2s, partner: bean, kind: error, status: 500, expect: degraded, recoverWithin: 1s, enforce: true }
  - { at: 8s, for: 1s, partner: bean, kind: closure, repeat: { every: 3s, for: 4s }, expect: polite-refusal, enforce: true }`,
  );
  const step = loadedStep(report.steps[0]);
  expect(step.faults, stdout + stderr).toMatchObject([
    { kind: 'error', fired: true, expected: 'degraded', observed: 'down', kept: false, enforced: true },
    {
      kind: 'closure',
      fired: true,
      occurrences: { planned: 2, fired: 2 },
      expected: 'polite-refusal',
      observed: 'polite-refusal',
      kept: true,
    },
  ]);
  expect(step.faults[0]?.timeToRecoverMs).toBeLessThanOrEqual(3_000);
  expect(report.verdict).toMatchObject({ status: 'FAIL', exitCode: 1 });
  expect(report.verdict.reasons.map(({ code }) => code)).toContain('promise-broken');
  expect(report.verdict.reasons.map(({ code }) => code)).not.toContain('downtime-over-budget');
  expect(step.orders.falseSoldOut).toBe(0);
  expect(stdout).toMatch(/bean error 500 +promised degraded within 1 s[\s\S]*BROKEN \(enforced\)/);
  expect(step.invariants).toContainEqual(
    expect.objectContaining({ invariant: 'order-twice', partner: 'bean', broken: 0 }),
  );
});

test('a shop that orders twice fails, however fast it is, with keys of such orders', async () => {
  const { report, stdout, stderr } = await rehearse('yes', '  []');
  const step = loadedStep(report.steps[0]);
  const twice = step.invariants.find(({ invariant }) => invariant === 'order-twice');
  expect(twice?.broken, stdout + stderr).toBeGreaterThan(300);
  expect(twice?.broken).toBeLessThanOrEqual(step.orders.started);
  expect(twice?.examples).toHaveLength(5);
  expect(step.downtime.chargedMs).toBe(0);
  expect(report.verdict).toMatchObject({ status: 'FAIL', exitCode: 1 });
  expect(report.verdict.reasons[0]?.code).toBe('invariant-broken');
});
