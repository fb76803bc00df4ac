import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a push on its way to the collector. `swallow`: k6 is told that it arrived. */
export type PushFate = 'pass' | 'refuse' | 'swallow';

/** Stands between k6 and the collector and decides the fate of each push, counted from 0. */
export async function startPushProxy(fateOf: (number: number) => PushFate): Promise<{
  port: number;
  close: () => void;
}> {
  let pushes = 0;
  const server = createServer((request, response) => {
    const fate = fateOf(pushes++);
    const answer = (status: number): void => void response.writeHead(status).end();
    if (fate !== 'pass') {
      request.resume();
      request.on('end', () => answer(fate === 'refuse' ? 500 : 204));
      return;
    }
    // The path begins with the collector's port: /<port>/api/v1/write
    const [, port, path] = /^\/(\d+)(\/.*)$/.exec(request.url ?? '') ?? [];
    const { host: _host, ...headers } = request.headers;
    const forward = send({ host: '127.0.0.1', port, path, method: 'POST', headers }, (reply) => {
      reply.resume();
      answer(reply.statusCode ?? 502);
    });
    forward.on('error', () => answer(502));
    request.pipe(forward);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { port, close: () => void server.close().closeAllConnections() };
}
