import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PeakproofError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit-codes.ts';
import { bundleForNode } from '../../engine/bundle/bundle.ts';
import type { JourneyScript } from '../../engine/bundle/script-file.ts';
import { importPrograms, type Programs } from './own-programs.ts';

export interface OwnCode {
  /** Module with the orders made with the kit; null = there are none. */
  file: string | null;
  programs: Programs;
  /** Removes the module. */
  close: () => Promise<void>;
}

/**
 * Makes orders in own code ready for Node: the prober, and whoever checks a plan. The module lies outside of the run
 * directory, as does the load script.
 * @throws PeakproofError `script-export`, `script-invalid` (exit 2)
 */
export async function prepareOwnCode(scripts: readonly JourneyScript[]): Promise<OwnCode> {
  const kits = scripts.filter(({ kind }) => kind === 'kit');
  if (kits.length === 0) return { file: null, programs: {}, close: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'peakproof-own-'));
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const file = join(folder, 'orders.mjs');
    await bundleForNode(kits, file);
    const programs = await importPrograms(file).catch((error: unknown) => {
      throw refused('script-invalid', `own code threw an error when it was loaded: ${String(error)}`);
    });
    for (const kit of kits) {
      if (programs[kit.journey]?.peakproof === 'order') continue;
      throw refused('script-export', `the default export of ${kit.file} is no order`);
    }
    return { file, programs, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function refused(code: string, message: string): PeakproofError {
  const hint = 'write export default order(function* (shop) { … }); docs/own-code.md shows a whole script';
  return new PeakproofError({ code, message, hint, exitCode: EXIT.usage });
}
