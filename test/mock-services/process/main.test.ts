import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, expect, test } from 'vitest';
import { cafe, call, latencyFault, payment } from '../../support/mocks/mock-config.ts';
import { bundleEntry, ofType, startMocksProcess, startProcess } from '../../support/mocks/mock-processes.ts';

let script: string;
beforeAll(async () => {
  script = await bundleEntry('mock-services/process/main.ts');
});

test('is ready with addresses, ends its faults and exits when stdin closes', async () => {
  const mocks = startMocksProcess(script, {
    seed: 1,
    partners: [payment('pay')],
    faults: [latencyFault('slow', { partner: 'pay', at: '0', for: '1h', add: '1s' })],
  });
  const ready = await mocks.line(ofType('mocks-ready'));
  expect((await call(`${ready.adminUrl}/__admin/health`)).body).toEqual({ ok: true });
  expect((await call(`${ready.partners['pay']}/captures`, {})).status).toBe(400);
  await call(`${ready.adminUrl}/__admin/timeline/start`, { startAt: Date.now() });
  await mocks.line(ofType('fault-on'));
  mocks.child.stdin.end();
  expect(await mocks.exit).toBe(0);
  expect(mocks.lines.slice(-2)).toMatchObject([{ type: 'fault-off', fault: 'slow' }, { type: 'partners' }]);
});

test('exits on SIGTERM and stays on SIGINT', async () => {
  const mocks = startMocksProcess(script, { seed: 1, partners: [payment('pay')], faults: [] });
  const ready = await mocks.line(ofType('mocks-ready'));
  mocks.child.kill('SIGINT');
  expect((await call(`${ready.adminUrl}/__admin/health`)).status).toBe(200);
  mocks.child.kill('SIGTERM');
  expect(await mocks.exit).toBe(0);
});

test('a taken port ends it with exit code 4 and names partner and port', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address: AddressInfo | string | null = other.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const mocks = startMocksProcess(script, {
    seed: 1,
    partners: [payment('pay'), cafe('bean', { stock: { tea: 1 }, port })],
    faults: [],
  });
  expect(await mocks.exit).toBe(4);
  expect(mocks.lines).toEqual([
    { type: 'mocks-failed', at: expect.any(Number), code: 'port-taken', message: expect.any(String) },
  ]);
  expect(mocks.lines[0]).toMatchObject({ message: expect.stringContaining(`bean: port ${port}`) });
  other.close();
});

test.each([
  ['not JSON', 'hello'],
  ['no partners', '{"seed":1,"faults":[]}'],
  ['an unknown kind', '{"seed":1,"faults":[],"partners":[{"name":"x","kind":"constructor"}]}'],
  [
    'a fault of nobody',
    '{"seed":1,"partners":[],"faults":[{"id":"f","kind":"latency","partner":"pay","at":0,"for":1,"add":{}}]}',
  ],
])('a config with %s ends it with exit code 4 and a message', async (_what, line) => {
  const mocks = startProcess(script);
  mocks.child.stdin.write(`${line}\n`);
  expect(await mocks.exit).toBe(4);
  expect(mocks.lines).toEqual([
    { type: 'mocks-failed', at: expect.any(Number), code: 'bad-config', message: expect.any(String) },
  ]);
  expect(mocks.stderr()).toBe('');
});
