import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, type MockEvent } from '../../../mock-services/contract.ts';
import { postAll } from '../../support/mocks/many-calls.ts';
import { cafe, call } from '../../support/mocks/mock-config.ts';
import { bundleEntry, ofType, type Started, startMocksProcess } from '../../support/mocks/mock-processes.ts';

const BUYERS = 64;
const ORDERS = 1_024;
const REPETITIONS = 50;

let mocks: Started<MockEvent>;
beforeAll(async () => {
  const script = await bundleEntry('mock-services/process/main.ts');
  mocks = startMocksProcess(script, {
    seed: 7,
    partners: [cafe('bean', { stock: { tea: '1k' } })],
    faults: [],
  });
});
afterAll(() => mocks.stop());

test('64 parallel buyers of 1,000 items get exactly 1,000, fifty times over', async () => {
  const ready = await mocks.line(ofType('mocks-ready'));
  const orders = Array.from({ length: ORDERS }, (_, number) => ({
    path: '/orders',
    body: { sku: 'tea', orderKey: `k${number}` },
  }));
  const seen = new Set<string>();
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const answers = await postAll(ready.partners['bean'] ?? '', orders, { connections: BUYERS });
    const of = (wanted: number): number => answers.filter(({ status }) => status === wanted).length;
    const { body } = await call(`${ready.adminUrl}${ADMIN.stock}`);
    seen.add(JSON.stringify({ accepted: of(201), soldOut: of(409), left: body }));
    await call(`${ready.adminUrl}${ADMIN.reset}`, {});
  }
  expect([...seen]).toEqual([
    JSON.stringify({ accepted: 1_000, soldOut: ORDERS - 1_000, left: { bean: { tea: 0 } } }),
  ]);
  expect(mocks.lines.filter(({ type }) => type === 'stock-out')).toHaveLength(REPETITIONS);
}, 60_000);
