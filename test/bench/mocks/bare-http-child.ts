import { createServer, type ServerResponse } from 'node:http';
import type { KnownAnswer } from './mock-servers.ts';

// node:http and nothing else: the answers are given, by path. A body is read and parsed, as any partner must.

const answers = new Map<string, KnownAnswer>(JSON.parse(process.argv[2] ?? '[]'));

function send(response: ServerResponse, path = '/'): void {
  const answer = answers.get(path);
  if (!answer) throw new Error(`no answer is known for ${path}`);
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
}

// As long as the mocks keep an idle connection: the header that tells the client so is the same too.
const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
  if (request.method === 'GET') {
    send(response, request.url);
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString('utf8'));
    send(response, request.url);
  });
});
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
process.once('disconnect', () => process.exit(0));
