import { STATUS_CODES } from 'node:http';
import type { PartnerAnswer, Refusal } from '../partner.ts';

// Answers as the Bot API gives them.

export function succeeded(result: unknown, outcome: string): PartnerAnswer {
  return { status: 200, body: { ok: true, result }, outcome };
}

export function failed(status: number, description: string, outcome = 'refused'): PartnerAnswer {
  return { status, body: { ok: false, error_code: status, description }, outcome };
}

export function badRequest(what: string): PartnerAnswer {
  return failed(400, `Bad Request: ${what}`);
}

export function tooMany(retryAfterSec: number): PartnerAnswer {
  return {
    status: 429,
    headers: { 'retry-after': String(retryAfterSec) },
    body: {
      ok: false,
      error_code: 429,
      description: `Too Many Requests: retry after ${retryAfterSec}`,
      parameters: { retry_after: retryAfterSec },
    },
    outcome: 'rate-limited',
  };
}

/** What a fault wants to be said. */
export function refused({ status, message, retryAfterSec }: Refusal): PartnerAnswer {
  if (status === 429 && retryAfterSec !== null) return tooMany(retryAfterSec);
  const reason = STATUS_CODES[status] ?? 'Error';
  return failed(status, status < 500 && status !== 429 ? `${reason}: ${message}` : reason);
}
