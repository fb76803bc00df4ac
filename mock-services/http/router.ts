import type { PartnerRoute } from '../partner.ts';

/** A route as requests meet it. */
export interface KnownRoute extends PartnerRoute {
  /** `POST /orders/:id`: names the route in plans, metrics and faults. */
  label: string;
}

export type Found =
  | { route: KnownRoute; params: Readonly<Record<string, string>> }
  /** The path is known, for these methods only. */
  | { allowed: readonly string[] }
  | null;

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

/** Finds the route of a request. The earlier of two patterns that fit wins; a path without patterns before either. */
export class Router {
  readonly #fixed = new Map<string, Map<string, KnownRoute>>();
  readonly #patterns: { parts: readonly string[]; route: KnownRoute }[] = [];

  constructor(routes: readonly PartnerRoute[]) {
    for (const route of routes) {
      const known = { ...route, label: `${route.method} ${route.path}` };
      if (/[:*]/.test(route.path)) {
        this.#patterns.push({ parts: route.path.split('/'), route: known });
        continue;
      }
      const methods = this.#fixed.get(route.path) ?? new Map<string, KnownRoute>();
      this.#fixed.set(route.path, methods.set(route.method, known));
    }
  }

  find(method: string, path: string): Found {
    const methods = this.#fixed.get(path);
    const route = methods?.get(method);
    if (route) return { route, params: NO_PARAMS };
    const allowed = methods ? [...methods.keys()] : [];
    if (this.#patterns.length > 0) {
      const parts = path.split('/');
      for (const pattern of this.#patterns) {
        const params = match(pattern.parts, parts);
        if (!params) continue;
        if (pattern.route.method === method || pattern.route.method === '*')
          return { route: pattern.route, params };
        allowed.push(pattern.route.method);
      }
    }
    return allowed.length > 0 ? { allowed } : null;
  }
}

function match(pattern: readonly string[], parts: readonly string[]): Record<string, string> | null {
  const params: Record<string, string> = {};
  for (const [index, wanted] of pattern.entries()) {
    if (wanted === '*' && index === pattern.length - 1) return params;
    const part = parts[index];
    if (part === undefined) return null;
    const colon = wanted.indexOf(':');
    if (colon < 0) {
      if (part !== wanted) return null;
      continue;
    }
    // Text may stand before the name, as in Telegram's `/bot:token`.
    if (!part.startsWith(wanted.slice(0, colon))) return null;
    const value = decoded(part.slice(colon));
    if (value === null || value === '') return null;
    params[wanted.slice(colon + 1)] = value;
  }
  return parts.length === pattern.length ? params : null;
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** Whether a route of a partner is meant by what a plan's fault names: `POST /orders`, `/orders`, or `/orders/*`. */
export function isMeant(label: string, wanted: string): boolean {
  const path = label.slice(label.indexOf(' ') + 1);
  const [wantedMethod, wantedPath] = wanted.includes(' ') ? wanted.split(' ') : [null, wanted];
  if (wantedPath === undefined) return false;
  const method = label.slice(0, label.indexOf(' '));
  if (wantedMethod !== null && method !== wantedMethod && method !== '*') return false;
  if (path === wantedPath) return true;
  if (path.endsWith('*') && wantedPath.startsWith(path.slice(0, -1))) return true;
  return wantedPath.endsWith('*') && path.startsWith(wantedPath.slice(0, -1));
}
