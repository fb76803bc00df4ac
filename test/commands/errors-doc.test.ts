import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const documented = readFileSync(join(root, 'docs/errors.md'), 'utf8');

/** Source files with errors for the user; the reasons of a verdict (analysis) have their own page and test. */
const sources = readdirSync(join(root, 'scripts'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('analysis/'))
  .map((file) => readFileSync(join(root, 'scripts', file), 'utf8'));

const NOT_FOR_USERS = new Set(['custom', 'malformed', 'too-large']);

test('every error code of the sources is explained in docs/errors.md', () => {
  const codes = new Set(
    sources.flatMap((text) => [...text.matchAll(/\bcode: '([a-z0-9-]+)'/g)].map(([, code]) => code ?? '')),
  );
  expect(codes.size).toBeGreaterThan(50);
  const missing = [...codes].filter(
    (code) => !NOT_FOR_USERS.has(code) && !documented.includes(`\`${code}\``),
  );
  expect(missing).toEqual([]);
});

test('docs/errors.md explains no code that no source has', () => {
  const everything = sources.join('\n');
  const explained = [...documented.matchAll(/`([a-z0-9]+(?:-[a-z0-9]+)+)`/g)].map(([, code]) => code ?? '');
  expect(explained.length).toBeGreaterThan(50);
  expect(explained.filter((code) => !everything.includes(`'${code}'`))).toEqual([]);
});
