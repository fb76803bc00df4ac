import { nearest } from '../plan/source/nearest.ts';

// Which dotted paths an answer's JSON has, and which of them was probably meant.

const DEEPEST = 6;
const MOST = 200;

/** A value that is no object, and where it stands. */
export interface Leaf {
  path: string;
  isNull: boolean;
}

/** All that a dotted path can reach, in their order: of a list only the first entry, nothing below a key with a dot. */
export function leavesOf(value: unknown): Leaf[] {
  const leaves: Leaf[] = [];
  const visit = (inner: unknown, keys: readonly string[]): void => {
    if (leaves.length >= MOST || keys.length > DEEPEST) return;
    if (typeof inner !== 'object' || inner === null) {
      if (keys.length > 0) leaves.push({ path: keys.join('.'), isNull: inner === null });
      return;
    }
    const entries = Array.isArray(inner) ? Object.entries(inner).slice(0, 1) : Object.entries(inner);
    for (const [key, field] of entries) if (!key.includes('.')) visit(field, [...keys, key]);
  };
  visit(value, []);
  return leaves;
}

/** The path that was probably meant: one with the same last name elsewhere, else one written much like it; null = none. */
export function nearestPath(wanted: string, paths: readonly string[]): string | null {
  const name = lastName(wanted);
  const elsewhere = paths.filter((path) => lastName(path) === name);
  const shortest = elsewhere.toSorted((a, b) => depth(a) - depth(b))[0];
  if (shortest !== undefined) return nearest(wanted, elsewhere) ?? shortest;
  const alike = nearest(wanted, paths);
  if (alike !== null) return alike;
  const likeName = nearest(name, paths.map(lastName));
  return paths.find((path) => lastName(path) === likeName) ?? null;
}

const lastName = (path: string): string => path.slice(path.lastIndexOf('.') + 1);
const depth = (path: string): number => path.split('.').length;
