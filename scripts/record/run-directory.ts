import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { reportText } from '../contract/report-text.ts';
import type { RunReport } from '../contract/run-report.ts';
import { PeakproofError } from '../core/errors.ts';
import { EXIT } from '../core/exit-codes.ts';
import type { Observation } from '../observe/observation.ts';
import { createObservationLog, type LogSeal, type ObservationLog, writeError } from './observation-log.ts';

/** Names inside a run directory. */
export const RUN_FILES = {
  manifest: 'manifest.json',
  plan: 'plan.json',
  observations: 'observations.ndjson',
  report: 'report.json',
} as const;

export interface RunDirectoryOptions {
  /** `--out`; null = `runs/<name>-<UTC time>` under `cwd`. */
  outDir: string | null;
  cwd: string;
  /** Of the launch plan. */
  name: string;
  /** Epoch ms. */
  startedAt: number;
  /** The disk failed while observations were written: `disk-full` or `run-directory-not-writable`. At most once. */
  onError: (error: PeakproofError) => void;
}

export interface RunDirectory {
  /** Absolute. */
  path: string;
  observationsPath: string;
  /** Never waits; keeps the order. In the hands of the operating system within 250 ms. */
  append(observation: Observation): void;
  /** These four replace the whole file at once: a reader sees the old text or the new one. */
  writeManifest(manifest: unknown): Promise<void>;
  /** The plan with secrets already removed. */
  writePlan(plan: unknown): Promise<void>;
  writeReport(report: RunReport): Promise<void>;
  writeText(file: string, text: string): Promise<void>;
  /** Appends one line, in order; a log that can't be written does not stop the run. */
  log(file: 'k6.log' | 'target.log', line: string): void;
  /** Waits until every observation was handed to the operating system; files can be written still. Gives their seal. */
  close(): Promise<LogSeal | null>;
}

/** A JSON file of a run directory but its report, and what `--json` prints. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/**
 * Makes the directory of one run and opens its observation log.
 * @throws {PeakproofError} `run-directory-in-use` (it holds a run already), `disk-full`, `run-directory-not-writable`
 */
export async function openRunDirectory(options: RunDirectoryOptions): Promise<RunDirectory> {
  const path = await makeDirectory(options);
  const observationsPath = join(path, RUN_FILES.observations);
  const log = await openLog(path, observationsPath, options.onError);
  const logs = textLogs(path);
  const writeText = (file: string, text: string) => replaceFile(join(path, file), text);
  const writeJson = (file: string, value: unknown) => writeText(file, jsonText(value));
  return {
    path,
    observationsPath,
    append: log.append,
    writeManifest: (manifest) => writeJson(RUN_FILES.manifest, manifest),
    writePlan: (plan) => writeJson(RUN_FILES.plan, plan),
    writeReport: (report) => writeText(RUN_FILES.report, reportText(report)),
    writeText,
    log: (file, line) => logs.write(file, line),
    close: async () => {
      await logs.close();
      return await log.close();
    },
  };
}

async function makeDirectory({ outDir, cwd, name, startedAt }: RunDirectoryOptions): Promise<string> {
  const wanted = outDir === null ? join(cwd, 'runs', runFolder(name, startedAt)) : resolve(cwd, outDir);
  try {
    if (outDir !== null) {
      // Not `wanted` itself: Node's recursive mkdir never returns below folders that can't hold any (/proc).
      await mkdir(dirname(wanted), { recursive: true });
      await mkdir(wanted).catch((error: unknown) => {
        if (!isCode(error, 'EEXIST')) throw error;
      });
      return wanted;
    }
    await mkdir(join(cwd, 'runs'), { recursive: true });
    return await makeUnique(wanted);
  } catch (error) {
    throw writeError(error, wanted);
  }
}

/** Two runs may begin in the same second: the later one gets `-2`, `-3`, ... */
async function makeUnique(wanted: string): Promise<string> {
  for (let number = 1; ; number++) {
    const path = number === 1 ? wanted : `${wanted}-${number}`;
    try {
      await mkdir(path);
      return path;
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    }
  }
}

async function openLog(
  path: string,
  observationsPath: string,
  onError: RunDirectoryOptions['onError'],
): Promise<ObservationLog> {
  try {
    return await createObservationLog({ path: observationsPath, onError });
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw writeError(error, observationsPath);
    throw new PeakproofError({
      code: 'run-directory-in-use',
      message: `${path} holds the observations of a run already.`,
      hint: 'Let --out name a new directory; observations are never overwritten.',
      exitCode: EXIT.usage,
    });
  }
}

/** `<name>-<yyyymmddThhmmssZ>`, safe as a folder name. */
function runFolder(name: string, startedAt: number): string {
  const safe =
    name
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[.-]+|[.-]+$/g, '')
      .slice(0, 80) || 'run';
  const stamp = new Date(startedAt)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
  return `${safe}-${stamp}`;
}

async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.part`;
  try {
    await writeFile(draft, text);
    await rename(draft, path);
  } catch (error) {
    throw writeError(error, path);
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function textLogs(folder: string): { write(file: string, line: string): void; close(): Promise<void> } {
  const streams = new Map<string, WriteStream>();
  const open = (file: string): WriteStream => {
    const stream = createWriteStream(join(folder, file), { flags: 'a' });
    // What matters of these lines is in the observations too.
    stream.on('error', () => {});
    streams.set(file, stream);
    return stream;
  };
  return {
    write: (file, line) => void (streams.get(file) ?? open(file)).write(`${line}\n`),
    close: async () => {
      await Promise.all([...streams.values()].map((stream) => new Promise((done) => stream.end(done))));
    },
  };
}
