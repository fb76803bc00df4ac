import type { PlanPath } from './problems.ts';

const VARIABLE = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** A `{{variable}}` in a text of the plan; name null = braces that are no variable. */
export interface TemplateUse {
  path: PlanPath;
  name: string | null;
}

/** Every variable in the texts of a value, also in lists and mappings. */
export function templateUses(value: unknown, path: PlanPath): TemplateUse[] {
  if (typeof value === 'string') return usesInText(value, path);
  if (Array.isArray(value)) return value.flatMap((inner, index) => templateUses(inner, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => templateUses(inner, [...path, key]));
}

function usesInText(text: string, path: PlanPath): TemplateUse[] {
  const uses: TemplateUse[] = [...text.matchAll(VARIABLE)].map(([, name]) => ({ path, name: name || null }));
  const rest = text.replace(VARIABLE, '');
  // }} alone ends nested JSON in a text and is no mistake
  return rest.includes('{{') ? [...uses, { path, name: null }] : uses;
}

/** The same value with `{{ name }}` written as `{{name}}`, the one form that the load script knows. */
export function normalizeTemplates<Value>(value: Value): Value;
export function normalizeTemplates(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(VARIABLE, '{{$1}}');
  if (Array.isArray(value)) return value.map((inner: unknown) => normalizeTemplates(inner));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, normalizeTemplates(inner)]));
}
