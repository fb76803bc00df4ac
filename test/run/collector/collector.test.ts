import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SERIES } from '../../../k6/contract.ts';
import type { Observation } from '../../../scripts/observe/observation.ts';
import { WRITE_LIMITS } from '../../../scripts/observe/wire/remote-write.ts';
import { type Collector, startCollector } from '../../../scripts/run/collector/collector.ts';
import { capturedPush, labelsOf, pushBody } from '../../observe/wire/pushes.ts';

const NOW = 1_795_439_968_500;
const HEADERS = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };

let seen: Observation[] = [];
let collector: Collector;
beforeEach(async () => {
  seen = [];
  collector = await startCollector({
    runId: 'run-1',
    onObservation: (observation) => seen.push(observation),
    now: () => NOW,
  });
  collector.expectInstance('step0-0');
});
afterEach(() => collector.close());

function send(body: Uint8Array, init: RequestInit = {}): Promise<Response> {
  return fetch(collector.url, { method: 'POST', headers: HEADERS, body, ...init });
}

function turnsStarted(labels: Record<string, string>, value = 1, at = NOW) {
  const ours = { __name__: SERIES.turnsStarted, instance: 'step0-0', testid: 'run-1' };
  return { labels: labelsOf({ ...ours, ...labels }), samples: [{ value, timestamp: BigInt(at) }] };
}

const refusals = () => seen.filter((observation) => observation.type === 'push-refused');

/** Of a run in which nothing was dropped, repeated or timed apart. */
const ABSENT: readonly string[] = [SERIES.dropped, SERIES.repeats, SERIES.partDuration];

describe('a push of k6', () => {
  test('becomes its new series and one push, without what nobody reads', async () => {
    expect((await send(capturedPush('sixth'))).status).toBe(204);
    const series = seen.filter((observation) => observation.type === 'series');
    expect(seen.map(({ type }) => type)).toEqual([...series.map(() => 'series'), 'push']);
    expect(new Set(series.map(({ name }) => name))).toEqual(
      new Set(Object.values(SERIES).filter((name) => !ABSENT.includes(name))),
    );
    expect(series.find(({ labels }) => labels['outcome'] === 'bad' && labels['slot'] === '95')).toMatchObject(
      {
        at: NOW,
        name: SERIES.turnsEnded,
        labels: {
          instance: 'step0-0',
          scenario: 'checkout',
          kind: '5xx',
          first: 'bad',
          at: '0',
        },
      },
    );
    expect(collector.ignoredSeries()).toBeGreaterThan(0);
  });

  test('names a series by its number from then on', async () => {
    await send(pushBody([turnsStarted({ slot: '7' }, 3)]));
    await send(pushBody([turnsStarted({ slot: '8' }, 1), turnsStarted({ slot: '7' }, 9)]));
    expect(seen.map((one) => (one.type === 'push' ? one.samples : one.type))).toEqual([
      'series',
      [[1, NOW, 3]],
      'series',
      [
        [2, NOW, 1],
        [1, NOW, 9],
      ],
    ]);
  });

  test('keeps two totals apart whose labels differ only where they are cut or not kept', async () => {
    const long = 'x'.repeat(300);
    await send(
      pushBody([
        turnsStarted({ item: `${long}a` }),
        turnsStarted({ item: `${long}b` }),
        turnsStarted({ url: 'c' }),
      ]),
    );
    const series = seen.filter((observation) => observation.type === 'series');
    expect(series.map(({ id, labels }) => [id, labels['item']?.length, labels['url']])).toEqual([
      [1, 200, undefined],
      [2, 200, undefined],
      [3, undefined, undefined],
    ]);
  });

  test('keeps every label that says what was counted', async () => {
    const told = {
      scenario: 'bot',
      outcome: 'sold-out',
      item: 'tea',
      cafe: 'corner',
      why: 'retry',
      part: 'webhook-ack',
    };
    await send(pushBody([turnsStarted(told)]));
    expect(seen[0]).toMatchObject({ type: 'series', labels: told });
  });

  test('with nothing that is read is still a push', async () => {
    await send(pushBody([turnsStarted({ __name__: 'k6_data_sent_total' })]));
    expect(seen).toEqual([{ type: 'push', at: NOW, samples: [], histograms: [] }]);
  });
});

describe('refused with its status and recorded', () => {
  test.each<[string, number, Uint8Array, RequestInit & { path?: string }]>([
    ['another path', 404, pushBody([]), { path: '/metrics' }],
    ['another method', 405, pushBody([]), { method: 'PUT' }],
    ['another encoding', 415, pushBody([]), { headers: { ...HEADERS, 'content-encoding': 'gzip' } }],
    [
      'remote write 2.0',
      415,
      pushBody([]),
      {
        headers: {
          ...HEADERS,
          'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
        },
      },
    ],
    ['no protobuf', 400, Buffer.from('k6_vus 3'), {}],
    ['a body that announces 4 GiB', 413, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0), {}],
    ['a body that is too long', 413, new Uint8Array(WRITE_LIMITS.maxBodyBytes + 1), {}],
    ['a k6 that was not announced', 403, pushBody([turnsStarted({ instance: 'step7-0' })]), {}],
    ['a k6 of another run', 403, pushBody([turnsStarted({ testid: 'run-2' })]), {}],
    [
      'a series of another k6 among ours',
      403,
      pushBody([turnsStarted({}), turnsStarted({ testid: '' })]),
      {},
    ],
  ])('%s: %d', async (_, status, body, { path, ...init }) => {
    const response = path ? await fetch(new URL(path, collector.url)) : await send(body, init);
    expect(response.status).toBe(status);
    expect(seen).toEqual([{ type: 'push-refused', at: NOW, status, reason: expect.any(String) }]);
  });

  test('a body in chunks ends at the limit, not at its end', async () => {
    const chunk = Buffer.alloc(64 * 1_024);
    const socket = connect(Number(new URL(collector.url).port), '127.0.0.1');
    socket.on('error', () => {}); // the other end may close while we still write
    const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
    socket.write('POST /api/v1/write HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n');
    socket.write('content-encoding: snappy\r\ncontent-type: application/x-protobuf\r\n\r\n');
    for (let sent = 0; sent <= WRITE_LIMITS.maxBodyBytes; sent += chunk.length) {
      socket.write(`${chunk.length.toString(16)}\r\n`);
      socket.write(chunk);
      socket.write('\r\n');
    }
    expect(await answer).toMatch(/^HTTP\/1.1 413 /);
    socket.destroy();
  });

  test('what is not HTTP', async () => {
    const socket = connect(Number(new URL(collector.url).port), '127.0.0.1', () =>
      socket.write('hello\r\n\r\n'),
    );
    const answer = await new Promise<string>((resolve) =>
      socket.once('data', (data) => resolve(String(data))),
    );
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(refusals()).toMatchObject([{ status: 400 }]);
  });

  test('nothing of what the sender wrote', async () => {
    await send(pushBody([turnsStarted({ instance: 'SECRET' })]));
    await send(Buffer.from('SECRET'));
    expect(JSON.stringify(seen)).not.toContain('SECRET');
  });
});

test('a flood of bad pushes is counted, not recorded one by one', async () => {
  for (let number = 0; number < 50; number++) await send(Buffer.from('bad'));
  expect(refusals()).toHaveLength(20);
  await collector.close();
  expect(refusals().at(-1)).toMatchObject({ status: 400, reason: '30 more pushes refused' });
});

test('a sender that never ends its request does not hold up the others, nor the end', async () => {
  const socket = connect(Number(new URL(collector.url).port), '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await new Promise<void>((resolve) => {
    socket.write('POST /api/v1/write HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n', () => resolve());
  });
  expect((await send(pushBody([turnsStarted({})]))).status).toBe(204);
  await collector.close();
  await closed;
});
