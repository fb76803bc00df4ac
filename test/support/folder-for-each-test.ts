import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach } from 'vitest';

/** A new folder for each test of a file, all removed at its end; `path` is set only while a test runs. */
export function folderForEachTest(): { readonly path: string } {
  const parent = mkdtempSync(join(tmpdir(), 'peakproof-test-'));
  const folder = { path: '' };
  beforeEach(() => {
    folder.path = mkdtempSync(join(parent, 'folder-'));
  });
  afterAll(() => rmSync(parent, { recursive: true }));
  return folder;
}
