import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

// HTTP by hand, for what no client would send.

export function open(url: string): Socket {
  const { hostname, port } = new URL(url);
  // The other side may reset it at any time; whoever waits sees its `close`.
  return connect(Number(port), hostname).on('error', () => {});
}

/** Unlike node's `once`, also when an error came first. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}

/** Sends these bytes; @returns all that comes back until the other side closes. */
export async function exchange(url: string, bytes: string): Promise<string> {
  const socket = open(url);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  socket.write(bytes);
  await closed(socket);
  return text;
}

/** A request after which the connection is closed. */
export function requestText(
  method: string,
  path: string,
  body = '',
  headers: readonly string[] = [],
): string {
  const own = ['Host: partner', 'Connection: close', ...headers];
  if (body !== '') own.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`);
  return `${method} ${path} HTTP/1.1\r\n${own.join('\r\n')}\r\n\r\n${body}`;
}

/** Writes the same bytes until the connection is closed or `most` have been written. @returns how many were. */
export async function flood(url: string, head: string, piece: Buffer, most: number): Promise<number> {
  const socket = open(url).resume();
  const gone = closed(socket);
  socket.write(head);
  let written = 0;
  while (!socket.destroyed && written < most) {
    written += piece.length;
    if (!socket.write(piece)) await Promise.race([once(socket, 'drain').catch(() => null), gone]);
  }
  socket.end();
  await gone;
  return written;
}
