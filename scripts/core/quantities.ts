import { z } from 'zod';
import type { Latency } from './latency.ts';

// The grammar of values in a launch plan. Each parser returns null for text it does not accept, so that the
// caller can say what was read and what is allowed.

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const MAGNITUDE: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6 };
const PER_MS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** `250ms`, `90s`, `5m`, `1.5h`, `6d`, `1h30m`, or `0` → milliseconds. A bare number other than 0 has no unit: null. */
export function parseDurationMs(value: unknown): number | null {
  if (value === 0 || value === '0') return 0;
  if (typeof value !== 'string' || !/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(value)) return null;
  let total = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  }
  return Number.isFinite(total) ? Math.round(total) : null;
}

/** `5%` or `0.05` → 0.05. No bounds are applied. */
export function parseRatio(value: unknown): number | null {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'string') return null;
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(value.trim());
  return match ? finite(Number(match[1]) / (match[2] ? 100 : 1)) : null;
}

/** `60000`, `60k`, `1.5M` → a number. */
export function parseNumber(value: unknown): number | null {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'string') return null;
  const match = /^(\d+(?:\.\d+)?)([kM]?)$/.exec(value.trim());
  // toPrecision: 1.1k is 1100, not 1100.0000000000002
  return match
    ? finite(Number((Number(match[1]) * (MAGNITUDE[match[2] ?? ''] ?? Number.NaN)).toPrecision(15)))
    : null;
}

/** A number written with hundreds of digits is no number. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** `40/s`, `120/min`, `600/h`, `1.2k/s` → per second. */
export function parseRatePerSec(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  const match = /^([^/]+)\/(s|min|h|d)$/.exec(value.trim());
  const amount = match ? parseNumber(match[1]) : null;
  return match && amount !== null ? amount / ((PER_MS[match[2] ?? ''] ?? Number.NaN) / 1_000) : null;
}

/** `3`, `"3x"`, `3.5` → a factor. */
export function parseMultiple(value: unknown): number | null {
  return parseNumber(typeof value === 'string' ? value.replace(/x$/, '') : value);
}

interface Grammar {
  /** What is allowed, for messages and for the JSON Schema. */
  allowed: string;
  parse: (value: unknown) => number | null;
  /** Of the text form, without anchors: what an editor may accept. */
  pattern: string;
  /** JSON Schema of the number form; null = text only. */
  number: Readonly<Record<string, unknown>> | null;
  min?: number;
  max?: number;
  /** The parsed number is a multiple of this. */
  multipleOf?: number;
}

/**
 * One zod type for every quantity: any input, so that the one message is `allowed` whatever was written; the JSON
 * Schema of the input is given beside it.
 */
function quantity(grammar: Grammar) {
  return z
    .unknown()
    .meta({ description: grammar.allowed, anyOf: inputSchemas(grammar) })
    .transform((value, context) => {
      const parsed = grammar.parse(value);
      const ok =
        parsed !== null &&
        parsed >= (grammar.min ?? Number.NEGATIVE_INFINITY) &&
        parsed <= (grammar.max ?? Number.POSITIVE_INFINITY) &&
        (grammar.multipleOf === undefined || parsed % grammar.multipleOf === 0);
      if (ok) return parsed;
      context.addIssue({ code: 'custom', message: grammar.allowed, input: value });
      return z.NEVER;
    });
}

function inputSchemas(grammar: Grammar): object[] {
  const text = { type: 'string', pattern: orVariable(grammar.pattern), description: grammar.allowed };
  return grammar.number ? [text, grammar.number] : [text];
}

/** Text in which the environment is still to be put may be anything. */
const orVariable = (pattern: string): string => `^(?:${pattern})$|\\$\\{`;

const DURATION_PATTERN = '0|(\\d+(\\.\\d+)?(ms|s|m|h|d))+';

/** zod type: a duration such as `90s` → milliseconds. */
export const duration = (bounds: { minMs?: number; maxMs?: number; wholeSeconds?: boolean } = {}) =>
  quantity({
    allowed: `a duration such as 250ms, 90s, 5m, 9h or 6d${boundsText(bounds.minMs, bounds.maxMs, formatDurationMs)}${bounds.wholeSeconds ? ', in whole seconds' : ''}`,
    parse: parseDurationMs,
    pattern: DURATION_PATTERN,
    number: (bounds.minMs ?? 0) > 0 ? null : { const: 0 },
    ...(bounds.minMs === undefined ? {} : { min: bounds.minMs }),
    ...(bounds.maxMs === undefined ? {} : { max: bounds.maxMs }),
    ...(bounds.wholeSeconds ? { multipleOf: 1_000 } : {}),
  });

/** zod type: a ratio such as `5%` or `0.05` → 0 to 1 (bounds may differ). */
export const ratio = (bounds: { min?: number; max?: number } = {}) => {
  const min = bounds.min ?? 0;
  const max = bounds.max ?? 1;
  return quantity({
    allowed: `a ratio from ${Number((min * 100).toPrecision(6))}% to ${Number((max * 100).toPrecision(6))}%, such as 5% or 0.05`,
    parse: parseRatio,
    pattern: '\\d+(\\.\\d+)?%?',
    number: { type: 'number', minimum: min, maximum: max },
    min,
    max,
  });
};

/** zod type: a number such as `60000`, `60k` or `1.5M`. */
export const amount = (bounds: { min?: number; max?: number; integer?: boolean } = {}) =>
  quantity({
    allowed: `a ${bounds.integer ? 'whole ' : ''}number such as 500, 60k or 1.5M${boundsText(bounds.min, bounds.max, String)}`,
    parse: parseNumber,
    pattern: '\\d+(\\.\\d+)?[kM]?',
    number: {
      type: bounds.integer ? 'integer' : 'number',
      ...(bounds.min === undefined ? {} : { minimum: bounds.min }),
      ...(bounds.max === undefined ? {} : { maximum: bounds.max }),
    },
    ...(bounds.min === undefined ? {} : { min: bounds.min }),
    ...(bounds.max === undefined ? {} : { max: bounds.max }),
    ...(bounds.integer ? { multipleOf: 1 } : {}),
  });

/** zod type: a rate such as `40/s` or `120/min` → per second. */
export const ratePerSec = (bounds: { min?: number } = {}) =>
  quantity({
    allowed: `a rate with its unit, such as 40/s, 120/min or 600/h${boundsText(bounds.min, undefined, (min) => `${min}/s`)}`,
    parse: parseRatePerSec,
    pattern: '\\d+(\\.\\d+)?[kM]?/(s|min|h|d)',
    number: null,
    min: bounds.min ?? 0,
  });

/** zod type: a multiple of the forecast such as `3` or `3x`, above 0 and at most 1000. */
export const multiple = () =>
  quantity({
    allowed: 'a multiple of the forecast above 0 and up to 1000, such as 3, 3x or 1.5',
    parse: parseMultiple,
    pattern: '\\d+(\\.\\d+)?x?',
    number: { type: 'number', exclusiveMinimum: 0, maximum: 1_000 },
    min: Number.MIN_VALUE,
    max: 1_000,
  });

const LATENCY_ALLOWED =
  'a latency: 2s, {median: 120ms, sigma: 0.3}, {min: 50ms, max: 90ms} or {mean: 80ms, stddev: 10ms}';

const DURATION_INPUT = { type: 'string', pattern: orVariable(DURATION_PATTERN) };
const NUMBER_INPUT = { anyOf: [{ type: 'number', minimum: 0 }, { type: 'string' }] };
const latencyInput = (fields: Record<string, object>) => ({
  type: 'object',
  properties: fields,
  required: Object.keys(fields),
  additionalProperties: false,
});

/** zod type: a latency in one of its four forms. */
export const latency = () =>
  z
    .unknown()
    .meta({
      description: LATENCY_ALLOWED,
      anyOf: [
        { ...DURATION_INPUT, description: 'fixed' },
        { const: 0 },
        latencyInput({ median: DURATION_INPUT, sigma: NUMBER_INPUT }),
        latencyInput({ min: DURATION_INPUT, max: DURATION_INPUT }),
        latencyInput({ mean: DURATION_INPUT, stddev: DURATION_INPUT }),
      ],
    })
    .transform((value, context): Latency => {
      const parsed = parseLatency(value);
      if (parsed) return parsed;
      context.addIssue({ code: 'custom', message: LATENCY_ALLOWED, input: value });
      return z.NEVER;
    });

/** Text or a mapping → a latency; null for anything else. `sigma` is from 0 to 5. */
export function parseLatency(value: unknown): Latency | null {
  const fixed = parseDurationMs(value);
  if (fixed !== null) return { shape: 'fixed', ms: fixed };
  if (typeof value !== 'object' || value === null) return null;
  const fields = new Map(Object.entries(value));
  const pair = (a: string, b: string): boolean => fields.size === 2 && fields.has(a) && fields.has(b);
  if (pair('median', 'sigma')) {
    const medianMs = parseDurationMs(fields.get('median'));
    const sigma = parseNumber(fields.get('sigma'));
    const known = medianMs !== null && sigma !== null && sigma >= 0 && sigma <= 5;
    return known ? { shape: 'lognormal', medianMs, sigma } : null;
  }
  if (pair('min', 'max')) {
    const minMs = parseDurationMs(fields.get('min'));
    const maxMs = parseDurationMs(fields.get('max'));
    return minMs === null || maxMs === null || minMs > maxMs ? null : { shape: 'uniform', minMs, maxMs };
  }
  if (pair('mean', 'stddev')) {
    const meanMs = parseDurationMs(fields.get('mean'));
    const stddevMs = parseDurationMs(fields.get('stddev'));
    return meanMs === null || stddevMs === null ? null : { shape: 'normal', meanMs, stddevMs };
  }
  return null;
}

export const DAY_MS = 86_400_000;

/** `5 %`, `0.1 %`: one decimal at most. @param ratio 0 to 1 */
export const percentText = (ratio: number): string => `${Number((ratio * 100).toFixed(1))} %`;

/** 90000 → `1 m 30 s`, 250 → `250 ms`, 6100 → `6.1 s`. For people; never parsed again. */
export function formatDurationMs(ms: number): string {
  if (ms === 0) return '0 s';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  const wholeSec = Math.round(ms / 1_000);
  const parts: [number, string][] = [
    [Math.floor(wholeSec / 86_400), 'd'],
    [Math.floor((wholeSec % 86_400) / 3_600), 'h'],
    [Math.floor((wholeSec % 3_600) / 60), 'm'],
    [wholeSec % 60, 's'],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

function boundsText(
  min: number | undefined,
  max: number | undefined,
  format: (bound: number) => string,
): string {
  if (min !== undefined && max !== undefined) return `, from ${format(min)} to ${format(max)}`;
  if (min !== undefined && min > 0) return `, at least ${format(min)}`;
  return max === undefined ? '' : `, at most ${format(max)}`;
}
