// Redirects of a k6 script without the kit. They are followed here and not by k6, so that no answer can send the load to
// a host that the plan does not allow.

export interface Hop {
  method: string;
  url: string;
  /** The same body is sent again. */
  keepsBody: boolean;
}

/** Where an answer sends its client, as browsers and k6 take it; null = nowhere. */
export const nextHop = (
  method: string,
  url: string,
  status: number,
  location: string | undefined,
): Hop | null => {
  if (location === undefined || location === '') return null;
  const to = resolved(location, url);
  if (status === 307 || status === 308) return { method, url: to, keepsBody: true };
  if (status < 301 || status > 303) return null;
  return { method: method === 'HEAD' ? 'HEAD' : 'GET', url: to, keepsBody: false };
};

/** Absolute address of a Location. k6 has no URL class. */
const resolved = (location: string, from: string): string => {
  const [, scheme = '', host = '', path = '/'] = /^(https?:)\/\/([^/?#]*)([^?#]*)/i.exec(from) ?? [];
  const to = location.replace(/#.*$/, '');
  if (/^https?:\/\//i.test(to)) return to;
  if (to.startsWith('//')) return scheme + to;
  if (to.startsWith('/')) return `${scheme}//${host}${to}`;
  return `${scheme}//${host}${to.startsWith('?') ? path || '/' : path.replace(/[^/]*$/, '') || '/'}${to}`;
};

/** Host of an address without port and user; null if it has none. */
export const hostOf = (url: string): string | null => {
  const authority = /^https?:\/\/([^/?#\\]*)/i.exec(url)?.[1];
  if (authority === undefined) return null;
  return /^(\[[^\]]*\]|[^:]*)(:\d*)?$/.exec(authority.replace(/^.*@/, ''))?.[1] || null;
};
