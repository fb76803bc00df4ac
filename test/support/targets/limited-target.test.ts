import { afterEach, expect, test } from 'vitest';
import { call, faultOf, payment, runMocks } from '../mocks/mock-config.ts';
import { type StartedTarget, startTarget } from './started-target.ts';

// What the storms of the end-to-end tests are made of.

let target: StartedTarget;
afterEach(() => target.stop());

const start = async (env: Record<string, string>, urls: Record<string, string> = {}): Promise<void> => {
  target = await startTarget('targets/limited-target', urls, env);
};
const order = (key = 'k') => call(`${target.url}/orders`, { key });
const statuses = async (count: number): Promise<number[]> => {
  const replies = await Promise.all(Array.from({ length: count }, () => order()));
  return replies.map(({ status }) => status).sort();
};

test('works for shoppers who have gone as for any other', async () => {
  await start({ WORKERS: '1', SERVICE_MS: '200' });
  const state = async (): Promise<unknown> => (await call(target.url)).body;
  const leaving = new AbortController();
  const orders = [1, 2, 3].map(() =>
    fetch(target.url, { method: 'POST', body: '{"key":"k"}', signal: leaving.signal }),
  );
  await expect.poll(state, { interval: 10 }).toEqual({ done: 0, waiting: 2 });
  leaving.abort();
  expect((await Promise.allSettled(orders)).map(({ status }) => status)).not.toContain('fulfilled');
  await expect.poll(state, { timeout: 10_000 }).toEqual({ done: 3, waiting: 0 });
});

test('has so many at work, so many that wait, and refuses the others without Retry-After', async () => {
  await start({ WORKERS: '2', SERVICE_MS: '500', QUEUE: '3' });
  expect(await statuses(9)).toEqual([201, 201, 201, 201, 201, 503, 503, 503, 503]);
});

test('sheds what is above its limit and says when to come again', async () => {
  await start({ WORKERS: '50', SERVICE_MS: '0', SHED_ABOVE: '20' });
  const replies = await Promise.all(Array.from({ length: 30 }, () => order()));
  const shed = replies.filter(({ status }) => status === 503);
  expect(shed.length).toBeGreaterThan(15);
  expect(shed.every(({ headers }) => headers.get('retry-after') === '1')).toBe(true);
  expect(replies.length - shed.length).toBeGreaterThanOrEqual(4);
});

test('holds its workers as long as payment holds it', async () => {
  const mocks = await runMocks({
    partners: [payment('pay')],
    faults: [faultOf('latency', { partner: 'pay', add: '1h' })],
  });
  mocks.startTimeline(Date.now());
  await mocks.event(({ type }) => type === 'fault-on');
  await start({ WORKERS: '2', SERVICE_MS: '0', QUEUE: '0' }, { PEAKPROOF_PAY_URL: mocks.url('pay') });
  const held = [order('a'), order('b')];
  for (const one of held) one.catch(() => {});
  await expect.poll(async () => (await order('c')).status, { timeout: 10_000 }).toBe(503);
  await target.stop();
  await mocks.close();
});
