import { z } from 'zod';

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
  return Math.round(total);
}

/** `5%` or `0.05` → 0.05. No bounds are applied. */
export function parseRatio(value: unknown): number | null {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'string') return null;
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(value.trim());
  return match ? Number(match[1]) / (match[2] ? 100 : 1) : null;
}

/** `60000`, `60k`, `1.5M` → a number. */
export function parseNumber(value: unknown): number | null {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'string') return null;
  const match = /^(\d+(?:\.\d+)?)([kM]?)$/.exec(value.trim());
  // toPrecision: 1.1k is 1100, not 1100.0000000000002
  return match
    ? Number((Number(match[1]) * (MAGNITUDE[match[2] ?? ''] ?? Number.NaN)).toPrecision(15))
    : null;
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
  /** For the JSON Schema: what an editor may accept. */
  pattern: string;
  min?: number;
  max?: number;
  integer?: boolean;
}

function quantity(grammar: Grammar) {
  const input = z.union([z.string().regex(new RegExp(grammar.pattern)), z.number()]);
  return input
    .describe(grammar.allowed)
    .or(z.unknown())
    .transform((value, context) => {
      const parsed = grammar.parse(value);
      const ok =
        parsed !== null &&
        parsed >= (grammar.min ?? Number.NEGATIVE_INFINITY) &&
        parsed <= (grammar.max ?? Number.POSITIVE_INFINITY) &&
        (!grammar.integer || Number.isInteger(parsed));
      if (ok) return parsed;
      context.addIssue({ code: 'custom', message: grammar.allowed, input: value });
      return z.NEVER;
    });
}

/** zod type: a duration such as `90s` → milliseconds. */
export const duration = (bounds: { minMs?: number; maxMs?: number } = {}) =>
  quantity({
    allowed: `a duration such as 250ms, 90s, 5m, 9h or 6d${boundsText(bounds.minMs, bounds.maxMs, formatDurationMs)}`,
    parse: parseDurationMs,
    pattern: '^(0|(\\d+(\\.\\d+)?(ms|s|m|h|d))+)$',
    ...(bounds.minMs === undefined ? {} : { min: bounds.minMs }),
    ...(bounds.maxMs === undefined ? {} : { max: bounds.maxMs }),
  });

/** zod type: a ratio such as `5%` or `0.05` → 0 to 1 (bounds may differ). */
export const ratio = (bounds: { min?: number; max?: number } = {}) =>
  quantity({
    allowed: `a ratio from ${(bounds.min ?? 0) * 100}% to ${(bounds.max ?? 1) * 100}%, such as 5% or 0.05`,
    parse: parseRatio,
    pattern: '^\\d+(\\.\\d+)?%?$',
    min: bounds.min ?? 0,
    max: bounds.max ?? 1,
  });

/** zod type: a number such as `60000`, `60k` or `1.5M`. */
export const amount = (bounds: { min?: number; max?: number; integer?: boolean } = {}) =>
  quantity({
    allowed: `a ${bounds.integer ? 'whole ' : ''}number such as 500, 60k or 1.5M${boundsText(bounds.min, bounds.max, String)}`,
    parse: parseNumber,
    pattern: '^\\d+(\\.\\d+)?[kM]?$',
    ...bounds,
  });

/** zod type: a rate such as `40/s` or `120/min` → per second. */
export const ratePerSec = () =>
  quantity({
    allowed: 'a rate with its unit, such as 40/s, 120/min or 600/h',
    parse: parseRatePerSec,
    pattern: '^\\d+(\\.\\d+)?[kM]?/(s|min|h|d)$',
    min: 0,
  });

/** zod type: a multiple of the forecast such as `3` or `3x`, above 0 and at most 1000. */
export const multiple = () =>
  quantity({
    allowed: 'a multiple of the forecast above 0, such as 3, 3x or 1.5',
    parse: parseMultiple,
    pattern: '^\\d+(\\.\\d+)?x?$',
    min: Number.MIN_VALUE,
    max: 1_000,
  });

/** How long something takes: a fixed time or a distribution to draw from; all in milliseconds. */
export type Latency =
  | { shape: 'fixed'; ms: number }
  | { shape: 'lognormal'; medianMs: number; sigma: number }
  | { shape: 'uniform'; minMs: number; maxMs: number }
  | { shape: 'normal'; meanMs: number; stddevMs: number };

const LATENCY_ALLOWED =
  'a latency: 2s, {median: 120ms, sigma: 0.3}, {min: 50ms, max: 90ms} or {mean: 80ms, stddev: 10ms}';

/** zod type: a latency in one of its four forms. */
export const latency = () =>
  z
    .unknown()
    .transform((value, context): Latency => {
      const parsed = parseLatency(value);
      if (parsed) return parsed;
      context.addIssue({ code: 'custom', message: LATENCY_ALLOWED, input: value });
      return z.NEVER;
    })
    .describe(LATENCY_ALLOWED);

export function parseLatency(value: unknown): Latency | null {
  const fixed = parseDurationMs(value);
  if (fixed !== null) return { shape: 'fixed', ms: fixed };
  if (typeof value !== 'object' || value === null) return null;
  const fields = new Map(Object.entries(value));
  const pair = (a: string, b: string): boolean => fields.size === 2 && fields.has(a) && fields.has(b);
  if (pair('median', 'sigma')) {
    const medianMs = parseDurationMs(fields.get('median'));
    const sigma = parseNumber(fields.get('sigma'));
    return medianMs === null || sigma === null || sigma > 5 ? null : { shape: 'lognormal', medianMs, sigma };
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

/** 90000 → `1 m 30 s`, 250 → `250 ms`, 6100 → `6.1 s`. For people; never parsed again. */
export function formatDurationMs(ms: number): string {
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
