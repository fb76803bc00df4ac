import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Dispatcher, EnvHttpProxyAgent, fetch } from 'undici';
import type { Env } from '../run-command.ts';
import { errorCode } from './k6-cache.ts';
import { type K6Search, withProgress } from './k6-search.ts';

type Net = Pick<K6Search, 'env' | 'limits' | 'signal'>;

/** A failure of the network or of the server, told in one line. */
export class DownloadError extends Error {
  /** Something answered, but Node does not trust its certificate. */
  readonly isDistrust: boolean;

  constructor(message: string, isDistrust = false) {
    super(message);
    this.isDistrust = isDistrust;
  }
}

/** The body of a small text file. Throws DownloadError, after `firstAnswerMs` at the latest. */
export async function fetchText(url: string, net: Net): Promise<string> {
  return answer(url, net, async (response) => {
    if (!response.ok) throw new DownloadError(`${url} answered ${response.status}`);
    return response.text();
  });
}

/**
 * Whether anything answers there, whatever the status; null if so, else why not, in one line. A certificate that Node
 * does not trust is an answer: a company's own authority often stands in the system's store, which Go reads and Node
 * does not.
 */
export async function unreachable(url: string, net: Net): Promise<string | null> {
  try {
    await answer(url, net, async (response) => response.body?.cancel());
    return null;
  } catch (error) {
    if (error instanceof DownloadError) return error.isDistrust ? null : error.message;
    throw error;
  }
}

type Response = Awaited<ReturnType<typeof fetch>>;

async function answer<T>(url: string, net: Net, read: (response: Response) => Promise<T>): Promise<T> {
  const inTime = AbortSignal.timeout(net.limits.firstAnswerMs);
  const signal = net.signal ? AbortSignal.any([inTime, net.signal]) : inTime;
  return withDispatcher(net, async (dispatcher) => {
    try {
      return await read(await fetch(url, { dispatcher, signal }));
    } catch (error) {
      throw downloadError(
        error,
        url,
        net,
        inTime.aborted ? `gave no answer within ${net.limits.firstAnswerMs / 1_000} s` : null,
      );
    }
  });
}

/**
 * Downloads to a file and returns its SHA-256 in hex. Says every two seconds how much has come. Throws
 * DownloadError; at the latest `stallMs` after the last byte.
 */
export async function downloadFile(url: string, file: string, search: K6Search): Promise<string> {
  const { stallMs } = search.limits;
  const stall = new AbortController();
  const timer = setTimeout(() => stall.abort(), stallMs);
  const signal = search.signal ? AbortSignal.any([stall.signal, search.signal]) : stall.signal;
  const hash = createHash('sha256');
  let receivedBytes = 0;
  let total = '';
  try {
    return await withDispatcher(search, (dispatcher) =>
      withProgress(
        search,
        () => `downloaded ${megabytes(receivedBytes)}${total} of ${nameOf(url)}`,
        async () => {
          const response = await fetch(url, { dispatcher, signal });
          if (!response.ok || response.body === null)
            throw new DownloadError(`${url} answered ${response.status}`);
          const length = response.headers.get('content-length');
          if (length !== null) total = ` of ${megabytes(Number(length))}`;
          const measured = async function* (source: AsyncIterable<Uint8Array>) {
            for await (const chunk of source) {
              timer.refresh();
              hash.update(chunk);
              receivedBytes += chunk.byteLength;
              yield chunk;
            }
          };
          await pipeline(Readable.fromWeb(response.body), measured, createWriteStream(file), { signal });
          return hash.digest('hex');
        },
      ),
    );
  } catch (error) {
    throw downloadError(
      error,
      url,
      search,
      stall.signal.aborted ? `sent nothing for ${stallMs / 1_000} s` : null,
    );
  } finally {
    clearTimeout(timer);
  }
}

async function withDispatcher<T>(net: Net, work: (dispatcher: Dispatcher) => Promise<T>): Promise<T> {
  const timeout = net.limits.connectMs;
  const dispatcher = new EnvHttpProxyAgent({
    // '' is "none": left out, undici would read this process's environment instead of the one given.
    httpProxy: proxy(net.env, 'http_proxy'),
    httpsProxy: proxy(net.env, 'https_proxy'),
    noProxy: proxy(net.env, 'no_proxy'),
    connect: { timeout },
    proxyTls: { timeout },
  });
  try {
    return await work(dispatcher);
  } finally {
    await dispatcher.destroy();
  }
}

function proxy(env: Env, name: string): string {
  return env[name] ?? env[name.toUpperCase()] ?? '';
}

/** OpenSSL's verify errors and Node's own, as in `error.code`. */
const CERTIFICATE_CODES = /CERT|^UNABLE_TO_|^ERR_TLS_/;

/** Network failures become DownloadErrors; a stop by the user and our own mistakes stay what they are. */
function downloadError(error: unknown, url: string, net: Net, tooLate: string | null): unknown {
  if (net.signal?.aborted) return net.signal.reason;
  if (error instanceof DownloadError) return error;
  const where = new URL(url).host;
  if (tooLate !== null) return new DownloadError(`${where} ${tooLate}`);
  const cause = error instanceof TypeError ? error.cause : error;
  if (cause === undefined) return error;
  if (cause instanceof Error && 'path' in cause)
    return new DownloadError(`cannot write ${cause.path} (${errorCode(cause)})`);
  if (
    cause instanceof Error &&
    'syscall' in cause &&
    cause.syscall === 'write' &&
    errorCode(cause) === 'ENOSPC'
  ) {
    return new DownloadError('cannot write: the disk is full');
  }
  const code = errorCode(cause);
  return new DownloadError(`${where} could not be read (${code})`, CERTIFICATE_CODES.test(code));
}

function nameOf(url: string): string {
  return new URL(url).pathname.split('/').at(-1) ?? url;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
