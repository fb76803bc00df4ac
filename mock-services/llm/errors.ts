import type { z } from 'zod';
import type { PartnerAnswer, Refusal } from '../partner.ts';
import { goDuration, type OverLimit } from './limits.ts';

// Refusals in OpenAI's format.

interface Problem {
  message: string;
  type: string;
  param?: string | null;
  code?: string | null;
}

function apiError(status: number, { message, type, param = null, code = null }: Problem): PartnerAnswer {
  return { status, body: { error: { message, type, param, code } }, outcome: 'refused' };
}

export const WRONG_KEY = apiError(401, {
  message: 'Incorrect API key provided.',
  type: 'invalid_request_error',
  code: 'invalid_api_key',
});

export const NOT_JSON = apiError(400, {
  message: 'We could not parse the JSON body of your request.',
  type: 'invalid_request_error',
});

export function badRequest({ issues }: z.ZodError): PartnerAnswer {
  const [first] = issues;
  const param = first?.path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('');
  return apiError(400, {
    message: `Invalid value for '${param?.slice(1) ?? ''}': ${first?.message ?? 'not a chat completion request'}.`,
    type: 'invalid_request_error',
    param: param?.slice(1) || null,
  });
}

/** What a fault has it say. */
export function refuse({ status, code, message }: Refusal): PartnerAnswer {
  if (status === 429) return apiError(429, { message, type: 'requests', code: 'rate_limit_exceeded' });
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  return apiError(status, { message, type, code: code.toLowerCase() });
}

const PER_MINUTE = { requests: 'requests per min (RPM)', tokens: 'tokens per min (TPM)' } as const;

export function overLimit(model: string, { what, limit, left, wanted, waitMs }: OverLimit): PartnerAnswer {
  const facts = `${model} on ${PER_MINUTE[what]}: Limit ${limit}, Used ${limit - left}, Requested ${wanted}.`;
  const answer = apiError(429, {
    message:
      waitMs === null
        ? `Request too large for ${facts}`
        : `Rate limit reached for ${facts} Please try again in ${goDuration(waitMs)}.`,
    type: what,
    code: 'rate_limit_exceeded',
  });
  const limited = { ...answer, outcome: 'rate-limited' };
  return waitMs === null
    ? limited
    : {
        ...limited,
        headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)), 'retry-after-ms': String(waitMs) },
      };
}
