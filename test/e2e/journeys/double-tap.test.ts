import { expect, test } from 'vitest';
import { broken, type Rehearsed, rehearse, startCommand } from '../../support/rehearsals/rehearsed.ts';
import { verifying } from '../../support/verifying.ts';

// Shoppers who tap twice and whose clients try again, before a shop that knows its orders by their keys and one that
// does not. The café beside them is right in both cases: it counts what it was asked for.

interface Shoppers {
  client: string;
  faults?: string;
}

/** Every other shopper. */
const IMPATIENT: Shoppers = { client: 'timeout: 2s, patience: 6s, doubleTap: 50%' };
/** The café has taken the order when its answer is lost. */
const PERSISTENT: Shoppers = {
  client: 'timeout: 1s, patience: 6s, retries: { max: 3, backoff: { base: 300ms } }',
  faults: 'faults: [{ at: 1s, for: 2s, partner: bean, kind: latency, add: 1500ms }]',
};

const planFor =
  ({ client, faults = '' }: Shoppers, remembers: boolean) =>
  (port: number): string =>
    `
version: 1
name: double-tap
forecast: { curve: [{ at: 0s, rate: 20/s }, { at: 60s, rate: 20/s }] }
slo: { allowedDowntime: 20s, downtimeBudget: 5s, timeSlice: 2s, slowAfter: 3s }
rehearsal: { replay: { from: 0s, length: 4s }, multiples: [1], arrivals: even, warmUp: 1s, settle: 2s }
target:
  baseUrl: http://127.0.0.1:${port}
  start: { command: ${startCommand('targets/forgetful-shop', { REMEMBERS: remembers ? 'yes' : 'no' })} }
client: { ${client} }
journeys:
  order:
    steps:
      - { post: /orders, json: { key: '{{orderKey}}' }, confirmed: { status: 201, has: order.id } }
partners: { bean: { kind: cafe, menu: [tea] } }
${faults}
`;

const repeatsOf = ({ step }: Rehearsed, why: string): number =>
  step.traffic?.repeats.find((repeat) => repeat.why === why)?.count ?? 0;

const CASES = [
  { what: 'double taps', why: 'double-tap', shoppers: IMPATIENT, always: true },
  { what: 'retries', why: 'retry', shoppers: PERSISTENT, always: false },
];

for (const { what, why, shoppers } of CASES.filter(({ always }) => always || verifying)) {
  test(`${what}: a shop without idempotency orders twice, and FAILs for it`, async () => {
    const run = await rehearse(planFor(shoppers, false));
    const { report, codes, step, said } = run;
    const repeats = repeatsOf(run, why);
    expect(repeats, said).toBeGreaterThan(0);
    expect(report.verdict.status, said).toBe('FAIL');
    expect(codes).toContain('invariant-broken');
    const twice = broken(step)['order-twice'] ?? 0;
    expect(twice).toBeGreaterThan(0);
    expect(twice, said).toBeLessThanOrEqual(repeats);
    if (why === 'double-tap') expect(twice).toBe(repeats);
  });

  test(`${what}: a shop that knows its orders by their keys takes each once`, async () => {
    const run = await rehearse(planFor(shoppers, true));
    expect(repeatsOf(run, why), run.said).toBeGreaterThan(0);
    expect(broken(run.step), run.said).toEqual({});
    expect(run.codes).not.toContain('invariant-broken');
    expect(run.report.verdict.status).not.toBe('FAIL');
    expect(run.step.traffic?.amplification).toBeGreaterThan(1);
  });
}
