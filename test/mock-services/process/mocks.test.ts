import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ADMIN, type MockEvent } from '../../../mock-services/contract.ts';
import { drawLatencyMs } from '../../../mock-services/core/seeded.ts';
import { cafe, call, latencyFault, payment, runMocks, stockOut } from '../../support/mocks/mock-config.ts';

type Running = Awaited<ReturnType<typeof runMocks>>;
let mocks: Running;
afterEach(() => mocks?.close());

type Tally = Extract<MockEvent, { type: 'fault-tally' }>;
const tallies = (): Tally[] => mocks.events.filter((event): event is Tally => event.type === 'fault-tally');
const authorize = (orderKey: string) => call(`${mocks.url('pay')}/authorizations`, { orderKey, amount: 100 });

test('payment authorizes and captures once for each order key', async () => {
  mocks = await runMocks({ partners: [payment('pay')] });
  const first = await authorize('k1');
  const again = await authorize('k1');
  expect([first.status, again.status]).toEqual([201, 200]);
  expect(again.body).toEqual(first.body);
  const capture = (authorization: string) => call(`${mocks.url('pay')}/captures`, { authorization });
  expect((await capture('auth-k1')).status).toBe(201);
  expect((await capture('auth-k1')).status).toBe(200);
  expect((await capture('auth-unknown')).status).toBe(404);
});

test('an answer never comes before its latency has passed', async () => {
  mocks = await runMocks({ partners: [payment('pay', { latency: { median: '15ms', sigma: 0.5 } })] });
  for (let order = 0; order < 20; order++) {
    const key = `k${order}`;
    const startedMs = performance.now();
    await authorize(key);
    const requestedMs = drawLatencyMs(
      { shape: 'lognormal', medianMs: 15, sigma: 0.5 },
      7,
      `pay POST /authorizations ${key}`,
    );
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(requestedMs);
  }
});

test('latencies of two faults add up to the own one, and both are tallied', async () => {
  mocks = await runMocks({
    partners: [payment('pay', { latency: '20ms' })],
    faults: [
      latencyFault('a', { partner: 'pay', at: '0', for: '1h', add: '30ms' }),
      latencyFault('b', { partner: 'pay', at: '0', for: '1h', add: '50ms' }),
    ],
  });
  await authorize('before');
  mocks.startTimeline(Date.now());
  await mocks.event((event) => event.type === 'fault-on' && event.fault === 'b');
  await Promise.all(['k1', 'k2', 'k3'].map(authorize));
  mocks.stopTimeline();
  await authorize('after');
  for (const fault of ['a', 'b']) {
    const last = tallies()
      .filter((tally) => tally.fault === fault)
      .at(-1);
    expect(last).toMatchObject({ seen: 3, hit: 3 });
    expect(last?.requestedMedianMs).toBeCloseTo(100, 0);
    expect(last?.achievedMedianMs).toBeGreaterThanOrEqual(99.9);
  }
});

test('a request still delayed when its fault ends is in a last tally', async () => {
  mocks = await runMocks({
    partners: [payment('pay')],
    faults: [latencyFault('slow', { partner: 'pay', at: '0', for: '1h', add: '2s' })],
  });
  mocks.startTimeline(Date.now());
  await mocks.event(({ type }) => type === 'fault-on');
  const answer = authorize('k1');
  await mocks.event((event) => event.type === 'fault-tally' && event.seen === 1);
  mocks.stopTimeline();
  const atEnd = tallies().at(-1);
  await answer;
  expect(atEnd).toMatchObject({ seen: 1, hit: 1, requestedMedianMs: null, achievedMedianMs: null });
  expect(tallies().at(-1)).toMatchObject({ seen: 1, hit: 1 });
  expect(tallies().at(-1)?.requestedMedianMs).toBeCloseTo(2_000, -1);
});

test('a fault that met no request has hit nothing and measured nothing', async () => {
  mocks = await runMocks({
    partners: [payment('pay')],
    faults: [latencyFault('slow', { partner: 'pay', at: '0', for: '10ms', add: '1s' })],
  });
  mocks.startTimeline(Date.now());
  await mocks.event(({ type }) => type === 'fault-off');
  expect(tallies()).toEqual([
    expect.objectContaining({ seen: 0, hit: 0, requestedMedianMs: null, achievedMedianMs: null }),
  ]);
});

test('faults come and go by the clock, never early, with planned and actual instants', async () => {
  mocks = await runMocks({
    partners: [payment('pay')],
    faults: [latencyFault('slow', { partner: 'pay', at: '100ms', for: '150ms', add: '1s' })],
  });
  const startAt = Date.now() + 50;
  mocks.startTimeline(startAt);
  expect(mocks.state()).toMatchObject({
    timelineStartedAt: startAt,
    faults: [{ id: 'slow', active: false }],
  });
  const on = await mocks.event(({ type }) => type === 'fault-on');
  expect(on).toMatchObject({ fault: 'slow', plannedAt: startAt + 100 });
  expect(on.at).toBeGreaterThanOrEqual(startAt + 100);
  const off = await mocks.event(({ type }) => type === 'fault-off');
  expect(off).toMatchObject({ fault: 'slow', plannedAt: startAt + 250 });
  expect(off.at).toBeGreaterThanOrEqual(startAt + 250);
});

test('a timeline that began in the past starts what is due and leaves out what is over', async () => {
  mocks = await runMocks({
    partners: [payment('pay')],
    faults: [
      latencyFault('over', { partner: 'pay', at: '0', for: '1s', add: '1s' }),
      latencyFault('due', { partner: 'pay', at: '1s', for: '1h', add: '1s' }),
    ],
  });
  const startAt = Date.now() - 5_000;
  mocks.startTimeline(startAt);
  expect(await mocks.event(({ type }) => type === 'fault-on')).toMatchObject({
    fault: 'due',
    plannedAt: startAt + 1_000,
  });
  expect(mocks.state().faults).toEqual([
    { id: 'over', active: false },
    { id: 'due', active: true },
  ]);
});

test('reset ends faults, forgets orders and fills the stock as planned or as given', async () => {
  mocks = await runMocks({
    partners: [cafe('bean', { stock: { tea: 1, cake: 3 } })],
    faults: [stockOut('so', { partner: 'bean', at: '0', for: '1h', item: 'cake' })],
  });
  const buy = (sku: string, orderKey: string) => call(`${mocks.url('bean')}/orders`, { sku, orderKey });
  await buy('tea', 'k1');
  await call(`${mocks.adminUrl}${ADMIN.timelineStart}`, { startAt: Date.now() });
  await mocks.event(({ type }) => type === 'fault-on');
  const reset = await call(`${mocks.adminUrl}${ADMIN.reset}`, { stock: { bean: { cake: 0 } } });
  expect(reset.body).toMatchObject({
    partners: { bean: { stock: { tea: 1, cake: 0 } } },
    faults: [{ id: 'so', active: false }],
    timelineStartedAt: null,
  });
  expect((await call(`${mocks.adminUrl}${ADMIN.ledger}`)).body).toEqual([
    expect.objectContaining({ type: 'stock-out', item: 'cake' }),
  ]);
  expect((await buy('tea', 'k1')).status).toBe(201);
  await call(`${mocks.adminUrl}${ADMIN.reset}`, {});
  expect(mocks.state().partners['bean']?.stock).toEqual({ tea: 1, cake: 3 });
});

test.each([
  [ADMIN.reset, { stock: { nobody: {} } }],
  [ADMIN.reset, { stock: { bean: { coal: 1 } } }],
  [ADMIN.reset, { stock: { bean: { tea: -1 } } }],
  [ADMIN.timelineStart, {}],
  [ADMIN.timelineStart, { startAt: 'now' }],
])('%s refuses %j and changes nothing', async (path, body) => {
  mocks = await runMocks({ partners: [cafe('bean', { stock: { tea: 1 } })] });
  const before = mocks.state();
  expect((await call(`${mocks.adminUrl}${path}`, body)).status).toBe(400);
  expect(mocks.state()).toEqual(before);
});

test('metrics are Prometheus text with requests by outcome, stock, faults and loop delay', async () => {
  mocks = await runMocks({
    partners: [cafe('bean', { stock: { 'te"a': 2 }, latency: '5ms' })],
    faults: [stockOut('so', { partner: 'bean', at: '0', for: '1h' })],
  });
  await call(`${mocks.url('bean')}/orders`, { sku: 'te"a', orderKey: 'k1' });
  const { body, headers } = await call(`${mocks.adminUrl}${ADMIN.metrics}`);
  expect(headers.get('content-type')).toContain('version=0.0.4');
  const samples = String(body)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  for (const line of samples) expect(line).toMatch(/^[a-z0-9_]+(\{([a-z_]+="(\\.|[^"\\])*",?)*\})? \S+$/);
  expect(samples).toContain('peakproof_partner_requests_total{partner="bean",outcome="accepted"} 1');
  expect(samples).toContain('peakproof_partner_stock_left{partner="bean",item="te\\"a"} 1');
  expect(samples).toContain('peakproof_fault_active{fault="so",kind="stock-out",partner="bean"} 0');
  expect(samples).toContain('peakproof_partner_latency_requested_seconds_count{partner="bean"} 1');
});

test('once a second it says how late its event loop was and how many requests came', async () => {
  mocks = await runMocks({ partners: [payment('pay')] });
  await authorize('k1');
  expect(await mocks.event(({ type }) => type === 'mock-health')).toMatchObject({
    requests: 1,
    loopDelayP99Ms: expect.any(Number),
  });
});

/** Everything that comes back on a raw connection until the other side closes it. */
function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(Number(port), hostname, () => socket.end(bytes));
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
  });
}

test('hostile input is refused and harms nobody', async () => {
  mocks = await runMocks({ partners: [payment('pay')] });
  const url = mocks.url('pay');
  expect((await call(`${url}/authorizations`, 'x'.repeat(1_500_000))).status).toBe(413);
  expect((await call(`${url}/authorizations`, '{"orderKey":')).status).toBe(400);
  expect((await call(`${url}/authorizations`)).status).toBe(405);
  expect((await call(`${url}/constructor`)).status).toBe(404);
  expect(await raw(url, '\u0000\u0001garbage\r\n\r\n')).toContain('400');
  expect(await raw(url, `GET / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`)).toMatch(/4\d\d/);
  await raw(url, 'POST /authorizations HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{"half":');
  await raw(url, 'POST /authorizations HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n');
  expect((await authorize('k1')).status).toBe(201);
});

test('the same seed and key draw the same latency, others another one, around the median', () => {
  const latency = { shape: 'lognormal', medianMs: 100, sigma: 0.4 } as const;
  const draws = Array.from({ length: 4_001 }, (_, key) => drawLatencyMs(latency, 7, `pay k${key}`));
  expect(drawLatencyMs(latency, 7, 'pay k5')).toBe(draws[5]);
  expect(drawLatencyMs(latency, 8, 'pay k5')).not.toBe(draws[5]);
  const sorted = draws.toSorted((a, b) => a - b);
  expect(sorted[2_000]).toBeGreaterThan(95);
  expect(sorted[2_000]).toBeLessThan(105);
  // One standard deviation up: 100 ms * e^0.4 = 149 ms at the 84.1 % quantile.
  expect(sorted[3_365]).toBeGreaterThan(140);
  expect(sorted[3_365]).toBeLessThan(158);
});
