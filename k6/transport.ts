import http, { type RefinedParams, type ResponseType } from 'k6/http';
import type { Answer, WireError, WireRequest } from './effects.ts';
import { wireError } from './wire-error.ts';

// One try by k6/http. Redirects are answers: an API that redirects its shoppers would double every request.

const EMPTY: Answer['headers'] = {};
/** k6 keeps tags by value; one object a request name is enough. */
const tagsByName: Record<string, { name: string }> = {};

/** Sends one request; null when k6 itself was told to stop while it waited. */
export const sendByK6 = (request: WireRequest): Answer | null => {
  const params: RefinedParams<ResponseType> = {
    headers: request.headers,
    timeout: request.timeoutMs,
    redirects: 0,
    tags: tagsOf(request.name),
    responseType: request.needsBody ? 'text' : 'none',
  };
  try {
    const {
      status,
      error_code: code,
      headers,
      body,
      error,
    } = http.request(request.method, request.url, request.body, params);
    if (status === 0) {
      return code === 1000 && /context canceled/.test(error) ? null : failed(wireError(code, error));
    }
    return {
      status,
      headers: { 'retry-after': headers['Retry-After'], location: headers['Location'] },
      body: typeof body === 'string' ? body : null,
      error: null,
    };
  } catch (thrown) {
    // k6 throws, whatever `throw` says, on 101 Switching Protocols.
    return /unsupported response status/.test(String(thrown))
      ? { status: 101, headers: EMPTY, body: null, error: null }
      : failed('network');
  }
};

const tagsOf = (name: string): { name: string } => {
  let tags = tagsByName[name];
  if (tags === undefined) {
    tags = { name };
    tagsByName[name] = tags;
  }
  return tags;
};

const failed = (error: WireError): Answer => {
  return { status: 0, headers: EMPTY, body: null, error };
};
