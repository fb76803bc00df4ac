import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cafe, httpPartner, latencyFault } from '../../support/mocks/mock-config.ts';
import { ofType, startMocksProcess } from '../../support/mocks/mock-processes.ts';

// The servers that are measured side by side, each in a process of its own.

/** What is measured: the partner that gives the constant answer, and its path. */
export const ITEM = {
  path: '/item',
  keys: { routes: { 'GET /item': { body: { id: 'tea', name: 'Green tea', price: 450, available: true } } } },
} as const;
export const ORDERS_PATH = '/orders';
export const DELAY_MS = 50;

const MOCKS = fileURLToPath(new URL('./bench-mocks.js', import.meta.url));
const BARE = fileURLToPath(new URL('./bench-bare-http.js', import.meta.url));

export interface KnownAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface BenchServer {
  pid: number;
  /** Where the constant answer is. */
  itemUrl: string;
  stop: () => Promise<void>;
}

export interface MocksServer extends BenchServer {
  ordersUrl: string;
  /** The constant answer, `DELAY_MS` late. */
  delayedUrl: string;
}

/** The mocks as a launch has them: metrics on, one fault in force and one to come, both elsewhere. */
export async function startMocksServer(): Promise<MocksServer> {
  const elsewhere = { partner: 'item', route: 'GET /elsewhere', add: '1s' };
  const mocks = startMocksProcess(MOCKS, {
    seed: 7,
    partners: [
      httpPartner('item', ITEM.keys),
      httpPartner('delayed', { ...ITEM.keys, latency: `${DELAY_MS}ms` }),
      cafe('cafe', { stock: { tea: '1000000000' } }),
    ],
    faults: [
      latencyFault('now', { ...elsewhere, at: '0', for: '1h' }),
      latencyFault('later', { ...elsewhere, at: '1h', for: '1h' }),
      latencyFault('now-at-the-cafe', { ...elsewhere, partner: 'cafe', at: '0', for: '1h' }),
    ],
  });
  const { adminUrl, partners } = await mocks.line(ofType('mocks-ready'));
  const body = JSON.stringify({ startAt: Date.now() });
  await fetch(`${adminUrl}/__admin/timeline/start`, { method: 'POST', body });
  await mocks.line(ofType('fault-on'));
  return {
    pid: mocks.child.pid ?? 0,
    itemUrl: partners['item'] + ITEM.path,
    delayedUrl: partners['delayed'] + ITEM.path,
    ordersUrl: partners['cafe'] + ORDERS_PATH,
    stop: mocks.stop,
  };
}

/** node:http with these answers, by path. */
export async function startBareServer(
  answers: ReadonlyMap<string, KnownAnswer>,
): Promise<BenchServer & { ordersUrl: string }> {
  const child = fork(BARE, [JSON.stringify([...answers])]);
  const ended = once(child, 'exit');
  const [{ port }] = await once(child, 'message');
  const baseUrl = `http://127.0.0.1:${port}`;
  return {
    pid: child.pid ?? 0,
    itemUrl: baseUrl + ITEM.path,
    ordersUrl: baseUrl + ORDERS_PATH,
    stop: async () => {
      child.disconnect();
      await ended;
    },
  };
}

/** An answer as it came, without what node:http adds to every one. */
export async function askOnce(url: string, init: RequestInit = {}): Promise<KnownAnswer> {
  const reply = await fetch(url, init);
  const headers = Object.fromEntries(reply.headers);
  for (const name of ['date', 'connection', 'keep-alive']) delete headers[name];
  return { status: reply.status, headers, body: await reply.text() };
}
