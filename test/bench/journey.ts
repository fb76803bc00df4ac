import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { LoadSpec } from '../../k6/contract.ts';
import { bundleLoadScript } from '../../scripts/engine/bundle.ts';
import { inventPeople } from '../../scripts/engine/people.ts';
import { journey, step } from '../support/journeys.ts';
import { type BenchRow, row } from './row.ts';

// What our `steps` journey costs beside a hand-written k6 script with the same three requests. Linux only (/proc).

export interface BenchSize {
  ratePerSec: number;
  durationSec: number;
  rounds: number;
  fewVus: number;
  manyVus: number;
}

const FULL: BenchSize = { ratePerSec: 200, durationSec: 20, rounds: 3, fewVus: 500, manyVus: 2_000 };

interface Cost {
  /** CPU of k6 from the first order on, ms an order. */
  cpuMsPerOrder: number;
  /** Highest resident memory of k6, MB. */
  peakRssMb: number;
}

type Round = Record<'theirsFew' | 'oursFew' | 'oursPushed' | 'theirsMany' | 'oursMany', Cost>;

/** Runs every variant in turn, round after round, so that a busy minute of the machine hits them all. */
export async function benchJourney(k6Path: string, size: BenchSize = FULL): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'peakproof-bench-'));
  const { child, baseUrl } = await startTarget(folder);
  try {
    const ours = join(folder, 'ours.js');
    const theirs = join(folder, 'theirs.js');
    await bundleLoadScript({ spec: loadSpec(baseUrl), people: inventPeople(1_000, 7), outFile: ours });
    await writeFile(theirs, handWritten(baseUrl));
    const sink = `${baseUrl}/push`;
    const run = (script: string, vus: number, pushTo?: string): Promise<Cost> =>
      measure({ k6Path, folder, baseUrl, script, vus, size, ...(pushTo === undefined ? {} : { pushTo }) });
    const rounds: Round[] = [];
    for (let round = 0; round < size.rounds; round++) {
      rounds.push({
        theirsFew: await run(theirs, size.fewVus),
        oursFew: await run(ours, size.fewVus),
        oursPushed: await run(ours, size.fewVus, sink),
        theirsMany: await run(theirs, size.manyVus),
        oursMany: await run(ours, size.manyVus),
      });
    }
    const cpu = (of: (round: Round) => Cost) => rounds.map((round) => of(round).cpuMsPerOrder);
    const perVu = (few: Cost, many: Cost) => (many.peakRssMb - few.peakRssMb) / (size.manyVus - size.fewVus);
    return [
      row(
        'CPU per order, few VUs',
        1.1,
        'ms',
        cpu((r) => r.oursFew),
        cpu((r) => r.theirsFew),
      ),
      row(
        'CPU per order, many VUs',
        1.1,
        'ms',
        cpu((r) => r.oursMany),
        cpu((r) => r.theirsMany),
      ),
      row(
        'memory per VU',
        1.1,
        'MB',
        rounds.map((r) => perVu(r.oursFew, r.oursMany)),
        rounds.map((r) => perVu(r.theirsFew, r.theirsMany)),
      ),
      row(
        'CPU per order, with and without metrics output',
        1.03,
        'ms',
        cpu((r) => r.oursPushed),
        cpu((r) => r.oursFew),
      ),
    ];
  } finally {
    child.disconnect();
    await rm(folder, { recursive: true });
  }
}

interface Run {
  k6Path: string;
  folder: string;
  baseUrl: string;
  script: string;
  vus: number;
  size: BenchSize;
  pushTo?: string;
}

async function measure({ k6Path, folder, baseUrl, script, vus, size, pushTo }: Run): Promise<Cost> {
  const config = join(folder, 'config.json');
  await writeFile(config, JSON.stringify({ scenarios: { checkout: scenario(vus, size) } }));
  const before = await orderCount(baseUrl);
  const output =
    pushTo === undefined ? [] : ['-o', 'experimental-prometheus-rw', '--features', 'native-histograms'];
  const k6 = spawn(
    k6Path,
    [
      'run',
      '--quiet',
      '--no-usage-report',
      '--summary-mode=disabled',
      '--console-output=/dev/null',
      '--config',
      config,
      ...output,
      script,
    ],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        ...(pushTo === undefined
          ? {}
          : {
              K6_PROMETHEUS_RW_SERVER_URL: pushTo,
              K6_PROMETHEUS_RW_PUSH_INTERVAL: '1s',
              K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM: 'true',
            }),
      },
    },
  );
  const ended = once(k6, 'exit');
  const readings = await watch(k6, async () => (await orderCount(baseUrl)) > before);
  const [code] = await ended;
  if (code !== 0) throw new Error(`k6 ended with code ${code}`);
  const orders = (await orderCount(baseUrl)) - before;
  if (orders < 0.9 * size.ratePerSec * size.durationSec) throw new Error(`only ${orders} orders arrived`);
  return { cpuMsPerOrder: readings.cpuMs / orders, peakRssMb: readings.peakRssMb };
}

function scenario(vus: number, { ratePerSec, durationSec }: BenchSize) {
  return {
    executor: 'constant-arrival-rate',
    exec: 'order',
    rate: ratePerSec,
    timeUnit: '1s',
    duration: `${durationSec}s`,
    preAllocatedVUs: vus,
  };
}

async function watch(
  k6: ChildProcess,
  loaded: () => Promise<boolean>,
): Promise<{ cpuMs: number; peakRssMb: number }> {
  let firstMs: number | null = null;
  let last = { cpuMs: 0, peakRssMb: 0 };
  while (k6.exitCode === null) {
    const reading = await readProcess(k6.pid);
    if (reading !== null) last = reading;
    if (firstMs === null && reading !== null && (await loaded())) firstMs = reading.cpuMs;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (firstMs === null) throw new Error('k6 sent no order');
  return { cpuMs: last.cpuMs - firstMs, peakRssMb: last.peakRssMb };
}

/** null once the process is gone. */
async function readProcess(pid: number | undefined): Promise<{ cpuMs: number; peakRssMb: number } | null> {
  try {
    const stat = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
    const peak = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'));
    // utime and stime, in clock ticks of 10 ms.
    return peak
      ? { cpuMs: (Number(stat[11]) + Number(stat[12])) * 10, peakRssMb: Number(peak[1]) / 1_024 }
      : null;
  } catch {
    return null;
  }
}

async function orderCount(baseUrl: string): Promise<number> {
  return Number(await (await fetch(`${baseUrl}/count`)).text());
}

async function startTarget(folder: string): Promise<{ child: ChildProcess; baseUrl: string }> {
  const here = dirname(fileURLToPath(import.meta.url));
  const source = [here, join(here, '..', 'test', 'bench')].map((place) => join(place, 'shop-target.ts'));
  const outfile = join(folder, 'shop-target.mjs');
  const entry = await firstReadable(source);
  await build({ entryPoints: [entry], outfile, platform: 'node', format: 'esm', logLevel: 'silent' });
  const child = fork(outfile);
  const [address] = await once(child, 'message');
  return { child, baseUrl: `http://127.0.0.1:${address.port}` };
}

async function firstReadable(paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    const found = await readFile(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  throw new Error(`none of these exists: ${paths.join(', ')}`);
}

function loadSpec(baseUrl: string): LoadSpec {
  return {
    runId: 'bench',
    userAgent: 'peakproof/bench',
    baseUrl,
    stepIndex: 0,
    seed: 7,
    cafes: [{ name: 'beanhouse', shareRatio: 1, menu: ['drink-1', 'drink-2'], movesRatio: 0 }],
    loggedEvery: {},
    partnerUrls: {},
    client: {
      timeoutMs: 10_000,
      patienceMs: 30_000,
      slowAfterMs: 3_000,
      thinkTime: null,
      retries: {
        max: 3,
        retryOn: ['timeout', '5xx', '429'],
        backoff: { baseMs: 1_000, factor: 2, jitter: 'full' },
      },
      doubleTapRatio: 0,
    },
    journeys: [
      journey([
        step({ name: 'GET /menu', method: 'GET', path: '/menu' }),
        step({
          name: 'POST /cart',
          path: '/cart',
          json: { sku: '{{sku}}', name: '{{firstName}}' },
          capture: { cart: 'id' },
        }),
        step({
          headers: { 'Idempotency-Key': '{{orderKey}}' },
          json: { cart: '{{cart}}' },
          confirmed: { status: 201, has: 'order.id', where: {} },
          soldOut: { status: 409, has: null, where: { code: 'SOLD_OUT' }, item: 'item' },
        }),
      ]),
    ],
  };
}

/** What a careful user would write: the same requests, headers, timeouts and one check. */
function handWritten(baseUrl: string): string {
  return `
import http from 'k6/http';
import { check } from 'k6';
import exec from 'k6/execution';
const headers = { 'User-Agent': 'peakproof/bench', 'X-Load-Test': 'bench', 'Content-Type': 'application/json' };
const names = ['Ann', 'Ben', 'Cleo', 'Dan'];
export function order() {
  const n = exec.scenario.iterationInTest;
  http.get('${baseUrl}/menu', { headers, timeout: '10s', tags: { name: 'GET /menu' } });
  const cart = http.post('${baseUrl}/cart', JSON.stringify({ sku: 'drink-' + (n % 2 + 1), name: names[n % 4] }),
    { headers, timeout: '10s', tags: { name: 'POST /cart' } }).json('id');
  const ordered = http.post('${baseUrl}/orders', JSON.stringify({ cart }),
    { headers: { ...headers, 'Idempotency-Key': 'bench-' + n }, timeout: '10s', tags: { name: 'POST /orders' } });
  check(ordered, { confirmed: (r) => r.status === 201 && r.json('order.id') !== undefined });
}
`;
}
