import type { Finding, PlanPath } from './problems.ts';

/** Keys of the design that have no effect yet; `*` is any key or index. Accepted and ignored they would lie. */
const KEYS: readonly string[] = [
  'promo',
  'metrics',
  'forecast.phases',
  'forecast.history',
  'forecast.invites',
  'forecast.audience',
  'slo.openslo',
  'rehearsal.compress',
  'target.limit',
  'journeys.*.script',
  'journeys.*.then',
  'journeys.*.turns',
  'client.doubleTap',
];

/** Values of `kind` that are not available yet. */
const KINDS: ReadonlyMap<string, readonly string[]> = new Map([['journeys.*', ['telegram-bot', 'chat-bot']]]);

export interface Pruned {
  /** The plan without what was refused. */
  value: unknown;
  findings: Finding[];
  /** Mappings that lost a key, or that were taken out as a whole: what they lack is not worth another problem. */
  incomplete: PlanPath[];
}

/** Takes out what is not available yet, and says so. */
export function refuseNotAvailable(root: unknown): Pruned {
  const findings: Finding[] = [];
  const incomplete: PlanPath[] = [];

  const pruned = (value: unknown, path: PlanPath): unknown => {
    if (Array.isArray(value)) return value.map((inner, index) => pruned(inner, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).filter(([key]) => {
      const at = [...path, key];
      if (!KEYS.includes(pattern(at))) return true;
      findings.push(notAvailable(at, 'key', key));
      incomplete.push(path);
      return false;
    });
    return Object.fromEntries(
      entries
        .filter(([key, inner]) => !refusedKind(inner, [...path, key]))
        .map(([key, inner]) => [key, pruned(inner, [...path, key])]),
    );
  };

  const refusedKind = (value: unknown, path: PlanPath): boolean => {
    const kind: unknown =
      typeof value === 'object' && value !== null ? Reflect.get(value, 'kind') : undefined;
    if (typeof kind !== 'string' || !KINDS.get(pattern(path))?.includes(kind)) return false;
    findings.push(notAvailable([...path, 'kind'], 'value', `kind ${kind}`));
    incomplete.push(path, path.slice(0, -1));
    return true;
  };

  return { value: pruned(root, []), findings, incomplete };
}

function pattern(path: PlanPath): string {
  const variable = ['journeys', 'partners', 'faults'].includes(String(path[0]));
  return path.map((part, index) => (variable && index === 1 ? '*' : String(part))).join('.');
}

function notAvailable(path: PlanPath, at: 'key' | 'value', what: string): Finding {
  return {
    code: 'not-available-yet',
    path,
    ...(at === 'key' ? { at } : {}),
    message: `${what} is not available yet`,
    allowed: 'a plan without it',
  };
}
