import { setTimeout as delay } from 'node:timers/promises';
import { CookieJar } from 'tough-cookie';
import { Agent, type Dispatcher, errors, request as sendRequest } from 'undici';
import type { Answer, Flow, WireError, WireRequest } from '../../../k6/effects.ts';
import { USER_AGENT } from '../../core/version.ts';

// The same journeys over undici: for the prober and for checks outside of k6. As in k6, an order has cookies of its own and
// no redirect is followed.

/** No target may fill our memory: a longer answer that is to be read is our limit (`local`), not the target's fault. */
const LONGEST_BODY_BYTES = 64 * 1_024 * 1_024;

export type Send = (request: WireRequest) => Promise<Answer>;

export interface DriveOptions {
  /** Ends the flow where it stands; `drive` then throws the signal's reason. */
  signal?: AbortSignal;
}

/** Runs a journey to its end. */
async function drive<Result>(flow: Flow<Result>, send: Send, { signal }: DriveOptions = {}): Promise<Result> {
  let next = flow.next(null);
  while (!next.done) {
    const effect = next.value;
    signal?.throwIfAborted();
    if (effect.do === 'sleep') {
      await delay(effect.ms, undefined, signal ? { signal } : {});
      next = flow.next(null);
    } else {
      const answer = effect.twice ? await sendTwice(effect.request, send) : await send(effect.request);
      signal?.throwIfAborted();
      next = flow.next(answer);
    }
  }
  return next.value;
}

async function sendTwice(request: WireRequest, send: Send): Promise<Answer> {
  const [answer, twin] = await Promise.all([send(request), send(request)]);
  return { ...answer, twin };
}

/** Runs a journey over connections of its own, opened by its first request and closed at its end. */
export async function driveOverFreshConnection<Result>(
  flow: Flow<Result>,
  options: DriveOptions & { onAnswer?: (answer: Answer, request: WireRequest) => void } = {},
): Promise<Result> {
  // The request's own timeout is the only one; undici's are coarse (its timers tick about once a second).
  const agent = new Agent({
    // A second one is for a request that is sent twice at once.
    connections: 2,
    pipelining: 1,
    connectTimeout: 0,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const jar = newJar();
  try {
    return await drive(
      flow,
      async (request) => {
        const answer = await sendOver({ dispatcher: agent, jar }, request, options.signal);
        options.onAnswer?.(answer, request);
        return answer;
      },
      options,
    );
  } finally {
    await agent.destroy();
  }
}

/** As k6's: whatever host names itself, and without a list of public suffixes. */
function newJar(): CookieJar {
  return new CookieJar(undefined, { rejectPublicSuffixes: false, looseMode: true });
}

/** k6 names the sender by an option; a plan that does has the last word. */
function withSender(headers: WireRequest['headers']): WireRequest['headers'] {
  const named = Object.keys(headers).some((name) => name.toLowerCase() === 'user-agent');
  return named ? headers : { 'User-Agent': USER_AGENT, ...headers };
}

/** As k6 sends them: undici writes each character of a value as one byte, and refuses what is none. */
function asUtf8(headers: WireRequest['headers']): WireRequest['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')]),
  );
}

export interface Connection {
  dispatcher: Dispatcher;
  jar: CookieJar;
}

/** One request and its whole answer. Never throws for what the network or the target does. */
export async function sendOver(
  { dispatcher, jar }: Connection,
  { method, url, headers: written, body, timeoutMs, needsBody }: WireRequest,
  signal?: AbortSignal,
): Promise<Answer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const cookies = await jar.getCookieString(url);
    const headers = asUtf8({ ...withSender(written), ...(cookies === '' ? {} : { Cookie: cookies }) });
    const response = await sendRequest(url, {
      dispatcher,
      method,
      headers,
      body,
      signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
    });
    for (const cookie of [response.headers['set-cookie'] ?? []].flat()) {
      await jar.setCookie(cookie, url, { ignoreError: true });
    }
    const { text, receivedInMs } = await readWhole(response.body, needsBody);
    return {
      status: response.statusCode,
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [name, single(value)]),
      ),
      body: text,
      error: null,
      receivedInMs,
    };
  } catch (thrown) {
    const error = timeout.aborted ? 'timeout' : wireError(thrown);
    return { status: 0, headers: {}, body: null, error, receivedInMs: 0 };
  }
}

class TooLong extends Error {
  readonly code = 'TOO_LONG';
}

async function readWhole(
  body: AsyncIterable<Uint8Array>,
  isKept: boolean,
): Promise<{ text: string | null; receivedInMs: number }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let firstTick = performance.now();
  for await (const chunk of body) {
    if (bytes === 0) firstTick = performance.now();
    bytes += chunk.byteLength;
    if (!isKept) continue;
    if (bytes > LONGEST_BODY_BYTES) throw new TooLong();
    chunks.push(chunk);
  }
  const receivedInMs = performance.now() - firstTick;
  return { text: isKept ? Buffer.concat(chunks).toString('utf8') : null, receivedInMs };
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

const ERROR_BY_CODE: Readonly<Record<string, WireError>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  // undici: the other side closed before or in the middle of its answer.
  UND_ERR_SOCKET: 'reset',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'reset',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ETIMEDOUT: 'timeout',
  TOO_LONG: 'local',
  // A header that can't be sent, such as one with a line break.
  UND_ERR_INVALID_ARG: 'local',
  EMFILE: 'local',
  ENFILE: 'local',
  ENOMEM: 'local',
  ENOBUFS: 'local',
  EADDRNOTAVAIL: 'local',
};

/** Kind of a failed exchange by its error code, the cause's first; anything unknown is `network`. */
export function wireError(thrown: unknown): WireError {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    // Several addresses were tried (localhost as ::1 and 127.0.0.1): the last one tells.
    if (error instanceof AggregateError && error.errors.length > 0) return wireError(error.errors.at(-1));
    const code = 'code' in error ? String(error.code) : '';
    const deeper = error instanceof errors.SocketError ? undefined : error.cause;
    const known = ERROR_BY_CODE[code];
    if (known !== undefined && deeper === undefined) return known;
    if (known !== undefined) return wireErrorOr(deeper, known);
  }
  return 'network';
}

function wireErrorOr(cause: unknown, otherwise: WireError): WireError {
  const error = wireError(cause);
  return error === 'network' ? otherwise : error;
}
