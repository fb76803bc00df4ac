import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A shop whose paths fail in one way each; `/menu`, `/cart` and `/orders` work. */
export interface FaultyServer extends AsyncDisposable {
  baseUrl: string;
  /** Requests so far. */
  requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
  /** Connections so far. */
  connections(): number;
}

export async function startFaultyServer(): Promise<FaultyServer> {
  const requests: FaultyServer['requests'] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const body = (await request.setEncoding('utf8').toArray()).join('');
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
    const { socket } = response;
    switch (request.url) {
      case '/reset':
        return socket?.resetAndDestroy();
      case '/close':
        return socket?.end();
      case '/hang':
        return;
      case '/hang-in-body':
        return void response.writeHead(200, { 'content-length': 100 }).write('half of it');
      case '/truncated':
        return void response
          .writeHead(200, { 'content-length': 100 })
          .write('half of it', () => setImmediate(() => socket?.destroy()));
      case '/garbage':
        return socket?.end('too many open files\r\n\r\n');
      case '/redirect':
        return response.writeHead(302, { location: '/menu' }).end();
      case '/redirect-away':
        return response.writeHead(302, { location: 'http://elsewhere.example/' }).end();
      case '/broken':
        return response.writeHead(500).end('no');
      case '/apology':
        return response.writeHead(200).end('Sorry,\r\n\u001b[31mno "чай" \u202e{today}');
      case '/throttled':
        return response.writeHead(503, { 'retry-after': '7' }).end('busy');
      case '/every-second':
        return response
          .writeHead(requests.filter(({ url }) => url === request.url).length % 2 ? 500 : 200)
          .end();
      case '/at/corner':
        return response.writeHead(409).end('{"code":"CLOSED"}');
      case '/cart':
        return response.writeHead(201).end('{"id":"cart-1"}');
      case '/orders':
        return response.writeHead(201).end('{"order":{"id":"o-1"}}');
      default:
        return response.writeHead(200, { 'set-cookie': 'a=b' }).end('{"items":[]}');
    }
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    baseUrl: `http://127.0.0.1:${portOf(address)}`,
    requests,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address !== 'object' || address === null) throw new TypeError('the server has no port');
  return address.port;
}
