import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LENIENCY_ROWS } from '../../../scripts/analysis/verdict/leniency.ts';

const SOURCES = 'scripts/analysis';
const source = readdirSync(SOURCES, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
  .join('\n');
const documented = [...readFileSync('docs/reasons.md', 'utf8').matchAll(/^\| `([A-Za-z0-9-]+)` \|/gm)].map(
  (match) => match[1],
);
const codes = new Set([...source.matchAll(/code: '([a-z0-9-]+)'/g)].map((match) => match[1]));
const words = new Set([...source.matchAll(/(?:found\.push\(|why: )'([a-z-]+)'/g)].map((match) => match[1]));

test('every reason, every word for an unhealthy slice and every leniency is explained in docs/reasons.md, and nothing else', () => {
  expect(codes.size).toBeGreaterThan(15);
  expect(words.size).toBe(12);
  const lenient = Object.keys(LENIENCY_ROWS);
  expect(documented.toSorted()).toEqual([...codes, ...words, ...lenient].toSorted());
});
