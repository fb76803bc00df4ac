import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchRow, row } from '../row.ts';
import { type DelayError, delayError } from './delay-error.ts';
import { askOnce, DELAY_MS, ITEM, ORDERS_PATH, startBareServer, startMocksServer } from './mock-servers.ts';
import { fetchWireMock, startWireMock } from './wiremock.ts';
import { hammer, hasWrk, ordersScript, type Throughput } from './wrk.ts';

// The mocks beside bare node:http with the same answers, and beside WireMock where Java is present.

const ROUNDS = 5;
const ROUND_SEC = 4;
const WARM_SEC = 3;
/** The JVM compiles what is hot only after thousands of calls. */
const WARM_JVM_SEC = 10;
/** 0.8 of the requests/s of bare node:http. */
const BARE_AIM = 1.25;

interface Figures {
  item: Throughput[];
  orders: Throughput[];
  delay: DelayError[];
}
const none = (): Figures => ({ item: [], orders: [], delay: [] });

export async function benchMocks(findK6Path: () => Promise<string>): Promise<BenchRow[]> {
  if (!(await hasWrk())) {
    console.log('not measured: the mocks (wrk is missing; on Debian: apt-get install wrk)');
    return [];
  }
  const folder = await mkdtemp(join(tmpdir(), 'peakproof-mocks-'));
  const stops: (() => Promise<void>)[] = [];
  try {
    const ours = await startMocksServer();
    stops.push(ours.stop);
    const item = await askOnce(ours.itemUrl);
    const order = await askOnce(ours.ordersUrl, {
      method: 'POST',
      body: JSON.stringify({ sku: 'tea', orderKey: 'before-000000000' }),
    });
    const bare = await startBareServer(
      new Map([
        [ITEM.path, item],
        [ORDERS_PATH, order],
      ]),
    );
    stops.push(bare.stop);
    const jar = await fetchWireMock(folder);
    const wireMock = jar === null ? null : await startWireMock(jar, folder, item);
    if (wireMock) stops.push(wireMock.stop);
    const k6Path = wireMock ? await findK6Path() : '';

    for (const { pid, itemUrl } of [ours, bare]) await hammer(pid, itemUrl, WARM_SEC);
    if (wireMock) {
      await hammer(wireMock.pid, wireMock.itemUrl, WARM_JVM_SEC);
      await delayError(k6Path, folder, wireMock.delayedUrl, DELAY_MS);
    }
    const [us, them, java] = [none(), none(), none()];
    for (let round = 0; round < ROUNDS; round++) {
      them.item.push(await hammer(bare.pid, bare.itemUrl, ROUND_SEC));
      us.item.push(await hammer(ours.pid, ours.itemUrl, ROUND_SEC));
      if (wireMock) java.item.push(await hammer(wireMock.pid, wireMock.itemUrl, ROUND_SEC));
      const script = join(folder, 'orders.lua');
      await writeFile(script, ordersScript(`round${round}`));
      them.orders.push(await hammer(bare.pid, bare.ordersUrl, ROUND_SEC, script));
      us.orders.push(await hammer(ours.pid, ours.ordersUrl, ROUND_SEC, script));
      if (wireMock) {
        java.delay.push(await delayError(k6Path, folder, wireMock.delayedUrl, DELAY_MS));
        us.delay.push(await delayError(k6Path, folder, ours.delayedUrl, DELAY_MS));
      }
    }
    return rowsOf(us, them, java);
  } finally {
    for (const stop of stops) await stop();
    await rm(folder, { recursive: true });
  }
}

function rowsOf(us: Figures, bare: Figures, wireMock: Figures): BenchRow[] {
  const time = (name: string, aim: number, ours: Throughput[], theirs: Throughput[]): BenchRow =>
    row(name, aim, 'µs', ours.map(timeUs), theirs.map(timeUs));
  const cpu = (name: string, ours: Throughput[], theirs: Throughput[]): BenchRow =>
    row(name, BARE_AIM, 'µs', ours.map(cpuUs), theirs.map(cpuUs));
  const rows = [
    time('mocks: time per GET of a constant answer, beside node:http', BARE_AIM, us.item, bare.item),
    cpu('mocks: CPU per GET of a constant answer, beside node:http', us.item, bare.item),
    time('mocks: time per café order, beside node:http', BARE_AIM, us.orders, bare.orders),
    cpu('mocks: CPU per café order, beside node:http', us.orders, bare.orders),
  ];
  if (wireMock.item.length === 0) return rows;
  const error = (name: string, aim: number, of: (error: DelayError) => number): BenchRow =>
    row(name, aim, 'ms', us.delay.map(of), wireMock.delay.map(of));
  return [
    ...rows,
    time('mocks: time per GET of a constant answer, beside WireMock', 1, us.item, wireMock.item),
    error('mocks: 50 ms delay at 1,000/s, error p50, beside WireMock', 1, ({ p50Ms }) => p50Ms),
    error('mocks: 50 ms delay at 1,000/s, error p99, beside WireMock', 1.5, ({ p99Ms }) => p99Ms),
  ];
}

/** On a busy machine the time a request says more of who else was running; the CPU does not. */
const cpuUs = (one: Throughput): number => one.cpuUs;
const timeUs = ({ requestsPerSec }: Throughput): number => 1e6 / requestsPerSec;
