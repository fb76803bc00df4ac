import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

// One k6 under load, and what it costs. Linux only (/proc).

export interface BenchSize {
  ratePerSec: number;
  durationSec: number;
  rounds: number;
  fewVus: number;
  manyVus: number;
}

export interface Cost {
  /** CPU of k6 from the first order on, ms an order. */
  cpuMsPerOrder: number;
  /** Highest resident memory of k6, MB. */
  peakRssMb: number;
  /** Orders that reached the target. */
  orders: number;
  /** CPU of k6 over the load, as a share of one core. */
  k6Cores: number;
  /** The same of the target. */
  targetCores: number;
}

/** What every measurement needs. */
export interface Bench {
  k6Path: string;
  /** For scripts and settings; gone afterwards. */
  folder: string;
  target: Target;
}

export interface Run extends Bench {
  script: string;
  vus: number;
  size: Pick<BenchSize, 'ratePerSec' | 'durationSec'>;
  pushTo?: string;
}

interface Target {
  child: ChildProcess;
  baseUrl: string;
}

export async function measure({ k6Path, folder, target, script, vus, size, pushTo }: Run): Promise<Cost> {
  const config = join(folder, 'config.json');
  await writeFile(config, JSON.stringify({ scenarios: { checkout: scenario(vus, size) } }));
  const before = await orderCount(target.baseUrl);
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
  const readings = await watch(k6, target, async () => (await orderCount(target.baseUrl)) > before);
  const [code] = await ended;
  if (code !== 0) throw new Error(`k6 ended with code ${code}`);
  const orders = (await orderCount(target.baseUrl)) - before;
  const { cpuMs, targetCpuMs, tookMs, peakRssMb } = readings;
  return {
    cpuMsPerOrder: cpuMs / orders,
    peakRssMb,
    orders,
    k6Cores: cpuMs / tookMs,
    targetCores: targetCpuMs / tookMs,
  };
}

function scenario(vus: number, { ratePerSec, durationSec }: Run['size']) {
  return {
    executor: 'constant-arrival-rate',
    exec: 'order',
    rate: ratePerSec,
    timeUnit: '1s',
    duration: `${durationSec}s`,
    preAllocatedVUs: vus,
  };
}

interface Readings {
  cpuMs: number;
  targetCpuMs: number;
  tookMs: number;
  peakRssMb: number;
}

async function watch(k6: ChildProcess, target: Target, loaded: () => Promise<boolean>): Promise<Readings> {
  let first: { at: number; cpuMs: number; targetCpuMs: number } | null = null;
  let last = { cpuMs: 0, peakRssMb: 0 };
  let targetCpuMs = 0;
  while (k6.exitCode === null) {
    const reading = await readProcess(k6.pid);
    if (reading !== null) last = reading;
    targetCpuMs = (await readProcess(target.child.pid))?.cpuMs ?? targetCpuMs;
    if (first === null && reading !== null && (await loaded())) {
      first = { at: performance.now(), cpuMs: reading.cpuMs, targetCpuMs };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (first === null) throw new Error('k6 sent no order');
  return {
    cpuMs: last.cpuMs - first.cpuMs,
    targetCpuMs: targetCpuMs - first.targetCpuMs,
    tookMs: performance.now() - first.at,
    peakRssMb: last.peakRssMb,
  };
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

/** Works against a target of its own in a folder of its own. */
export async function withBench<Result>(
  k6Path: string,
  work: (bench: Bench) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'peakproof-bench-'));
  const target = await startTarget(folder);
  try {
    return await work({ k6Path, folder, target });
  } finally {
    target.child.disconnect();
    await rm(folder, { recursive: true });
  }
}

async function startTarget(folder: string): Promise<Target> {
  const here = dirname(fileURLToPath(import.meta.url));
  const source = [here, join(here, '..', 'test', 'bench', 'k6')].map((place) =>
    join(place, 'shop-target.ts'),
  );
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
