import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const MOST_FILES = 18;

/** Files of each folder below, by its path. */
function filesBelow(folder: string): [string, number][] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const below = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  return [[folder, entries.filter((entry) => entry.isFile()).length], ...below.flatMap(filesBelow)];
}

test('no folder holds so many files that nothing can be found in it', () => {
  const folders = ['scripts', 'k6', 'mock-services', 'test'].flatMap(filesBelow);
  expect(folders.length).toBeGreaterThan(80);
  expect(folders.filter(([, files]) => files > MOST_FILES)).toEqual([]);
});
