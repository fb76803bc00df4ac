import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

// node:http with the limits that keep hostile or broken clients from hurting it. Partners, the admin API and the
// demo shop listen through this.

export const MAX_BODY_BYTES = 1_000_000;
/** A body too large is read to its end, so that the client sees the 413; beyond this the connection is cut. */
const MAX_DISCARDED_BYTES = 16_000_000;
/** Above the idle time of common clients' pools: a server that closes first looks like an injected reset. */
const KEEP_ALIVE_MS = 120_000;

export function limitedServer(
  onRequest: (message: IncomingMessage, response: ServerResponse) => void,
): Server {
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 2_000,
    },
    onRequest,
  );
  server.on('clientError', (error, socket) => {
    const status = UNREADABLE.get('code' in error ? error.code : null) ?? '400 Bad Request';
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    else socket.destroy();
  });
  return server;
}

/** What node says of a request that it gave up reading; of any other it is 400. */
const UNREADABLE: ReadonlyMap<unknown, string> = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
]);

const NO_BODY = Buffer.alloc(0);

/** Calls back once with the body, or with null if it is larger than allowed; never if the client goes before its end. */
export function readBody(message: IncomingMessage, done: (body: Buffer | null) => void): void {
  const { headers } = message;
  if (headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0') {
    done(NO_BODY);
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  message.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else if (bytes > MAX_DISCARDED_BYTES) message.destroy();
  });
  message.on('end', () => {
    const [only] = chunks;
    if (bytes > MAX_BODY_BYTES) done(null);
    else done(chunks.length === 1 && only ? only : Buffer.concat(chunks));
  });
  message.on('error', () => {});
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
