import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

// node:http with the limits that keep hostile or broken clients from hurting it. Partners, the admin API and the
// demo shop answer through this.

export interface JsonRequest {
  method: string;
  /** Without the query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** Parsed JSON; undefined without a body. */
  body: unknown;
  /** When its headers had arrived, on the clock of performance.now(), ms. */
  arrivedAtMs: number;
}

export interface JsonAnswer {
  status: number;
  /** A string is sent as plain text, anything else as JSON. */
  body: unknown;
  headers?: Record<string, string>;
}

const MAX_BODY_BYTES = 1_000_000;
/** A body too large is read to its end, so that the client sees the 413; beyond this the connection is cut. */
const MAX_DISCARDED_BYTES = 16_000_000;
/** Above the idle time of common clients' pools: a server that closes first looks like an injected reset. */
const KEEP_ALIVE_MS = 120_000;

/** @param handle what it throws becomes a 500. */
export function jsonServer(handle: (request: JsonRequest) => JsonAnswer | Promise<JsonAnswer>): Server {
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 2_000,
    },
    async (message, response) => {
      const arrivedAtMs = performance.now();
      const answer = await answerTo(message, arrivedAtMs, handle);
      if (answer === null || response.destroyed) return;
      const isText = typeof answer.body === 'string';
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
      response.writeHead(answer.status, {
        'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
        'content-length': Buffer.byteLength(text),
        ...answer.headers,
      });
      response.end(text);
    },
  );
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  return server;
}

/** null = the client has gone, there is nobody to answer. */
async function answerTo(
  message: IncomingMessage,
  arrivedAtMs: number,
  handle: (request: JsonRequest) => JsonAnswer | Promise<JsonAnswer>,
): Promise<JsonAnswer | null> {
  try {
    const url = message.url ?? '/';
    const queryAt = url.indexOf('?');
    const text = await readBody(message);
    if (text === null) {
      return problem(413, 'BODY_TOO_LARGE', `a body has at most ${MAX_BODY_BYTES} bytes`);
    }
    const body = parseJson(text);
    if (body === 'bad-json') return problem(400, 'BAD_JSON', 'the body is not JSON');
    const path = queryAt < 0 ? url : url.slice(0, queryAt);
    return await handle({
      method: message.method ?? 'GET',
      path,
      headers: message.headers,
      body: body.value,
      arrivedAtMs,
    });
  } catch (error) {
    if (message.destroyed && !message.complete) return null;
    return problem(500, 'INTERNAL', error instanceof Error ? error.message : String(error));
  }
}

export function problem(status: number, code: string, message: string): JsonAnswer {
  return { status, body: { code, message } };
}

/** 404 or 405 for a request that no route takes. `methods` are those that the path does take. */
export function notRouted(request: JsonRequest, methods: Iterable<string> | undefined): JsonAnswer {
  if (!methods) return problem(404, 'NOT_FOUND', 'there is nothing at this path');
  const allow = [...methods].join(', ');
  return {
    ...problem(405, 'METHOD_NOT_ALLOWED', `${request.method} is not allowed, only ${allow}`),
    headers: { allow },
  };
}

function parseJson(text: string): { value: unknown } | 'bad-json' {
  if (text === '') return { value: undefined };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return 'bad-json';
  }
}

/** null = larger than allowed. */
function readBody(message: IncomingMessage): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    message.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
      else if (bytes > MAX_DISCARDED_BYTES) message.destroy();
    });
    message.on('end', () => {
      resolve(bytes > MAX_BODY_BYTES ? null : Buffer.concat(chunks).toString('utf8'));
    });
    message.on('error', reject);
    message.on('close', () => reject(new Error('the client closed the connection')));
  });
}

/** @returns the address to call it at, e.g. `http://127.0.0.1:9401`; rejects with node's error code. */
export function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address: AddressInfo | string | null = server.address();
      const actualPort = typeof address === 'object' && address ? address.port : port;
      resolve(`http://${callableHost(host)}:${actualPort}`);
    });
  });
}

/** Closes at once, with the connections that are open. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** "All addresses" is none that can be called: this machine's loopback stands for it. */
function callableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
