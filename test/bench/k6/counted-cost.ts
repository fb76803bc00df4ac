import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './k6-cost.ts';

// What an order and a VU take of k6's memory, by its own counts (pprof): nearly the same on any machine, busy or not.

export interface CountedCost {
  /** Live heap of a VU that has not run yet, after a garbage collection, kB. */
  idleKbPerVu: number;
  /** Allocated in an order, kB, and in how many pieces. */
  kbPerOrder: number;
  mallocsPerOrder: number;
}

const FIRST_ORDERS = 150;
const MORE_ORDERS = 450;
const PER_SEC = 300;
const PAUSE_SEC = 2;
const [FEW_VUS, MANY_VUS] = [20, 220];
const STARTS_WITHIN_MS = 20_000;

/** @param target gets the orders of this script and no others */
export async function countedCost(bench: Bench, name: string, script: string): Promise<CountedCost> {
  const measured = await Promise.all([
    orders(bench, name, script),
    idleHeap(bench, name, script, FEW_VUS),
    idleHeap(bench, name, script, MANY_VUS),
  ]);
  const [perOrder, few, many] = measured;
  return { ...perOrder, idleKbPerVu: (many - few) / (MANY_VUS - FEW_VUS) / 1_000 };
}

type PerOrder = Pick<CountedCost, 'kbPerOrder' | 'mallocsPerOrder'>;

/** Orders at a rate that hardly is one, with a pause in which what the first of them took is read. */
async function orders(bench: Bench, name: string, script: string): Promise<PerOrder> {
  const stage = (target: number, duration: string) => ({ target, duration });
  const scenario = {
    executor: 'ramping-arrival-rate',
    exec: 'order',
    startRate: PER_SEC,
    preAllocatedVUs: 20,
    stages: [
      stage(PER_SEC, `${FIRST_ORDERS / PER_SEC}s`),
      stage(0, '0s'),
      stage(0, `${PAUSE_SEC}s`),
      stage(PER_SEC, '0s'),
      stage(PER_SEC, `${MORE_ORDERS / PER_SEC}s`),
      // k6 ends with its last order, before anybody has read: so there are more to come.
      stage(1, '0s'),
      stage(1, '60s'),
    ],
  };
  await using k6 = await startK6(bench, `${name}-orders`, script, scenario);
  const before = await k6.settled(FIRST_ORDERS);
  const after = await k6.settled(FIRST_ORDERS + MORE_ORDERS);
  const count = after.iterations - before.iterations;
  return {
    kbPerOrder: (after.totalAlloc - before.totalAlloc) / count / 1_000,
    mallocsPerOrder: (after.mallocs - before.mallocs) / count,
  };
}

/** Live heap of a k6 whose VUs are made and have nothing to do yet, bytes. */
async function idleHeap(bench: Bench, name: string, script: string, vus: number): Promise<number> {
  const scenario = {
    executor: 'constant-arrival-rate',
    exec: 'order',
    startTime: '60s',
    duration: '1s',
    rate: 1,
    preAllocatedVUs: vus,
    maxVUs: vus,
  };
  await using k6 = await startK6(bench, `${name}-${vus}`, script, scenario);
  return (await k6.settled(0)).heapAlloc;
}

interface Counts {
  iterations: number;
  totalAlloc: number;
  mallocs: number;
  heapAlloc: number;
}

interface Running extends AsyncDisposable {
  /** Its counts once so many orders have ended and all VUs are there. */
  settled(orders: number): Promise<Counts>;
}

async function startK6(
  { k6Path, folder }: Bench,
  name: string,
  script: string,
  scenario: object,
): Promise<Running> {
  const config = `${folder}/${name}.json`;
  const address = `127.0.0.1:${await freePort()}`;
  await writeFile(config, JSON.stringify({ scenarios: { checkout: scenario } }));
  const k6 = spawn(
    k6Path,
    [
      ...['run', '--quiet', '--no-usage-report', '--summary-mode=disabled', '--console-output=/dev/null'],
      ...['--address', address, '--profiling-enabled', '--config', config, script],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, GOGC: '100' } },
  );
  const get = (path: string) => fetch(`http://${address}${path}`).then((response) => response.text());
  return {
    settled: async (wanted) => {
      const deadline = performance.now() + STARTS_WITHIN_MS;
      for (;;) {
        const iterations = await iterationsOf(get);
        if (iterations !== null && iterations >= wanted) {
          // Twice: what the first collection finds goes with the second.
          await get('/debug/pprof/heap?gc=1&debug=1');
          return { iterations, ...countsIn(await get('/debug/pprof/heap?gc=1&debug=1')) };
        }
        if (k6.exitCode !== null || performance.now() > deadline)
          throw new Error(`${name}: k6 did not get there`);
        await sleep(50);
      }
    },
    [Symbol.asyncDispose]: () => end(k6),
  };
}

/** null: not yet running. */
async function iterationsOf(get: (path: string) => Promise<string>): Promise<number | null> {
  const status = await get('/v1/status').catch(() => null);
  if (status === null || JSON.parse(status).data?.attributes?.running !== true) return null;
  const metrics: { data: { id: string; attributes: { sample: { count?: number } } }[] } = JSON.parse(
    await get('/v1/metrics'),
  );
  return metrics.data.find(({ id }) => id === 'iterations')?.attributes.sample.count ?? 0;
}

function countsIn(profile: string): Omit<Counts, 'iterations'> {
  const read = (field: string): number => {
    const found = new RegExp(`^# ${field} = (\\d+)$`, 'm').exec(profile)?.[1];
    if (found === undefined) throw new Error(`k6's profile has no ${field}`);
    return Number(found);
  };
  return { totalAlloc: read('TotalAlloc'), mallocs: read('Mallocs'), heapAlloc: read('HeapAlloc') };
}

async function end(k6: ChildProcess): Promise<void> {
  if (k6.exitCode !== null) return;
  k6.kill('SIGKILL');
  await once(k6, 'exit');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
