import http, { type Params, type RefinedResponse, type ResponseType } from 'k6/http';
import { expectedStatuses, isExpected, setResponseCallback } from './expected.ts';
import { noteAnswer, noteTrouble, runningIteration } from './iteration.ts';
import { hostOf, nextHop } from './redirects.ts';
import { type Asked, addressOf, asked, type Body, type Url } from './request.ts';

// `k6/http` as a script without the kit imports it: the same requests, what fails is noted, and redirects are followed
// only to hosts that the plan allows.

// By name: `export *` makes a getter of each in every VU, which takes more memory than all else here.
export {
  CookieJar,
  cookieJar,
  file,
  OCSP_REASON_AA_COMPROMISE,
  OCSP_REASON_AFFILIATION_CHANGED,
  OCSP_REASON_CA_COMPROMISE,
  OCSP_REASON_CERTIFICATE_HOLD,
  OCSP_REASON_CESSATION_OF_OPERATION,
  OCSP_REASON_KEY_COMPROMISE,
  OCSP_REASON_PRIVILEGE_WITHDRAWN,
  OCSP_REASON_REMOVE_FROM_CRL,
  OCSP_REASON_SUPERSEDED,
  OCSP_REASON_UNSPECIFIED,
  OCSP_STATUS_GOOD,
  OCSP_STATUS_REVOKED,
  OCSP_STATUS_SERVER_FAILED,
  OCSP_STATUS_UNKNOWN,
  TLS_1_0,
  TLS_1_1,
  TLS_1_2,
  TLS_1_3,
  url,
} from 'k6/http';
export { expectedStatuses, setResponseCallback };

type K6Response = RefinedResponse<ResponseType>;
type GivenParams = Params | null;

export const request = (method: string, url: Url, body?: Body, params?: GivenParams): K6Response => {
  const first = begin(method, url, body, params);
  let ask = first;
  for (;;) {
    const answer = noted(ask, sendNow(ask));
    const next = redirected(ask, answer);
    if (next === null) return answer;
    ask = next;
  }
};

export const asyncRequest = async (
  method: string,
  url: Url,
  body?: Body,
  params?: GivenParams,
): Promise<K6Response> => {
  let ask = begin(method, url, body, params);
  for (;;) {
    const sent = http.asyncRequest(ask.method, addressed(ask), ask.body, ask.params);
    const answer = noted(ask, await sent.catch((thrown: unknown) => rethrow(ask, thrown)));
    const next = redirected(ask, answer);
    if (next === null) return answer;
    ask = next;
  }
};

type Batched = string | { url: string; name: string } | ObjectBatched | [string, Url, Body?, GivenParams?];
interface ObjectBatched {
  method: string;
  url: Url;
  body?: Body;
  params?: GivenParams;
}

/** Answers in the shape of the requests: a list for a list, by key for an object. */
export const batch = (requests: readonly Batched[] | Readonly<Record<string, Batched>>): unknown => {
  const keys = Object.keys(requests);
  const asks = Object.values(requests).map(beginOne);
  const answers = http.batch(
    asks.map((ask) => ({
      method: ask.method,
      url: addressed(ask),
      body: ask.body ?? null,
      params: ask.params,
    })),
  );
  const last = asks.map((ask, index) => {
    const answer = noted(ask, answers[index] as K6Response);
    const next = redirected(ask, answer);
    return next === null ? answer : request(next.method, next.url, next.body, again(next));
  });
  return Array.isArray(requests) ? last : Object.fromEntries(keys.map((key, index) => [key, last[index]]));
};

export const get = (url: Url, params?: GivenParams): K6Response => request('GET', url, null, params);
export const head = (url: Url, params?: GivenParams): K6Response => request('HEAD', url, null, params);
export const post = (url: Url, body?: Body, params?: GivenParams): K6Response =>
  request('POST', url, body, params);
export const put = (url: Url, body?: Body, params?: GivenParams): K6Response =>
  request('PUT', url, body, params);
export const patch = (url: Url, body?: Body, params?: GivenParams): K6Response =>
  request('PATCH', url, body, params);
export const del = (url: Url, body?: Body, params?: GivenParams): K6Response =>
  request('DELETE', url, body, params);
export const options = (url: Url, body?: Body, params?: GivenParams): K6Response =>
  request('OPTIONS', url, body, params);

export default Object.assign(Object.create(http), {
  asyncRequest,
  batch,
  del,
  expectedStatuses,
  get,
  head,
  options,
  patch,
  post,
  put,
  request,
  setResponseCallback,
});

const begin = (method: string, url: Url, body: Body, params: GivenParams | undefined): Asked => {
  const iteration = runningIteration();
  if (iteration !== null) iteration.requests += 1;
  return asked(method, url, body, params);
};

const beginOne = (one: Batched): Asked => {
  if (typeof one === 'string') return begin('GET', one, null, null);
  if (Array.isArray(one)) return begin(one[0], one[1], one[2], one[3]);
  return 'method' in one || !('name' in one)
    ? begin(one.method ?? 'GET', one.url, one.body, one.params)
    : begin('GET', one, null, null);
};

/** What `http.url` made goes to k6 as it is. */
const addressed = ({ url }: Asked): string => url as string;

const sendNow = (ask: Asked): K6Response => {
  try {
    return http.request(ask.method, addressed(ask), ask.body, ask.params);
  } catch (thrown) {
    return rethrow(ask, thrown);
  }
};

/** With `throw: true`, and for addresses that are none. */
const rethrow = (ask: Asked, thrown: unknown): never => {
  noteTrouble('network', ask.name, String(thrown));
  throw thrown;
};

const noted = (ask: Asked, answer: K6Response): K6Response => {
  noteAnswer(ask.name, answer, isExpected(answer.status, ask.params.responseCallback));
  return answer;
};

const redirected = (ask: Asked, answer: K6Response): Asked | null => {
  const { status } = answer;
  if (ask.redirects < 1 || status < 300 || status > 399) return null;
  const hop = nextHop(ask.method, addressOf(ask.url), status, answer.headers['Location']);
  if (hop === null) return null;
  const params = again({ ...ask, redirects: ask.redirects - 1 });
  // As k6 itself does: what proves who the shopper is stays with the host that it was meant for.
  if (hostOf(hop.url) !== hostOf(addressOf(ask.url))) params.headers = withoutCredentials(params.headers);
  return asked(hop.method, hop.url, hop.keepsBody ? ask.body : null, params);
};

const CREDENTIALS: readonly string[] = ['authorization', 'cookie', 'www-authenticate'];

const withoutCredentials = (headers: Params['headers']): NonNullable<Params['headers']> =>
  Object.fromEntries(
    Object.entries(headers ?? {}).filter(([name]) => !CREDENTIALS.includes(name.toLowerCase())),
  );

/** The params of a request that follows this one: same label, cookies of the jar only. */
const again = ({ params, name, redirects }: Asked): Params => {
  const { cookies: _sent, ...kept } = params;
  return { ...kept, redirects, tags: { ...kept.tags, name } };
};
