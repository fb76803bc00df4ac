import { describe, expect, test } from 'vitest';
import { columnOf } from '../../../scripts/contract/columns.ts';
import { rehearse, startCommand } from '../../support/rehearsals/rehearsed.ts';
import type { LoadedStep } from '../../support/stories/loaded-step.ts';
import { slicesOf } from '../../support/stories/slice-rows.ts';
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
rehearsal: { replay: { from: 0s, length: ${6 + faultSec}s }, multiples: [1], arrivals: even, warmUp: 1s, settle: ${settleSec}s }
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
  - { at: 5s, for: ${faultSec}s, partner: pay, kind: latency, add: 3s }
`;

const storms = verifying ? [SHORT, LONG] : [SHORT];

const LAST_SLICES = 5;

/** In the newest time in which anybody tried for the first time. */
function lastAmplification({ series }: LoadedStep): number {
  const { all, count } = series;
  const requests = columnOf(all, 'endedRequests', count).map(Number);
  const repeats = columnOf(all, 'endedRepeats', count).map(Number);
  for (let to = count; to >= LAST_SLICES; to--) {
    const sum = (column: readonly number[]) => column.slice(to - LAST_SLICES, to).reduce((a, b) => a + b, 0);
    const firstTries = sum(requests) - sum(repeats);
    if (firstTries >= 20) return sum(requests) / firstTries;
  }
  return Number.NaN;
}

describe.each(storms)('after a fault of $faultSec s', ({ faultSec, settleSec }) => {
  test('blind retries keep the target down, which is named metastable', async () => {
    const { step, said, codes } = await rehearse(planFor({ client: BLIND, faultSec, settleSec }));
    expect(codes, said).toContain('metastable');
    expect(said).toContain('still down in the last three slices');
    expect(step.faults, said).toMatchObject([{ fired: true, observed: 'down', recovery: 'more-than' }]);
    const settle = slicesOf(step).filter(({ phase }) => phase === 'settle');
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
    expect(
      slicesOf(step)
        .slice(-3)
        .map(({ state }) => state),
    ).not.toContain('DOWN');
    expect(lastAmplification(step), said).toBeLessThan(1.5);
  });
});
