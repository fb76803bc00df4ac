import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { INSTANCE_TAG, TESTID_TAG } from '../../../k6/contract.ts';
import { PeakproofError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit-codes.ts';
import type { Observation, ObservationOf } from '../../observe/observation.ts';
import {
  decodeWriteRequest,
  type PushedSeries,
  RemoteWriteError,
  WRITE_LIMITS,
} from '../../observe/wire/remote-write.ts';
import { Refusals } from './refusals.ts';
import { isKept, SeriesDictionary } from './series-dictionary.ts';

export interface CollectorOptions {
  /** Pushes whose `testid` tag differs are refused. */
  runId: string;
  /** Must not wait. Called in the order in which pushes arrived. */
  onObservation: (observation: Observation) => void;
  /** Epoch ms. Default Date.now. */
  now?: () => number;
}

export interface Collector {
  /** For `K6_PROMETHEUS_RW_SERVER_URL`. */
  url: string;
  /** From now on pushes with this `instance` tag are taken, until the end of the run. */
  expectInstance(instance: string): void;
  /** Series that arrived and are not read, counted once a push. */
  ignoredSeries(): number;
  /** Ends at once: requests that are not whole are cut off. */
  close(): Promise<void>;
}

const WRITE_PATH = '/api/v1/write';
/** A push of k6 takes ms; k6 itself gives up after 5 s. */
const REQUEST_TIMEOUT_MS = 5_000;
/** Longer than any pause between two pushes: closing an idle connection would race with the next push. */
const KEEP_ALIVE_MS = 75_000;
const MAX_CONNECTIONS = 128;

/**
 * Takes Prometheus remote write from k6 on 127.0.0.1, at a free port, and turns each push into observations:
 * `series` at first sight, then one `push`. Answers 204 before anything reaches the disk.
 * @throws {PeakproofError} `collector-not-started`
 */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const now = options.now ?? Date.now;
  const intake = new Intake(options, now);
  const refusals = new Refusals(options.onObservation, now);
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => handle(request, response, intake, refusals),
  );
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxConnections = MAX_CONNECTIONS;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseSocket(error, socket, refusals));
  const { port } = await listen(server);
  return {
    url: `http://127.0.0.1:${port}${WRITE_PATH}`,
    expectInstance: (instance) => intake.expected.add(instance),
    ignoredSeries: () => intake.ignored,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        refusals.end();
      }),
  };
}

function listen(server: Server): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const failed = (reason: string) =>
      new PeakproofError({
        code: 'collector-not-started',
        message: `Cannot listen on 127.0.0.1 for k6's metrics: ${reason}.`,
        hint: 'peakproof doctor shows what this machine allows.',
        exitCode: EXIT.environment,
      });
    server.once('error', (error) => reject(failed(error.message)));
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address !== null && typeof address === 'object') resolve(address);
      else reject(failed('no port was given'));
    });
  });
}

/** Why a request is not taken. Reasons hold no text of the sender. */
interface PushRefusal {
  status: number;
  reason: string;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  intake: Intake,
  refusals: Refusals,
): Promise<void> {
  const refusal = refusalOfHead(request) ?? (await takeBody(request, intake));
  if (refusal === 'cut-off') return;
  if (refusal === null) {
    response.writeHead(204).end();
    return;
  }
  refusals.add(refusal);
  // The rest of a body that is not wanted is not read: the connection ends with the answer.
  const headers = { connection: 'close', ...(refusal.status === 405 ? { allow: 'POST' } : {}) };
  response.writeHead(refusal.status, headers).end(`${refusal.reason}\n`, () => request.destroy());
}

function refusalOfHead({ url, method, headers }: IncomingMessage): PushRefusal | null {
  if (url !== WRITE_PATH) return { status: 404, reason: `only ${WRITE_PATH} is here` };
  if (method !== 'POST') return { status: 405, reason: 'only POST is taken' };
  if (headers['content-encoding'] !== 'snappy')
    return { status: 415, reason: 'content-encoding is not snappy' };
  const type = headers['content-type'] ?? '';
  // Version 2 names its message type here and is another format.
  if (!type.startsWith('application/x-protobuf') || type.includes('write.v2')) {
    return { status: 415, reason: 'content-type is not that of remote write 1.0' };
  }
  return Number(headers['content-length']) > WRITE_LIMITS.maxBodyBytes ? TOO_LARGE : null;
}

const TOO_LARGE: PushRefusal = {
  status: 413,
  reason: `body has more than ${WRITE_LIMITS.maxBodyBytes} bytes`,
};

async function takeBody(request: IncomingMessage, intake: Intake): Promise<PushRefusal | 'cut-off' | null> {
  const body = await readBody(request);
  return body instanceof Uint8Array ? intake.take(body) : body;
}

function readBody(request: IncomingMessage): Promise<Uint8Array | PushRefusal | 'cut-off'> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    request.on('data', (chunk: Uint8Array) => {
      bytes += chunk.byteLength;
      if (bytes <= WRITE_LIMITS.maxBodyBytes) chunks.push(chunk);
      else {
        request.pause();
        resolve(TOO_LARGE);
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => resolve('cut-off'));
    request.on('close', () => resolve('cut-off'));
  });
}

type Push = ObservationOf<'push'>;

/** From a whole body to observations. */
class Intake {
  readonly expected = new Set<string>();
  ignored = 0;
  readonly #options: CollectorOptions;
  readonly #now: () => number;
  readonly #dictionary = new SeriesDictionary();

  constructor(options: CollectorOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  /** null: taken. A push is taken whole or not at all. */
  take(body: Uint8Array): PushRefusal | null {
    const series = decoded(body);
    if (!Array.isArray(series)) return series;
    const stranger = series.some(({ labels }) => !this.#isOurs(labels));
    // A k6 of another run, left over or started by hand, would be counted as this run's load.
    if (stranger) return { status: 403, reason: 'a series is not of a k6 that this run has started' };
    const kept = series.filter(isKept);
    if (!this.#dictionary.hasRoomFor(kept)) return { status: 413, reason: 'the run has too many series' };
    this.ignored += series.length - kept.length;
    this.#emit(kept);
    return null;
  }

  #isOurs(labels: PushedSeries['labels']): boolean {
    return labels[TESTID_TAG] === this.#options.runId && this.expected.has(labels[INSTANCE_TAG] ?? '');
  }

  #emit(kept: readonly PushedSeries[]): void {
    const at = this.#now();
    const samples: Push['samples'][number][] = [];
    const histograms: Push['histograms'][number][] = [];
    for (const one of kept) {
      const { id, seen } = this.#dictionary.look(one, at);
      if (seen) this.#options.onObservation(seen);
      for (const sample of one.samples) samples.push([id, sample.at, sample.value]);
      for (const histogram of one.histograms) histograms.push([id, histogram.at, histogram.state]);
    }
    this.#options.onObservation({ type: 'push', at, samples, histograms });
  }
}

function decoded(body: Uint8Array): PushedSeries[] | PushRefusal {
  try {
    return decodeWriteRequest(body);
  } catch (error) {
    if (!(error instanceof RemoteWriteError)) throw error;
    return { status: error.code === 'too-large' ? 413 : 400, reason: error.message };
  }
}

/** What never became a request: not HTTP, or too slow. */
function refuseSocket(error: NodeJS.ErrnoException, socket: Duplex, refusals: Refusals): void {
  if (error.code === 'ECONNRESET') return;
  const slow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const status = slow ? 408 : 400;
  refusals.add({ status, reason: slow ? `no whole request within ${REQUEST_TIMEOUT_MS} ms` : 'not HTTP' });
  if (socket.writable)
    socket.end(`HTTP/1.1 ${status} ${slow ? 'Request Timeout' : 'Bad Request'}\r\nconnection: close\r\n\r\n`);
  else socket.destroy();
}
