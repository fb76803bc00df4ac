import { type Finding, type PlanPath, pathText } from './problems.ts';

/** Keys of the design that have no effect yet. Accepted and ignored they would lie. */
const KEYS: readonly string[] = [
  'promo',
  'metrics',
  'forecast.phases',
  'forecast.history',
  'forecast.invites',
  'forecast.audience',
  'slo.openslo',
  'rehearsal.compress',
];

export interface Pruned {
  /** The plan without what was refused. */
  value: unknown;
  findings: Finding[];
  /** Mappings that lost a key: what they lack is not worth another problem. */
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
      if (!KEYS.includes(pathText(at))) return true;
      findings.push(notAvailable(at, key));
      incomplete.push(path);
      return false;
    });
    return Object.fromEntries(entries.map(([key, inner]) => [key, pruned(inner, [...path, key])]));
  };

  return { value: pruned(root, []), findings, incomplete };
}

function notAvailable(path: PlanPath, what: string): Finding {
  return {
    code: 'not-available-yet',
    path,
    at: 'key',
    message: `${what} is not available yet`,
    allowed: 'a plan without it',
  };
}
