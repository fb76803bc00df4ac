import { describe, expect, test } from 'vitest';
import { rehearse, startCommand } from '../../support/rehearsals/rehearsed.ts';
import type { LoadedStep } from '../../support/stories/loaded-step.ts';
import { verifying } from '../../support/verifying.ts';

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

const planFor =
  ({ client, faultSec, settleSec }: Storm) =>
  (port: number): string =>
    `
version: 1
name: storm
forecast: { curve: [{ at: 0s, rate: 40/s }, { at: 90s, rate: 40/s }] }
slo: { allowedDowntime: 60s, downtimeBudget: 1s, timeSlice: 1s, slowAfter: 2s }
rehearsal: { replay: { from: 0s, length: ${3 + faultSec}s }, multiples: [1], arrivals: even, warmUp: 1s, settle: ${settleSec}s }
target:
  baseUrl: http://127.0.0.1:${port}
  start: { command: ${startCommand('targets/limited-target', { WORKERS: '10', SERVICE_MS: '100', QUEUE: '400' })} }
${client}
journeys:
  order:
    steps:
      - { post: /orders, json: { key: '{{orderKey}}' }, confirmed: { status: 201, has: order.id } }
partners: { pay: { kind: payment } }
faults:
  - { at: 2s, for: ${faultSec}s, partner: pay, kind: latency, add: 3s }
`;

const storms = verifying ? [SHORT, LONG] : [SHORT];

/** In the newest time in which anybody tried for the first time. */
function lastAmplification({ traffic }: LoadedStep): number | null {
  return traffic?.overTime.findLast(({ amplification }) => amplification !== null)?.amplification ?? null;
}

describe.each(storms)('after a fault of $faultSec s', ({ faultSec, settleSec }) => {
  test('blind retries keep the target down, which is named metastable', async () => {
    const { step, said, codes } = await rehearse(planFor({ client: BLIND, faultSec, settleSec }));
    expect(codes, said).toContain('metastable');
    expect(said).toContain('still down at the end of settle');
    expect(step.faults, said).toMatchObject([{ fired: true, observed: 'down', timeToRecoverMs: null }]);
    const settle = step.slices.list.filter(({ phase }) => phase === 'settle');
    expect(settle.map(({ state }) => state)).not.toContain('UP');
    // Two and a half requests for each first try are as much as the target can serve, with the fault long over.
    expect(step.traffic?.repeats[0]?.why, said).toBe('retry');
    expect(lastAmplification(step), said).toBeGreaterThan(2.5);
  });

  test('with backoff and patience it recovers', async () => {
    const { step, said, codes } = await rehearse(planFor({ client: PATIENT, faultSec, settleSec }));
    expect(codes, said).toContain('downtime-over-budget');
    expect(codes).not.toContain('metastable');
    expect(step.faults, said).toMatchObject([{ fired: true, observed: 'down' }]);
    expect(step.faults[0]?.timeToRecoverMs).toBeGreaterThanOrEqual(0);
    expect(step.slices.list.slice(-3).map(({ state }) => state)).not.toContain('DOWN');
    expect(lastAmplification(step), said).toBeLessThan(1.5);
  });
});
