import { Agent, request } from 'undici';
import { atDeadline, monotonicMs } from '../core/deadline.ts';
import { isLocalUrl } from '../core/local-address.ts';

/** Callbacks under way or waiting; more are dropped and counted. */
const MAX_PENDING = 10_000;
/** Of them, sent at once. */
const MAX_SENDING = 64;
const TRIES = 3;
const TIMEOUT_MS = 5_000;
/** Between a try that failed and the next one; doubled each time. */
const PAUSE_MS = 500;

interface Callback {
  url: string;
  body: string;
}

/** What became of the callbacks so far. */
export interface CallbackCounts {
  /** Answered with 2xx. */
  sent: number;
  /** Not answered so in three tries. */
  failed: number;
  /** Never tried, as too many were pending. */
  dropped: number;
}

/** Messages from a partner to whoever asked for them; nobody waits for them here. */
export class Callbacks {
  #counts: CallbackCounts = { sent: 0, failed: 0, dropped: 0 };
  readonly #waiting = new Set<Callback>();
  readonly #stops = new Set<() => void>();
  #agent: Agent | undefined;

  get counts(): CallbackCounts {
    return { ...this.#counts };
  }

  send(url: string, message: unknown): void {
    if (this.#waiting.size + this.#stops.size >= MAX_PENDING) {
      this.drop();
      return;
    }
    this.#waiting.add({ url, body: JSON.stringify(message) });
    this.#fill();
  }

  /** Counts one that will not be sent. */
  drop(): void {
    this.#counts.dropped++;
  }

  /** Forgets what is pending and what was counted. */
  stop(): void {
    this.#waiting.clear();
    for (const stop of this.#stops) stop();
    this.#stops.clear();
    this.#counts = { sent: 0, failed: 0, dropped: 0 };
    void this.#agent?.destroy().catch(() => {});
    this.#agent = undefined;
  }

  #fill(): void {
    for (const callback of this.#waiting) {
      if (this.#stops.size >= MAX_SENDING) return;
      this.#waiting.delete(callback);
      void this.#deliver(callback);
    }
  }

  async #deliver(callback: Callback): Promise<void> {
    const stopped = new AbortController();
    const stop = (): void => stopped.abort();
    this.#stops.add(stop);
    let done = false;
    for (let attempt = 0; attempt < TRIES && !done; attempt++) {
      if (attempt > 0) await pause(PAUSE_MS * 2 ** (attempt - 1), stopped.signal);
      if (stopped.signal.aborted) return;
      done = await this.#try(callback, stopped.signal);
    }
    if (stopped.signal.aborted) return;
    if (done) this.#counts.sent++;
    else this.#counts.failed++;
    this.#stops.delete(stop);
    this.#fill();
  }

  async #try({ url, body }: Callback, stopped: AbortSignal): Promise<boolean> {
    this.#agent ??= new Agent({ connections: MAX_SENDING, keepAliveTimeout: 60_000, headersTimeout: 0 });
    // undici's own timeouts tick about once a second.
    const attempt = new AbortController();
    const abort = (): void => attempt.abort();
    const timer = setTimeout(abort, TIMEOUT_MS);
    stopped.addEventListener('abort', abort, { once: true });
    try {
      const reply = await request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        dispatcher: this.#agent,
        signal: attempt.signal,
      });
      await reply.body.dump();
      return reply.statusCode >= 200 && reply.statusCode < 300;
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
      stopped.removeEventListener('abort', abort);
    }
  }
}

/** Ends early when `stopped` does. */
function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = atDeadline(monotonicMs() + ms, monotonicMs, resolve);
    stopped.addEventListener('abort', () => {
      cancel();
      resolve();
    });
  });
}

/** Whether a callback may go there: plain HTTP on this machine, so that a rehearsal reaches nobody else. */
export function isOnThisMachine(url: string): boolean {
  return isLocalUrl(url) && new URL(url).protocol === 'http:';
}
