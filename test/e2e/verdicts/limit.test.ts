import { expect, test } from 'vitest';
import { rehearse, startCommand } from '../../support/rehearsals/rehearsed.ts';
import { longTest } from '../../support/verifying.ts';

// 100 orders/s at a target that promises to shed politely above 60.

const planFor =
  (env: Record<string, string>) =>
  (port: number): string =>
    `
version: 1
name: limit
forecast: { curve: [{ at: 0s, rate: 100/s }, { at: 60s, rate: 100/s }] }
slo: { allowedDowntime: 50s, downtimeBudget: 14s, timeSlice: 1s, slowAfter: 1s }
rehearsal: { replay: { from: 0s, length: 15s }, multiples: [1], arrivals: even, warmUp: 1s, settle: 0s }
target:
  baseUrl: http://127.0.0.1:${port}
  limit: 60/s
  start: { command: ${startCommand('targets/limited-target', env)} }
client: { timeout: 3s, patience: 5s }
journeys:
  order:
    steps:
      - { post: /orders, json: { key: '{{orderKey}}' }, confirmed: { status: 201, has: order.id } }
`;

test('who turns shoppers away at the door keeps serving as many as it promised: a plateau', async () => {
  const { step, codes, said } = await rehearse(
    planFor({ WORKERS: '20', SERVICE_MS: '100', SHED_ABOVE: '60' }),
  );
  expect(step.limit, said).toMatchObject({ limitPerSec: 60, held: 'plateau' });
  expect(step.limit?.engagedAt).not.toBeNull();
  expect(step.limit?.toldToWaitRatio).toBeGreaterThan(0.2);
  expect(step.limit?.servedRatio).toBeGreaterThan(0);
  expect(codes).not.toContain('limit-collapsed');
});

longTest('who lets them all in serves hardly anybody in time: collapsed', async () => {
  const { step, codes, said } = await rehearse(planFor({ WORKERS: '6', SERVICE_MS: '100' }));
  expect(step.limit, said).toMatchObject({ held: 'collapsed', engagedAt: null });
  expect(step.limit?.goodputRatio).toBeLessThan(0.9);
  expect(codes).toContain('limit-collapsed');
});
