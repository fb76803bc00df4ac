import { formatDurationMs } from '../../core/quantities.ts';
import type { Fault } from '../../plan/fault.ts';

/** A fault in words, e.g. `pay latency +2 s` or `beanhouse stock-out tea`. Names come from the plan. */
export function faultLabel(fault: Fault): string {
  // Fields are read by name because each fault kind brings its own schema.
  const fields = new Map<string, unknown>(Object.entries(fault));
  const addedMs = typicalMs(fields.get('add'));
  const share = fields.get('share');
  const words = ['status', 'item', 'shop', 'route'].map((name) => fields.get(name)).filter(isWord);
  return [
    fault.partner,
    fault.kind,
    ...(addedMs === null ? [] : [`+${formatDurationMs(addedMs)}`]),
    ...words,
    ...(typeof share === 'number' && share < 1 ? [`${Number((share * 100).toPrecision(3))} %`] : []),
  ].join(' ');
}

const isWord = (value: unknown): value is string | number =>
  typeof value === 'string' || typeof value === 'number';

/** Fixed, median, mean or greatest value of a latency, ms. */
function typicalMs(latency: unknown): number | null {
  if (typeof latency !== 'object' || latency === null) return null;
  const fields = new Map<string, unknown>(Object.entries(latency));
  const ms = fields.get('ms') ?? fields.get('medianMs') ?? fields.get('meanMs') ?? fields.get('maxMs');
  return typeof ms === 'number' ? ms : null;
}
