import http, { type RefinedParams, type RefinedResponse, type ResponseType } from 'k6/http';
import type { Answer, WireError, WireRequest } from './effects.ts';
import { wireError } from './wire-error.ts';

// One try by k6/http. Redirects are answers: an API that redirects its shoppers would double every request.

const EMPTY: Answer['headers'] = {};
/** k6 keeps tags by value; one object a request name is enough. */
const tagsByName: Record<string, { name: string }> = {};

/** Sends one request; null when k6 itself was told to stop while it waited. */
export const sendByK6 = (request: WireRequest): Answer | null => {
  try {
    return answerOf(http.request(request.method, request.url, request.body, paramsOf(request)));
  } catch (thrown) {
    return unanswered(thrown);
  }
};

/** Sends the same request twice at once; the answer to one has that to the other as its twin. */
export const sendTwiceByK6 = (request: WireRequest): Answer | null => {
  const { method, url, body } = request;
  const params = paramsOf(request);
  try {
    const [one, other] = http.batch([
      { method, url, body, params },
      { method, url, body, params },
    ]);
    const first = one === undefined ? null : answerOf(one);
    const twin = other === undefined ? null : answerOf(other);
    return first === null || twin === null ? null : { ...first, twin };
  } catch (thrown) {
    return unanswered(thrown);
  }
};

const paramsOf = (request: WireRequest): RefinedParams<ResponseType> => ({
  headers: request.headers,
  timeout: request.timeoutMs,
  redirects: 0,
  tags: tagsOf(request.name),
  responseType: request.needsBody ? 'text' : 'none',
});

const answerOf = (response: RefinedResponse<ResponseType>): Answer | null => {
  const { status, error_code: code, headers, body, error, timings } = response;
  if (status === 0) {
    return code === 1000 && /context canceled/.test(error) ? null : noAnswer(wireError(code, error));
  }
  return {
    status,
    headers: { 'retry-after': headers['Retry-After'], location: headers['Location'] },
    body: typeof body === 'string' ? body : null,
    error: null,
    receivedInMs: timings.receiving,
    raw: response,
  };
};

/** k6 throws, whatever `throw` says, on 101 Switching Protocols. */
const unanswered = (thrown: unknown): Answer => {
  return /unsupported response status/.test(String(thrown))
    ? { status: 101, headers: EMPTY, body: null, error: null, receivedInMs: 0 }
    : noAnswer('network');
};

const tagsOf = (name: string): { name: string } => {
  let tags = tagsByName[name];
  if (tags === undefined) {
    tags = { name };
    tagsByName[name] = tags;
  }
  return tags;
};

const noAnswer = (error: WireError): Answer => {
  return { status: 0, headers: EMPTY, body: null, error, receivedInMs: 0 };
};
