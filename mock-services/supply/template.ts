import { drawUnit } from '../core/seeded.ts';
import { type PartnerCall, valueAt } from '../partner.ts';

// `{{variables}}` in the answers that a plan writes down for a partner.

const VARIABLE = /\{\{\s*([^{}\s]+)\s*\}\}/g;
const WHOLE = /^\{\{\s*([^{}\s]+)\s*\}\}$/;

export interface TemplateSource {
  call: PartnerCall;
  seed: number;
  /** What is filled in: draws of two answers to one request differ by it. */
  origin: string;
}

/** Whether any text in a JSON value holds a variable. */
export function hasTemplate(value: unknown): boolean {
  if (typeof value === 'string') return value.search(VARIABLE) >= 0;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasTemplate);
}

/**
 * The value with its variables replaced: `key`, `uuid` (the same for the same request), `now` (ISO 8601),
 * `param.NAME`, `query.NAME`, `body.PATH`. A text that is one variable keeps the type of what it stands for; what is
 * not there becomes null, or nothing within a longer text.
 */
export function fillTemplate(value: unknown, source: TemplateSource): unknown {
  if (typeof value === 'string') return fillText(value, source);
  if (Array.isArray(value)) return value.map((inner) => fillTemplate(inner, source));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fillTemplate(inner, source)]));
}

function fillText(text: string, source: TemplateSource): unknown {
  const whole = WHOLE.exec(text)?.[1];
  if (whole !== undefined) return variable(whole, source) ?? null;
  return text.replace(VARIABLE, (_, name: string) => {
    const value = variable(name, source);
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '');
  });
}

function variable(name: string, { call, seed, origin }: TemplateSource): unknown {
  const [where, ...path] = name.split('.');
  switch (where) {
    case 'key':
      return call.key;
    case 'now':
      return new Date().toISOString();
    case 'uuid':
      return uuid(seed, `${origin} ${call.path} ${call.key ?? ''}`);
    case 'param':
      return call.params[path.join('.')];
    case 'query':
      return new URLSearchParams(call.query).get(path.join('.'));
    case 'body':
      return valueAt(call.body, ...path);
    default:
      return undefined;
  }
}

/** A version-4 UUID in form, drawn from the seed. */
function uuid(seed: number, key: string): string {
  const hex = [0, 1, 2, 3]
    .map((part) =>
      Math.floor(drawUnit(seed, `${key} uuid ${part}`) * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
