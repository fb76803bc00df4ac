import http, { type RefinedParams, type ResponseType } from 'k6/http';
import type { Answer, WireError, WireRequest } from './effects.ts';

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

/**
 * k6's error codes (lib/netext/httpext/error_codes.go): 1050 request timeout, 1100 DNS, 1201 broken pipe,
 * 1211 dial timeout, 1212 refused, 1220 reset; 1000 with EOF is a connection that the target closed.
 */
export const wireError = (code: number, message: string): WireError => {
  switch (code) {
    case 1050:
    case 1211:
      return 'timeout';
    case 1212:
      return 'refused';
    case 1201:
    case 1220:
      return 'reset';
  }
  // 1000 may quote what the target sent, so it is not searched for words of this machine.
  if (code !== 1000 && isLocal(message)) return 'local';
  return code === 1000 && /(^|[ :])(unexpected )?EOF$|server closed idle connection/.test(message)
    ? 'reset'
    : 'network';
};

/** EMFILE, ENFILE, EADDRNOTAVAIL, ENOMEM, ENOBUFS as Go words them. (A regexp at top level costs a VU 25 kB.) */
const isLocal = (message: string): boolean =>
  message.includes('too many open files') ||
  message.includes('cannot assign requested address') ||
  message.includes('cannot allocate memory') ||
  message.includes('no buffer space');
