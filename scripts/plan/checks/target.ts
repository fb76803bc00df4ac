import { bareHost, mayBeLoaded } from '../../core/hosts.ts';
import type { Finding } from '../source/problems.ts';
import type { PlanParts } from './parts.ts';

const URL_ALLOWED =
  'an http or https address without password, query and fragment, such as http://127.0.0.1:8080';

/** Whether the target may be loaded: on this machine, or named in `allowHosts`. Names are not looked up. */
export function targetFindings({ target }: PlanParts): Finding[] {
  if (!target) return [];
  const findings = target.allowHosts.flatMap((host, index) => hostFindings(host, index));
  const path = ['target', 'baseUrl'];
  const url = URL.canParse(target.baseUrl) ? new URL(target.baseUrl) : null;
  const plain = url && (url.protocol === 'http:' || url.protocol === 'https:') && !url.search && !url.hash;
  if (!plain || url.username !== '' || url.password !== '') {
    return [
      ...findings,
      { code: 'base-url', path, message: 'is not an address to load', allowed: URL_ALLOWED },
    ];
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
