import { existsSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { type BuildFailure, build, type Message, type Metafile } from 'esbuild';
import type { JourneySpec } from '../../../k6/journey-spec.ts';
import { PeakproofError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit-codes.ts';
import { K6_BUILD } from './build-options.ts';
import { OPEN_FROM_HERE, scriptModules } from './script-modules.ts';
import { typeProblems } from './script-types.ts';

// A user's script before anything starts: which kind it is, what it exports, and everything that is wrong with it.

/** - kit: an order made with `peakproof/k6`; k6: any other script for k6 */
export type ScriptKind = 'kit' | 'k6';

export interface ScriptFile {
  /** Absolute. */
  file: string;
  kind: ScriptKind;
  exports: readonly string[];
}

/** The order of one journey in own code. */
export interface JourneyScript extends ScriptFile {
  journey: string;
  /** Export that is the order. */
  exec: string;
}

/** k6's own modules that a script may use: they send nothing, or peakproof sees what they send. */
const K6_MODULES: readonly string[] = [
  'k6',
  'k6/crypto',
  'k6/data',
  'k6/encoding',
  'k6/execution',
  'k6/experimental/csv',
  'k6/experimental/fs',
  'k6/experimental/streams',
  'k6/html',
  'k6/http',
  'k6/metrics',
  'k6/secrets',
  'k6/timers',
  'k6/webcrypto',
];

/**
 * Reads the scripts of a plan and all that they import.
 * @throws PeakproofError `script-not-found`, `script-invalid`, `script-import`, `script-export`, `second-k6-script`
 * (exit 2)
 */
export async function readScripts(journeys: readonly JourneySpec[]): Promise<JourneyScript[]> {
  const read: JourneyScript[] = [];
  for (const { name: journey, script } of journeys) {
    if (script === null) continue;
    const { file, exec } = script;
    const known = read.find((one) => one.file === file);
    read.push({ ...(known ?? (await readScript(file))), journey, exec });
  }
  for (const script of read) refuseMissingOrder(script);
  const [first, second] = new Set(read.filter(({ kind }) => kind === 'k6').map(({ file }) => file));
  if (first === undefined || second === undefined) return read;
  throw refused(
    'second-k6-script',
    `${first} and ${second} are scripts for k6, and their options would rule each other`,
    [],
    'let one file export both orders and name them by exec, or write one with peakproof/k6',
  );
}

function refuseMissingOrder({ file, kind, exports, exec }: JourneyScript): void {
  if (exports.includes(exec)) return;
  const wanted = kind === 'kit' ? 'export default order(function* (shop) { … })' : `export ${exec}`;
  throw refused(
    'script-export',
    `${file} has no ${wanted}; it exports ${exports.join(', ') || 'nothing'}`,
    [],
    kind === 'kit'
      ? 'docs/own-code.md shows a whole script'
      : 'name the function that is an order by exec in the journey',
  );
}

async function readScript(file: string): Promise<ScriptFile> {
  if (!existsSync(file)) {
    throw refused('script-not-found', `there is no script ${file}`, [], 'the path is seen from the plan');
  }
  const metafile = await bundled(file);
  const [output] = Object.values(metafile.outputs);
  const imports = (output?.imports ?? []).filter(({ external }) => external).map(({ path }) => path);
  const kind = Object.keys(metafile.inputs).some((path) => path.endsWith('k6/kit.ts')) ? 'kit' : 'k6';
  refuseImports(file, kind, imports, metafile);
  if (kind === 'kit') {
    const problems = await typeProblems([file], dirname(file));
    if (problems.length > 0) throw invalid(file, problems);
  }
  return { file, kind, exports: output?.exports ?? [] };
}

async function bundled(file: string): Promise<Metafile> {
  try {
    const { metafile } = await build({
      absWorkingDir: dirname(file),
      entryPoints: [file],
      outdir: dirname(file),
      write: false,
      metafile: true,
      ...K6_BUILD,
      define: { open: OPEN_FROM_HERE },
      plugins: [scriptModules()],
    });
    return metafile;
  } catch (error) {
    const { errors } = error as BuildFailure;
    if (!Array.isArray(errors)) throw error;
    throw invalid(file, errors.map(messageLine));
  }
}

function messageLine({ text, location }: Message): string {
  const at = location === null ? '' : `${location.file}:${location.line}:${location.column + 1} `;
  return at + text;
}

function refuseImports(file: string, kind: ScriptKind, imports: readonly string[], metafile: Metafile): void {
  if (kind === 'kit') {
    const used = usedModules(metafile).filter((name) => /^k6(\/|$)/.test(name));
    if (used.length === 0) return;
    throw refused(
      'script-import',
      `${file} uses both peakproof/k6 and ${used.join(', ')}, but the prober runs the order in Node`,
      [],
      'send requests with the shop that the order is given, or leave peakproof/k6 out: then it is a script for k6',
    );
  }
  const unknown = imports.filter((path) => !K6_MODULES.includes(path));
  if (unknown.length === 0) return;
  throw refused(
    'script-import',
    `${file} uses ${unknown.join(', ')}, whose requests peakproof can neither see nor hold to target.allowHosts`,
    [],
    `a script may use ${K6_MODULES.join(', ')}`,
  );
}

/** Modules of k6 that the user's own files name. */
function usedModules({ inputs }: Metafile): string[] {
  const names = Object.entries(inputs).flatMap(([path, { imports }]) =>
    /(^|\/)k6\/script\//.test(path) ? [] : imports.map(({ original, path: to }) => original ?? to),
  );
  return [...new Set(names)];
}

function invalid(file: string, problems: readonly string[]): PeakproofError {
  return refused(
    'script-invalid',
    `${relative(process.cwd(), file)} has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}`,
    problems,
    'docs/own-code.md shows a whole script',
  );
}

function refused(code: string, message: string, details: readonly string[], hint: string): PeakproofError {
  return new PeakproofError({ code, message, hint, details, exitCode: EXIT.usage });
}
