import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import type { LoadSpec, Person } from '../../k6/contract.ts';
import { compileJourney } from '../../k6/journeys/compile.ts';
import type { LoadProgram } from '../../k6/journeys/program.ts';
import { packPeople } from '../../k6/people.ts';
import type { StandaloneSpec } from '../../k6/standalone/fill.ts';
import { EXIT, PeakproofError } from '../core/errors.ts';

const ENTRY = join('k6', 'main.ts');

export interface LoadScript {
  spec: LoadSpec;
  /** At least one. */
  people: readonly Person[];
  /** Path of the script to write; its folder must exist. */
  outFile: string;
}

/**
 * Writes the script that k6 runs: the journeys' sources, the spec and the people in one file.
 * Throws `no-load-script-sources` when the package is incomplete.
 */
export async function bundleLoadScript({ spec, people, outFile }: LoadScript): Promise<void> {
  const program: LoadProgram = {
    ...spec,
    journeys: spec.journeys.map((journey) => compileJourney(journey, spec)),
  };
  await bundle({
    entry: ENTRY,
    outFile,
    journeys: spec.journeys,
    define: {
      PEAKPROOF_PROGRAM: JSON.stringify(program),
      PEAKPROOF_PEOPLE: JSON.stringify(packPeople(people)),
    },
  });
}

export interface StandaloneScript {
  standalone: StandaloneSpec;
  people: readonly Person[];
  /** What the script exports as `options`. */
  options: object;
  /** Comment at its top. */
  header: string;
  outFile: string;
}

/** Writes a script that plain k6 runs, with options of its own. Throws as `bundleLoadScript` does. */
export async function bundleStandaloneScript(script: StandaloneScript): Promise<void> {
  const { standalone, people, options, header, outFile } = script;
  await bundle({
    entry: join('k6', 'standalone', 'main.ts'),
    outFile,
    journeys: standalone.spec.journeys,
    define: {
      PEAKPROOF_OPTIONS: JSON.stringify(options),
      PEAKPROOF_PEOPLE: JSON.stringify(packPeople(people)),
    },
    inject: [join('k6', 'standalone', 'program.ts')],
    // Not by `define`: esbuild 0.28 panics on an object that an injected file uses, and then never ends.
    banner: { js: `${header}\nconst PEAKPROOF_STANDALONE = ${JSON.stringify(standalone)};\n` },
  });
}

type Bundle = { entry: string; outFile: string; journeys: LoadSpec['journeys'] } & Pick<
  BuildOptions,
  'define' | 'inject' | 'banner'
>;

async function bundle({ entry, outFile, journeys, ...parts }: Bundle): Promise<void> {
  await build({
    ...parts,
    absWorkingDir: sourceRoot(fileURLToPath(import.meta.url)),
    entryPoints: [entry],
    outfile: outFile,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    // k6's engine (Sobek) has all of ES2022 but async generators and for-await, which our sources do not use.
    // Declaring those as unsupported makes esbuild wrap every plain `yield*` too, at a cost on each request.
    target: 'es2022',
    supported: { 'logical-assignment': false },
    external: ['k6', 'k6/*'],
    plugins: journeys.some(({ chat }) => chat !== null) ? [] : [withoutChats],
    // A user's own tsconfig has no say in our sources.
    tsconfigRaw: { compilerOptions: { target: 'es2022' } },
    legalComments: 'none',
    logLevel: 'silent',
  });
}

/** Every VU holds its own copy of every function (35 kB for those of a chat): plans without a bot go without them. */
const withoutChats: Plugin = {
  name: 'without-chats',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]telegram-(?:step|chat)\.ts$/ }, () => ({
      contents: 'export const openChat = null, telegramStep = null;',
    }));
  },
};

/** The package's folder, from the source tree and from `dist/` alike: the nearest one above with k6/main.ts. */
function sourceRoot(from: string): string {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, ENTRY))) return folder;
    if (folder === dirname(folder)) {
      throw new PeakproofError({
        code: 'no-load-script-sources',
        message: `k6/main.ts is in no folder above ${dirname(from)}; it belongs to the package`,
        hint: 'Install peakproof again: the installation is incomplete.',
        exitCode: EXIT.environment,
      });
    }
  }
}
