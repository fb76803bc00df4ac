import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PeakproofError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit-codes.ts';

/** k6's entry, seen from the package's folder. */
export const LOAD_ENTRY = join('k6', 'main.ts');

/**
 * The package's folder, from the source tree and from `dist/` alike: the nearest one above with k6/main.ts.
 * Throws `no-load-script-sources` when the package is incomplete.
 */
export function sourceRoot(): string {
  const from = dirname(fileURLToPath(import.meta.url));
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, LOAD_ENTRY))) return folder;
    if (folder === dirname(folder)) {
      throw new PeakproofError({
        code: 'no-load-script-sources',
        message: `k6/main.ts is in no folder above ${from}; it belongs to the package`,
        hint: 'Install peakproof again: the installation is incomplete.',
        exitCode: EXIT.environment,
      });
    }
  }
}
