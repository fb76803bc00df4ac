import { bareHost, mayBeLoaded } from '../../core/hosts.ts';
import type { Finding } from '../source/problems.ts';
import type { PlanParts } from './parts.ts';

const URL_ALLOWED =
  'an http or https address without password, query and fragment, such as http://127.0.0.1:8080';

/** Browsers also understand `http:host` or a backslash, and other clients something else by them. */
const WRITTEN_OUT = /^https?:\/\/[^/\\?#@\s]+(\/[^\\?#\s]*)?$/i;

/** null = no http or https address, or one with more than host, port and path. */
function baseUrlOf(written: string): URL | null {
  const url = URL.canParse(written) ? new URL(written) : null;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  return isHttp && !url.search && !url.hash && !url.username && !url.password ? url : null;
}

/** Whether the target may be loaded: on this machine, or named in `allowHosts`. Names are not looked up. */
export function targetFindings({ target }: PlanParts): Finding[] {
  if (!target) return [];
  const findings = target.allowHosts.flatMap((host, index) => hostFindings(host, index));
  const path = ['target', 'baseUrl'];
  const url = baseUrlOf(target.baseUrl);
  if (url === null || !WRITTEN_OUT.test(target.baseUrl)) {
    const message = 'is not an address to load';
    const hint = url && { hint: `Write ${url.origin}${url.pathname.replace(/\/+$/, '')}.` };
    return [...findings, { code: 'base-url', path, message, allowed: URL_ALLOWED, ...hint }];
  }
  const host = bareHost(url.hostname);
  if (mayBeLoaded(host, target.allowHosts)) return findings;
  return [
    ...findings,
    {
      code: 'host-not-allowed',
      path,
      message: `${host} is not this machine`,
      allowed: 'this machine, or a host named in target.allowHosts',
      hint: `If you may load it: allowHosts: [${host}].`,
    },
  ];
}

function hostFindings(host: string, index: number): Finding[] {
  const isName = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(host);
  const isAddress6 = /^\[?[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*\]?$/.test(host) && /:.*:/.test(host);
  if (isName || isAddress6) return [];
  return [
    {
      code: 'host-name',
      path: ['target', 'allowHosts', index],
      message: 'is not a host name',
      allowed: 'a host name without scheme and port, such as staging.example.com',
    },
  ];
}

/** @returns the host of an address, if it is not this machine. */
export function hostOutside(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const host = bareHost(new URL(address).hostname);
  return mayBeLoaded(host, []) ? null : host;
}
