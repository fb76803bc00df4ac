import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as limits from '../../scripts/core/limits.ts';
import { formatDurationMs } from '../../scripts/core/quantities.ts';

const rows = [...readFileSync('docs/measurement.md', 'utf8').matchAll(/^\| `([A-Z_]+)` \| ([^|]+) \|/gm)].map(
  ([, name, value]) => [name, value],
);

function shown(name: string, value: number | readonly number[]): string {
  if (typeof value !== 'number') return value.map((one) => shown(name, one)).join(', ');
  if (name.endsWith('_MS')) return formatDurationMs(value);
  return /_(RATIO|LEVEL|CONFIDENCE)$/.test(name)
    ? `${Number((value * 100).toPrecision(6))} %`
    : String(value);
}

test('the table of limits in docs/measurement.md has every limit with its value, and nothing else', () => {
  const expected = Object.entries(limits).map(([name, value]) => [name, shown(name, value)]);
  expect(rows.toSorted()).toEqual(expected.toSorted());
});
