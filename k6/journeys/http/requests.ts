import { encodeText, wireAddress } from '../../../scripts/core/address.ts';
import type { WireRequest } from '../../effects.ts';
import type { HttpProgram, Template, Variables } from '../program.ts';
import { type Trace, traceParent } from '../trace.ts';
import type { OrderUnderWay } from '../turn.ts';
import { isControl } from './answers.ts';
import type { TriedStep } from './http-step.ts';

// Requests of a step. Functions that live in every VU are arrows: in k6 a declared one costs three times the memory.

/** The step's own request; null = its link leads away from the target. */
export const stepRequest = (
  step: HttpProgram,
  order: OrderUnderWay,
  timeoutMs: number,
): WireRequest | null => {
  const { variables } = order.start;
  const address = render(step.url, variables);
  // Without variables it was written as it goes out when it was compiled.
  const isWritten = typeof step.url === 'string';
  const url = step.followsLink
    ? withinTarget(address, order.program.origin)
    : isWritten
      ? address
      : wireAddress(address);
  if (url === null) return null;
  return {
    name: step.name,
    method: step.method,
    url,
    headers: renderHeaders(step.headers, variables, order.trace),
    body: step.body === null ? null : render(step.body, variables),
    timeoutMs,
    needsBody: step.needsBody,
  };
};

/** The same request, as another try. */
export const tryAgain = (request: WireRequest, trace: Trace, timeoutMs: number): WireRequest => ({
  ...request,
  headers: { ...request.headers, traceparent: traceParent(trace) },
  timeoutMs,
});

/**
 * What asks for the result of a ticket: the plan's poll path, else the Location header, else the request again.
 * null = the Location leads away from the target: no answer may send the load to another host.
 */
export const ticketRequest = (
  { step, request }: TriedStep,
  { program, start: { variables }, trace }: OrderUnderWay,
  location: string | undefined,
): WireRequest | null => {
  const poll = step.queued?.poll ?? null;
  if (poll === null && location === undefined) return request;
  const url =
    poll === null ? withinTarget(location ?? '', program.origin) : wireAddress(render(poll, variables));
  if (url === null) return null;
  const headers = renderHeaders(step.headers, variables, trace);
  return { ...request, name: `${step.name} (ticket)`, method: 'GET', url, headers, body: null };
};

export const render = (template: Template, variables: Variables): string => {
  if (typeof template === 'string') return template;
  let out = template[0] ?? '';
  for (let index = 1; index < template.length; index += 2) {
    out += written(template[index] ?? '', variables) + (template[index + 1] ?? '');
  }
  return out;
};

const written = (variable: string, variables: Variables): string => {
  const value = variables[variable.slice(1)];
  if (value === undefined) throw new TypeError(`no value for {{${variable.slice(1)}}}`);
  switch (variable[0]) {
    case 'p':
      return encodeText(String(value));
    case 'u':
    case 't':
      return String(value);
    case 'h':
      return headerValue(String(value));
    case 'j':
      return JSON.stringify(value);
    default:
      return JSON.stringify(String(value)).slice(1, -1);
  }
};

/** Without what a header can't carry; what is no ASCII goes out as UTF-8. */
export const headerValue = (value: string): string => {
  try {
    // Most values; in k6 one call of a built-in is cheaper than two looks at a character.
    if (encodeURIComponent(value) === value) return value;
  } catch {
    // Half of a surrogate pair.
  }
  for (let index = 0; index < value.length; index++) {
    if (!isControl(value.charCodeAt(index))) continue;
    return Array.from(value, (one) => (isControl(one.codePointAt(0) ?? 0) ? '?' : one)).join('');
  }
  return value;
};

const renderHeaders = (
  templates: HttpProgram['headers'],
  variables: Variables,
  trace: Trace,
): Record<string, string> => {
  const headers: Record<string, string> = { traceparent: traceParent(trace) };
  for (let index = 0; index < templates.length; index += 2) {
    const value = templates[index + 1] ?? '';
    // Most are constants, for which a call would cost k6 more than the look.
    headers[templates[index] as string] = typeof value === 'string' ? value : render(value, variables);
  }
  return headers;
};

/** Longest address that an answer may lead to, characters: servers refuse much longer ones. */
const LONGEST_ADDRESS = 2_048;

/** Absolute URL of a Location on the target's own origin; null for any other. k6 has no URL class. */
export const withinTarget = (location: string, origin: string): string | null => {
  if (location.length > LONGEST_ADDRESS) return null;
  // What browsers leave out, so that it hides no second slash from the look below.
  const written = location.replace(/^[\0- ]+|[\t\n\r]/g, '');
  if (/^[/\\]/.test(written)) return /^.[/\\]/.test(written) ? null : wireAddress(origin + written);
  if (!written.startsWith(origin)) return null;
  const rest = written.slice(origin.length);
  if (/^[/\\]/.test(rest)) return wireAddress(written);
  return rest === '' || /^[?#]/.test(rest) ? wireAddress(`${origin}/${rest}`) : null;
};
