import type { Params, RequestBody } from 'k6/http';
import { mayBeLoaded } from '../../scripts/core/hosts.ts';
import { remembered } from '../remembered.ts';
import { requestName } from '../request-name.ts';
import { allowedMs } from './iteration.ts';
import { hostOf } from './redirects.ts';

// A request of a k6 script without the kit, as it is sent: to a host that the plan allows, no longer than patience
// lasts, and with a label.

/** An address, or what `http.url` makes. */
export type Url = string | { url: string; name: string };
export type Body = RequestBody | null | undefined;

export interface Asked {
  method: string;
  url: Url;
  body: Body;
  params: Params;
  /** Label in reports. */
  name: string;
  /** How many redirects are still followed. */
  redirects: number;
}

export interface Guard {
  /** Hosts outside of this machine that may be loaded. */
  allowHosts: readonly string[];
  /** Followed unless the request says otherwise. */
  maxRedirects: number;
  /** A request without an answer throws, unless it says otherwise. */
  throws: boolean;
}

/** k6's own `maxRedirects` where a script names none. */
export const DEFAULT_REDIRECTS = 10;

let guard: Guard = { allowHosts: [], maxRedirects: DEFAULT_REDIRECTS, throws: false };

export const guardBy = (by: Guard): void => {
  guard = by;
};

export const asked = (method: string, url: Url, body: Body, own: Params | null | undefined): Asked => {
  const params: Params & { throw?: boolean } = { throw: guard.throws, ...own, redirects: 0 };
  const label = allowedLabel(method, url);
  const named = own?.tags?.['name'] ?? null;
  const name = named ?? label;
  if (typeof url === 'string' && named === null) params.tags = { ...own?.tags, name };
  const timeoutMs = allowedMs(durationMs(own?.timeout));
  if (timeoutMs !== null) params.timeout = timeoutMs;
  const redirects = own?.redirects ?? guard.maxRedirects;
  return { method, url, body, params, name: String(name), redirects };
};

export const addressOf = (url: Url): string => (typeof url === 'string' ? url : url.url);

/** Label of a request to a host that the plan allows; throws for any other. Looking at one takes as long as all else here. */
const allowedLabel = (method: string, url: Url): string => {
  const name = allowedName(`${method} ${addressOf(url)}`);
  return typeof url === 'string' ? name : url.name;
};

const allowedName = remembered((asked) => {
  refuseOtherHosts(asked.slice(asked.indexOf(' ') + 1));
  return requestName(asked);
});

const refuseOtherHosts = (url: string): void => {
  const host = hostOf(url);
  // Without a host it is no address, which k6 itself refuses.
  if (host === null || mayBeLoaded(host, guard.allowHosts)) return;
  throw new Error(
    `host-not-allowed: the plan does not allow requests to ${host}; if you may load it: target.allowHosts: [${host}]`,
  );
};

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A time as k6 takes it: ms, or `1m30s`; null = none that can be read, so k6's own. */
const durationMs = (timeout: string | number | undefined): number | null => {
  return typeof timeout === 'string' ? writtenMs(timeout) : (timeout ?? null);
};

const writtenMs = remembered((timeout): number | null => {
  let sum = 0;
  for (const [, count = '', unit = ''] of timeout.matchAll(/([\d.]+)(ms|s|m|h)/g)) {
    sum += Number(count) * (UNIT_MS[unit] ?? 0);
  }
  return sum > 0 ? sum : null;
});
