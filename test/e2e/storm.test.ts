import { afterEach, describe, expect, test } from 'vitest';
import { CliRun } from '../support/cli-run.ts';
import { freePort } from '../support/free-port.ts';
import { type LoadedStep, loadedStep } from '../support/loaded-step.ts';
import { targetFile } from '../support/started-target.ts';
import { untilJudged } from '../support/until-judged.ts';
import { verifying } from '../support/verifying.ts';

// A target of 100 orders/s at 40 orders/s, until its payment partner is slow for a while. What its clients do then
// decides whether it comes back.

const BLIND = `
client:
  timeout: 1s
  patience: 8s
  retries: { max: 4, backoff: { base: 0s, jitter: none } }`;
const PATIENT = `
client:
  timeout: 6s
  patience: 12s
  retries: { max: 4, backoff: { base: 1s, factor: 2, jitter: full } }`;

interface Lengths {
  faultSec: number;
  settleSec: number;
}
const SHORT: Lengths = { faultSec: 3, settleSec: 8 };
const LONG: Lengths = { faultSec: 20, settleSec: 30 };

type Storm = Lengths & { client: string };

const planFor = (port: number, { client, faultSec, settleSec }: Storm): string => `
version: 1
name: storm
forecast: { curve: [{ at: 0s, rate: 40/s }, { at: 90s, rate: 40/s }] }
slo: { allowedDowntime: 60s, downtimeBudget: 1s, timeSlice: 1s, slowAfter: 2s }
rehearsal: { replay: { from: 0s, length: ${3 + faultSec}s }, multiples: [1], arrivals: even, warmUp: 1s, settle: ${settleSec}s }
target:
  baseUrl: http://127.0.0.1:${port}
  start: { command: 'WORKERS=10 SERVICE_MS=100 QUEUE=400 "${process.execPath}" "${targetFile('limited-target')}"' }
${client}
journeys:
  order:
    steps:
      - { post: /orders, json: { key: '{{orderKey}}' }, confirmed: { status: 201, has: order.id } }
partners: { pay: { kind: payment } }
faults:
  - { at: 2s, for: ${faultSec}s, partner: pay, kind: latency, add: 3s }
`;

const runs: CliRun[] = [];
afterEach(() => {
  for (const run of runs.splice(0)) run.remove();
});

async function rehearse(storm: Storm): Promise<{ step: LoadedStep; stdout: string; codes: string[] }> {
  const { report, stdout } = await untilJudged(async () => {
    const run = new CliRun('run', planFor(await freePort(), storm));
    runs.push(run);
    const result = await run.result;
    return { ...result, report: run.report() };
  });
  const codes = report.verdict.reasons.map(({ code }) => code);
  return { step: loadedStep(report.steps[0]), stdout, codes };
}

const storms = verifying ? [SHORT, LONG] : [SHORT];

describe.each(storms)('after a fault of $faultSec s', ({ faultSec, settleSec }) => {
  test('blind retries keep the target down, which is named metastable', async () => {
    const { step, stdout, codes } = await rehearse({ client: BLIND, faultSec, settleSec });
    expect(codes, stdout).toContain('metastable');
    expect(stdout).toContain('still down at the end of settle');
    expect(step.faults, stdout).toMatchObject([{ fired: true, observed: 'down', timeToRecoverMs: null }]);
    const settle = step.slices.list.filter(({ phase }) => phase === 'settle');
    expect(settle.map(({ state }) => state)).not.toContain('UP');
  });

  test('with backoff and patience it recovers', async () => {
    const { step, stdout, codes } = await rehearse({ client: PATIENT, faultSec, settleSec });
    expect(codes, stdout).toContain('downtime-over-budget');
    expect(codes).not.toContain('metastable');
    expect(step.faults, stdout).toMatchObject([{ fired: true, observed: 'down' }]);
    expect(step.faults[0]?.timeToRecoverMs).toBeGreaterThanOrEqual(0);
    expect(step.slices.list.slice(-3).map(({ state }) => state)).not.toContain('DOWN');
  });
});
