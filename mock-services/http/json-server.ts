import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { limitedServer, MAX_BODY_BYTES, readBody } from './http-limits.ts';

// JSON in, JSON out: what the admin API and the demo shop answer through.

export interface JsonRequest {
  method: string;
  /** Without the query. */
  path: string;
  /** What stands behind the `?`; empty without one. */
  query: string;
  headers: IncomingHttpHeaders;
  /** Parsed JSON; undefined without a body. */
  body: unknown;
}

export interface JsonAnswer {
  status: number;
  /** A string is sent as plain text, a stream of texts as it comes (its type is in `headers`), anything else as JSON. */
  body: unknown;
  headers?: Record<string, string>;
}

type Handler = (request: JsonRequest) => JsonAnswer | Promise<JsonAnswer>;

/** @param handle what it throws becomes a 500. */
export function jsonServer(handle: Handler): Server {
  return limitedServer((message, response) =>
    readBody(message, async (raw) => {
      const answer = await answerTo(message, raw, handle);
      if (response.destroyed) return;
      send(response, answer);
    }),
  );
}

function send(response: ServerResponse, { status, body, headers }: JsonAnswer): void {
  if (body instanceof Readable) {
    response.writeHead(status, headers);
    // A client that goes away ends both; there is nobody to tell.
    pipeline(body, response, () => {});
    return;
  }
  const isText = typeof body === 'string';
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, {
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

async function answerTo(message: IncomingMessage, raw: Buffer | null, handle: Handler): Promise<JsonAnswer> {
  if (raw === null) return problem(413, 'BODY_TOO_LARGE', `a body has at most ${MAX_BODY_BYTES} bytes`);
  const body = parseJson(raw.toString('utf8'));
  if (body === 'bad-json') return problem(400, 'BAD_JSON', 'the body is not JSON');
  const url = message.url ?? '/';
  const pathEnd = url.indexOf('?');
  try {
    return await handle({
      method: message.method ?? 'GET',
      path: pathEnd < 0 ? url : url.slice(0, pathEnd),
      query: pathEnd < 0 ? '' : url.slice(pathEnd + 1),
      headers: message.headers,
      body: body.value,
    });
  } catch (error) {
    return problem(500, 'INTERNAL', error instanceof Error ? error.message : String(error));
  }
}

export function problem(status: number, code: string, message: string): JsonAnswer {
  return { status, body: { code, message } };
}

/** 404 or 405 for a request that no route takes. `methods` are those that the path does take. */
export function notRouted(request: { method: string }, methods: Iterable<string> | undefined): JsonAnswer {
  if (!methods) return problem(404, 'NOT_FOUND', 'there is nothing at this path');
  const allow = [...methods].join(', ');
  return {
    ...problem(405, 'METHOD_NOT_ALLOWED', `${request.method} is not allowed, only ${allow}`),
    headers: { allow },
  };
}

export function parseJson(text: string): { value: unknown } | 'bad-json' {
  if (text === '') return { value: undefined };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return 'bad-json';
  }
}
