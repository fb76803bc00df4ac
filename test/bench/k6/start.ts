import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CANARY_PREFIX } from '../../../scripts/core/canary.ts';
import { type BenchRow, median, row } from '../row.ts';

// Time from the command to the first order of load: `peakproof run` beside `k6 run` of a script with the same rate.

const ROUNDS = 5;
/** `peakproof run` may take this much longer: it proves the target with a canary order first. */
const ALLOWED_MORE_MS = 1_000;
const CLI = fileURLToPath(new URL('./cli.js', import.meta.url));

export async function benchStart(k6Path: string): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'peakproof-start-'));
  const orders = new OrderWatch();
  const port = await orders.listen();
  try {
    await writeFile(join(folder, 'launch.yaml'), launchPlan(port));
    await writeFile(join(folder, 'script.js'), k6Script(port));
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      theirs.push(
        await timeToFirstOrder(orders, folder, k6Path, ['run', '--quiet', '--no-usage-report', 'script.js']),
      );
      ours.push(
        await timeToFirstOrder(orders, folder, process.execPath, [
          CLI,
          'run',
          'launch.yaml',
          '--out',
          `run-${round}`,
        ]),
      );
    }
    const aim = (median(theirs) + ALLOWED_MORE_MS) / median(theirs);
    return [row('from the command to the first order', Number(aim.toFixed(2)), 'ms', ours, theirs)];
  } finally {
    orders.close();
    await rm(folder, { recursive: true });
  }
}

/** A target that tells when the first order that is no canary has arrived. */
class OrderWatch {
  readonly #server: Server = createServer((request, response) => {
    request.resume();
    const key = String(request.headers['idempotency-key'] ?? '');
    if (!key.startsWith(CANARY_PREFIX)) this.#onOrder(performance.now());
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"order":{"id":"1"}}');
  });
  #onOrder: (at: number) => void = () => {};

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the system gave no port');
    return address.port;
  }

  next(): Promise<number> {
    return new Promise((resolve) => {
      this.#onOrder = resolve;
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function timeToFirstOrder(
  orders: OrderWatch,
  cwd: string,
  command: string,
  args: string[],
): Promise<number> {
  const first = orders.next();
  const startedAt = performance.now();
  const child = spawn(command, args, { cwd, stdio: 'ignore' });
  const ended = once(child, 'exit');
  const at = await Promise.race([first, ended.then(() => null)]);
  if (at === null) throw new Error(`${command} ${args.join(' ')} ended without an order`);
  child.kill('SIGINT');
  await ended;
  return at - startedAt;
}

const launchPlan = (port: number): string => `
version: 1
name: start
forecast: { curve: [{ at: 0s, rate: 100/s }, { at: 120s, rate: 100/s }] }
slo: { allowedDowntime: 30s }
rehearsal: { replay: whole, multiples: [1], arrivals: even, warmUp: 0s, settle: 0s }
target: { baseUrl: 'http://127.0.0.1:${port}' }
client: { timeout: 10s, patience: 10s }
journeys:
  order:
    steps:
      - post: /orders
        headers: { Idempotency-Key: '{{orderKey}}' }
        confirmed: { status: 201, has: order.id }
`;

/** As many VUs as the plan above gets: 1.25 x rate x patience. */
const k6Script = (port: number): string => `
import http from 'k6/http';
export const options = { scenarios: { order: { executor: 'constant-arrival-rate', rate: 100, timeUnit: '1s',
  duration: '120s', preAllocatedVUs: 1250 } } };
export default function () { http.post('http://127.0.0.1:${port}/orders'); }
`;
