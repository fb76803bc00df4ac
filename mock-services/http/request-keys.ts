import type { IncomingHttpHeaders } from 'node:http';
import { RecentMap } from '../core/recent-map.ts';
import type { PartnerCall } from '../partner.ts';
import type { KnownRoute } from './router.ts';

/** Attempts remembered, by request. */
const REMEMBERED_ATTEMPTS = 100_000;

/** What makes each request of a partner recognisable, whenever it arrives: draws follow from it. */
export class RequestKeys {
  readonly #partner: string;
  readonly #attempts = new RecentMap<number>(REMEMBERED_ATTEMPTS);
  #numbers = new Map<string, number>();
  /** Attempts are told apart only where a fault may take a share of the requests. */
  #countsAttempts = false;

  constructor(partner: string) {
    this.#partner = partner;
  }

  get countsAttempts(): boolean {
    return this.#countsAttempts;
  }

  countAttempts(): void {
    this.#countsAttempts = true;
  }

  reset(): void {
    this.#attempts.clear();
    this.#numbers = new Map();
  }

  /** The request, whichever attempt of it this is; one without a key is known by its number on its route. */
  ofRequest({ method, path, key }: PartnerCall, { label }: KnownRoute): string {
    if (key !== null) return `${this.#partner} ${method} ${path} ${key}`;
    const number = (this.#numbers.get(label) ?? 0) + 1;
    this.#numbers.set(label, number);
    return `${this.#partner} ${method} ${path} #${number}`;
  }

  /** This attempt of the request. */
  ofAttempt(request: string): string {
    if (!this.#countsAttempts) return request;
    const attempt = (this.#attempts.get(request) ?? 0) + 1;
    this.#attempts.set(request, attempt);
    return `${request} ${attempt}`;
  }
}

/** Headers by which clients name their requests. */
export function headerKey(headers: IncomingHttpHeaders): string | null {
  const named = headers['idempotency-key'] ?? headers['x-request-id'] ?? headers['traceparent'];
  return typeof named === 'string' ? named.slice(0, 512) : null;
}

/** What makes a request for an order the same one when it comes again: the name its client gave it, or the order. */
export function orderRequest(headers: IncomingHttpHeaders, orderKey: string): string {
  const named = headers['idempotency-key'];
  return typeof named === 'string' ? `request ${named}` : `order ${orderKey}`;
}
