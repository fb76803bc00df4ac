import { TokenBucket } from '../../scripts/core/token-bucket.ts';

// OpenAI's limits: so many requests and so many tokens a minute. Each is a minute's worth that fills up evenly.

export interface LimitKeys {
  /** Per second; null = no limit. */
  requests: number | null;
  tokens: number | null;
}

/** A request over a limit. */
export interface OverLimit {
  what: 'requests' | 'tokens';
  limit: number;
  left: number;
  wanted: number;
  /** Until there is enough, ms; null = never, it is more than a minute's worth. */
  waitMs: number | null;
}

/** Sums of fractions may come out a hair too small after just the time that was asked for. */
const ROUNDING = 1e-6;

class Allowance {
  readonly what: OverLimit['what'];
  readonly limit: number;
  readonly #bucket: TokenBucket;

  constructor(what: OverLimit['what'], perSec: number) {
    this.what = what;
    this.limit = Math.max(1, Math.round(perSec * 60));
    this.#bucket = new TokenBucket(perSec, this.limit);
  }

  fill(nowMs: number): void {
    this.#bucket.fill(nowMs);
  }

  lacking(wanted: number): OverLimit | null {
    if (this.#bucket.tokens + ROUNDING >= wanted) return null;
    const waitMs = wanted > this.limit ? null : Math.ceil(this.#bucket.msUntil(wanted));
    return { what: this.what, limit: this.limit, left: this.left, wanted, waitMs };
  }

  take(wanted: number): void {
    this.#bucket.use(wanted);
  }

  get left(): number {
    return Math.floor(this.#bucket.tokens + ROUNDING);
  }

  get fullInMs(): number {
    return Math.ceil(this.#bucket.msUntil(this.limit));
  }
}

export class Limits {
  readonly #keys: LimitKeys;
  #allowances: Allowance[] = [];

  constructor(keys: LimitKeys) {
    this.#keys = keys;
    this.reset();
  }

  reset(): void {
    const { requests, tokens } = this.#keys;
    this.#allowances = [
      ...(requests === null ? [] : [new Allowance('requests', requests)]),
      ...(tokens === null ? [] : [new Allowance('tokens', tokens)]),
    ];
  }

  /** Takes one request and so many tokens, or nothing if either lacks. @param nowMs never goes back */
  admit(tokens: number, useUp: boolean, nowMs: number): OverLimit | null {
    const wanted = (allowance: Allowance): number => (allowance.what === 'requests' ? 1 : tokens);
    for (const allowance of this.#allowances) allowance.fill(nowMs);
    for (const allowance of this.#allowances) {
      const over = allowance.lacking(wanted(allowance));
      if (over) return over;
    }
    if (useUp) for (const allowance of this.#allowances) allowance.take(wanted(allowance));
    return null;
  }

  /** As OpenAI puts them on every answer; as they stood at the last `admit`. */
  headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const { what, limit, left, fullInMs } of this.#allowances) {
      headers[`x-ratelimit-limit-${what}`] = String(limit);
      headers[`x-ratelimit-remaining-${what}`] = String(left);
      headers[`x-ratelimit-reset-${what}`] = goDuration(fullInMs);
    }
    return headers;
  }
}

/** `120ms`, `1.5s`, `6m0s`, `1h0m0s`: the form of OpenAI's headers. */
export function goDuration(ms: number): string {
  if (ms < 1_000) return ms === 0 ? '0s' : `${ms}ms`;
  const seconds = `${(ms % 60_000) / 1_000}s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes === 0) return seconds;
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}
