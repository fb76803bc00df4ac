import { dirname, join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import type { LoadSpec, Person } from '../../../k6/contract.ts';
import { compileJourney } from '../../../k6/journeys/compile.ts';
import type { LoadProgram } from '../../../k6/journeys/program.ts';
import { packPeople } from '../../../k6/people.ts';
import type { StandaloneSpec } from '../../../k6/standalone/fill.ts';
import { K6_BUILD } from './build-options.ts';
import { programs, type ScriptRole, scriptEntry } from './script-entry.ts';
import type { JourneyScript } from './script-file.ts';
import { OPEN_FROM_HERE, scriptModules } from './script-modules.ts';
import { LOAD_ENTRY, sourceRoot } from './source-root.ts';

export interface LoadScript {
  spec: LoadSpec;
  /** At least one. */
  people: readonly Person[];
  /** Path of the script to write; its folder must exist. */
  outFile: string;
  /** Journeys in own code, and what k6 runs them for; without them the script has the plan's steps only. */
  own?: { scripts: readonly JourneyScript[]; role: ScriptRole } | undefined;
}

/**
 * Writes the script that k6 runs: the journeys' sources, the spec and the people in one file.
 * Throws `no-load-script-sources` when the package is incomplete.
 */
export async function bundleLoadScript({ spec, people, outFile, own }: LoadScript): Promise<void> {
  const program: LoadProgram = {
    ...spec,
    journeys: spec.journeys.map((journey) => compileJourney(journey, spec)),
  };
  const define = {
    PEAKPROOF_PROGRAM: JSON.stringify(program),
    PEAKPROOF_PEOPLE: JSON.stringify(packPeople(people)),
  };
  if (own === undefined) {
    await bundle({ entry: LOAD_ENTRY, outFile, journeys: spec.journeys, define });
    return;
  }
  const { scripts, role } = own;
  const root = sourceRoot();
  await build({
    ...K6_BUILD,
    absWorkingDir: root,
    outfile: outFile,
    stdin: { contents: scriptEntry(scripts, role, spec.journeys), resolveDir: root, loader: 'js' },
    define: { ...define, ...definedFor(role), open: OPEN_FROM_HERE },
    // The lines of errors in own code are those of its files.
    sourcemap: 'inline',
    plugins: [...leftOut(spec.journeys), scriptModules()],
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

/** A script without any code of the user. */
async function bundle({ entry, outFile, journeys, ...parts }: Bundle): Promise<void> {
  await build({
    ...parts,
    ...K6_BUILD,
    absWorkingDir: sourceRoot(),
    entryPoints: [entry],
    outfile: outFile,
    external: ['k6', 'k6/*'],
    plugins: leftOut(journeys),
    // A user's own tsconfig has no say in our sources.
    tsconfigRaw: { compilerOptions: { target: 'es2022' } },
  });
}

function leftOut(journeys: LoadSpec['journeys']): Plugin[] {
  return journeys.some(({ chat }) => chat !== null) ? [] : [withoutChats];
}

/** Every VU holds its own copy of every function (35 kB for those of a chat): plans without a bot go without them. */
const withoutChats: Plugin = {
  name: 'without-chats',
  setup({ onLoad }) {
    const own = join(sourceRoot(), 'k6', 'journeys', 'telegram');
    onLoad({ filter: /[\\/](?:step|chat)\.ts$/ }, ({ path }) =>
      dirname(path) === own
        ? { contents: 'export const openChat = null, heardIn = null, telegramStep = null;' }
        : undefined,
    );
  },
};

function definedFor(role: ScriptRole): Record<string, string> {
  return role.as === 'load'
    ? { PEAKPROOF_TAGS: JSON.stringify(role.tags) }
    : { PEAKPROOF_PROBE_EVERY_MS: String(role.everyMs) };
}

/** Writes the orders made with the kit as one module that Node can import: its `programs`, by journey. */
export async function bundleForNode(kits: readonly JourneyScript[], outFile: string): Promise<void> {
  await build({
    ...K6_BUILD,
    stdin: { contents: programs(kits).join('\n'), resolveDir: sourceRoot(), loader: 'js' },
    outfile: outFile,
    sourcemap: 'inline',
    plugins: [scriptModules()],
  });
}
