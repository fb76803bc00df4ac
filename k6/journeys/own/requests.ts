import { wireAddress } from '../../../scripts/core/address.ts';
import type { Answer, WireRequest } from '../../effects.ts';
import { CLIENT_HEADERS, type HttpMethod } from '../../journey-spec.ts';
import type { Reply, RequestOptions } from '../../kit.ts';
import { remembered } from '../../remembered.ts';
import { requestName } from '../../request-name.ts';
import { headerOf, readAnswer, valueAt } from '../http/answers.ts';
import { headerValue, withinTarget } from '../http/requests.ts';
import { traceParent } from '../trace.ts';
import type { OwnOrderUnderWay } from './own-order.ts';

// Requests of an order in own code, and the answers as its code sees them.

const nameOf = remembered(requestName);

/** null = the address is not on the target. */
export const ownRequest = (
  { own, program, trace }: OwnOrderUnderWay,
  method: HttpMethod,
  path: string,
  options: RequestOptions,
  timeoutMs: number,
): WireRequest | null => {
  const url =
    path.startsWith('/') && !path.startsWith('//')
      ? wireAddress(own.baseUrl + path)
      : withinTarget(path, program.origin);
  if (url === null) return null;
  const { json, form, body } = options;
  const headers: Record<string, string> = { traceparent: traceParent(trace), ...own.headers };
  if (json !== undefined) headers['Content-Type'] = 'application/json';
  else if (form !== undefined) headers['Content-Type'] = 'application/x-www-form-urlencoded';
  for (const name of Object.keys(options.headers ?? {})) {
    if (CLIENT_HEADERS.includes(name.toLowerCase())) {
      throw new TypeError(`${name} is written by the client itself: leave it out of \`headers\``);
    }
    headers[name] = headerValue(String(options.headers?.[name]));
  }
  return {
    name: options.name ?? nameOf(`${method} ${path}`),
    method,
    url,
    headers,
    body: json !== undefined ? JSON.stringify(json) : form !== undefined ? formText(form) : (body ?? null),
    timeoutMs,
    needsBody: true,
  };
};

const formText = (form: NonNullable<RequestOptions['form']>): string => {
  return Object.keys(form)
    .map((name) => `${encodeURIComponent(name)}=${encodeURIComponent(String(form[name]))}`)
    .join('&');
};

export const replyTo = (answer: Answer): Reply => {
  const read = readAnswer(answer, 'json');
  return {
    status: answer.status,
    body: answer.body ?? '',
    at: (path) => valueAt(read, path),
    header: (name) => headerOf(read, name.toLowerCase()),
  };
};
