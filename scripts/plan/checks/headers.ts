import { CLIENT_HEADERS } from '../../../k6/journey-spec.ts';
import type { Finding, PlanPath } from '../source/problems.ts';

/** Names and values that can't be sent, and those that are the client's own to say. */
export function headerFindings(headers: Readonly<Record<string, string>>, path: PlanPath): Finding[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const at = [...path, 'headers', name];
    return [...nameFindings(name, at), ...valueFindings(value, at)];
  });
}

function nameFindings(name: string, path: PlanPath): Finding[] {
  const at = 'key' as const;
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) {
    return [
      { code: 'header-name', path, at, message: 'is not a header name', allowed: 'letters, digits and -' },
    ];
  }
  if (!CLIENT_HEADERS.includes(name.toLowerCase())) return [];
  const message = `${name} belongs to the connection and is written by the client itself`;
  const allowed = 'headers other than Expect, Keep-Alive, Upgrade, Transfer-Encoding and Content-Length';
  return [{ code: 'header-of-client', path, at, message, allowed, hint: 'Leave it out.' }];
}

function valueFindings(value: string, path: PlanPath): Finding[] {
  if (!/\p{Cc}/u.test(value.replaceAll('\t', ' '))) return [];
  const message = 'has a line break or another control character, which no header can carry';
  return [{ code: 'header-value', path, message, allowed: 'text on one line; it goes out as UTF-8' }];
}
