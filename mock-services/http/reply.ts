import type { ServerResponse } from 'node:http';
import type { Delivery } from '../fault.ts';
import type { PartnerAnswer } from '../partner.ts';
import { type Piece, pacer } from './pacer.ts';

// How an answer leaves: whole, or as a fault has it.

/** A body is cut into at most so many pieces to be sent slowly. */
const SLOW_PIECES = 20;

/** Whether an answer has what this delivery takes or slows: without a body nothing can be cut. */
export function canSpoil(
  { status, body, pieces }: PartnerAnswer,
  delivery: Delivery,
  method: string,
): boolean {
  const { kind } = delivery;
  const bodyOnly =
    kind === 'truncate' || kind === 'slow-body' || (kind === 'malformed' && delivery.what === 'json');
  if (!bodyOnly || pieces !== undefined) return true;
  const empty = body === '' || (Buffer.isBuffer(body) && body.length === 0);
  return !empty && method !== 'HEAD' && status !== 204 && status !== 304;
}

export function reply(response: ServerResponse, answer: PartnerAnswer, delivery: Delivery | undefined): void {
  if (answer.pieces !== undefined) stream(response, answer, answer.pieces, delivery);
  else if (delivery === undefined) whole(response, answer);
  else broken(response, answer, delivery);
}

interface Payload {
  type: string;
  body: string | Buffer;
}

function payloadOf(body: unknown): Payload {
  if (Buffer.isBuffer(body)) return { type: 'application/octet-stream', body };
  if (typeof body === 'string') return { type: 'text/plain; charset=utf-8', body };
  return { type: 'application/json', body: JSON.stringify(body) };
}

function whole(response: ServerResponse, { status, body, headers }: PartnerAnswer): void {
  if (status === 204 || status === 304) {
    // These have no body, and so neither type nor length.
    const { 'content-type': _none, ...own } = headers ?? {};
    response.writeHead(status, own).end();
    return;
  }
  const payload = payloadOf(body);
  response.writeHead(status, headersOf(payload, headers, Buffer.byteLength(payload.body)));
  response.end(payload.body);
}

function headersOf(
  { type }: Payload,
  own: PartnerAnswer['headers'],
  length: number,
): Record<string, string | string[] | number> {
  return own === undefined
    ? { 'content-type': type, 'content-length': length }
    : { 'content-type': type, ...own, 'content-length': length };
}

function broken(response: ServerResponse, answer: PartnerAnswer, delivery: Delivery): void {
  const { status, headers } = answer;
  const payload = payloadOf(answer.body);
  const bytes = Buffer.from(payload.body);
  switch (delivery.kind) {
    case 'hang':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'truncate': {
      response.writeHead(status, headersOf(payload, headers, bytes.length));
      cutAfter(response, bytes.subarray(0, Math.floor(bytes.length * delivery.keepRatio)));
      return;
    }
    case 'malformed':
      malformed(response, answer, payload, delivery.what);
      return;
    case 'slow-body':
      response.writeHead(status, headersOf(payload, headers, bytes.length));
      response.flushHeaders();
      pacer.write(response, slowly(bytes, delivery.overMs), () => response.end());
  }
}

/** The connection ends once these bytes are on their way. */
function cutAfter(response: ServerResponse, bytes: Buffer): void {
  if (bytes.length === 0) {
    response.flushHeaders();
    response.socket?.destroySoon();
  } else response.write(bytes, () => response.socket?.destroySoon());
}

function malformed(
  response: ServerResponse,
  { status, headers }: PartnerAnswer,
  payload: Payload,
  what: 'http' | 'json' | 'chunk',
): void {
  if (what === 'json') {
    const bytes = Buffer.from(payload.body);
    const half = bytes.subarray(0, Math.max(1, Math.floor(bytes.length / 2)));
    response.writeHead(status, headersOf(payload, headers, half.length));
    response.end(half);
    return;
  }
  const raw =
    what === 'http'
      ? 'HTTP\u0000garbage\r\n\r\n'
      : `HTTP/1.1 ${status} OK\r\nContent-Type: ${payload.type}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n`;
  const { socket } = response;
  if (!socket) return;
  response.detachSocket(socket);
  socket.end(raw);
}

function slowly(bytes: Buffer, overMs: number): Piece[] {
  const pieces = Math.max(2, Math.min(SLOW_PIECES, bytes.length));
  return Array.from({ length: pieces }, (_, index) => ({
    afterMs: (overMs * (index + 1)) / pieces,
    text: bytes.subarray((bytes.length * index) / pieces, (bytes.length * (index + 1)) / pieces),
  }));
}

function stream(
  response: ServerResponse,
  answer: PartnerAnswer,
  pieces: readonly Piece[],
  delivery: Delivery | undefined,
): void {
  if (delivery?.kind === 'hang') return;
  if (delivery?.kind === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (delivery?.kind === 'malformed') {
    malformed(response, answer, payloadOf(pieces.map(({ text }) => text).join('')), delivery.what);
    return;
  }
  response.writeHead(answer.status, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    ...answer.headers,
  });
  response.flushHeaders();
  if (delivery?.kind === 'truncate') {
    const kept = pieces.slice(0, Math.floor(pieces.length * delivery.keepRatio));
    pacer.write(response, kept, () => response.socket?.destroySoon());
    return;
  }
  const lastMs = pieces.at(-1)?.afterMs ?? 0;
  const stretch = delivery ? (lastMs + delivery.overMs) / Math.max(1, lastMs) : 1;
  const paced = delivery ? pieces.map(({ afterMs, text }) => ({ afterMs: afterMs * stretch, text })) : pieces;
  pacer.write(response, paced, () => response.end());
}
