import { DEFAULT_REDIRECTS, type Guard } from './request.ts';

// A script's own `options`, without what the launch plan decides.

type ScriptOptions = Readonly<Record<string, unknown>>;

/** How much load there is and when it ends, what series are called, and what the modules beside this file do. */
const PLANNED: readonly string[] = [
  'duration',
  'execution',
  'executionSegment',
  'executionSegmentSequence',
  'iterations',
  'linger',
  'maxRedirects',
  'minIterationDuration',
  'paused',
  'rps',
  'scenarios',
  'stages',
  'systemTags',
  'throw',
  'vus',
];

/** `tags`: of the run; they win over the script's. */
export const loadOptions = (
  own: ScriptOptions | undefined,
  tags: Readonly<Record<string, string>>,
): ScriptOptions => {
  return { ...kept(own), thresholds: thresholdsOf(own), tags: { ...(own?.['tags'] as object), ...tags } };
};

/** A canary is judged by its order, not by thresholds. */
export const canaryOptions = (own: ScriptOptions | undefined): ScriptOptions => {
  const { thresholds: _thresholds, ...rest } = kept(own);
  return rest;
};

export const guardOf = (own: ScriptOptions | undefined, allowHosts: readonly string[]): Guard => {
  const most = own?.['maxRedirects'];
  return {
    allowHosts,
    maxRedirects: typeof most === 'number' ? most : DEFAULT_REDIRECTS,
    throws: own?.['throw'] === true,
  };
};

const kept = (own: ScriptOptions | undefined): Record<string, unknown> => {
  return Object.fromEntries(Object.entries(own ?? {}).filter(([name]) => !PLANNED.includes(name)));
};

/** Thresholds without `abortOnFail`: when the load ends is the plan's to say. */
const thresholdsOf = (own: ScriptOptions | undefined): Record<string, unknown> => {
  const written = (own?.['thresholds'] ?? {}) as ScriptOptions;
  return Object.fromEntries(
    Object.entries(written).map(([metric, list]) => [metric, [list].flat().map(expressionOf)]),
  );
};

const expressionOf = (threshold: unknown): unknown => {
  const expression = (threshold as { threshold?: unknown } | null)?.threshold;
  return expression ?? threshold;
};
