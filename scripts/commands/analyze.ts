import { readFile, realpath, writeFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve } from 'node:path';
import { createLogUpdate } from 'log-update';
import type { Argv } from 'yargs';
import type { z } from 'zod';
import { RECORD_DOUBTS } from '../analysis/verdict/integrity.ts';
import { reportText } from '../contract/report-text.ts';
import type { RunReport } from '../contract/run-report.ts';
import { PeakproofError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit-codes.ts';
import { canRedraw, type Io } from '../core/io.ts';
import { DOWN_ABOVE_AT_MOST_RATIO } from '../core/limits.ts';
import { duration, ratio } from '../core/quantities.ts';
import { analyzeDirectory, type Changes } from '../record/analyze.ts';
import { writeError } from '../record/observation-log.ts';
import { RUN_FILES } from '../record/run-directory.ts';
import type { OnProgress } from '../record/saved-run.ts';
import { command, type OptionsOf } from './shared/command.ts';
import { renderFirstScreen } from './shared/first-screen.ts';
import { json } from './shared/options.ts';
import { usageError } from './shared/usage-error.ts';

const declareOptions = (parser: Argv) =>
  parser
    .positional('dir', { type: 'string', demandOption: true, describe: 'The run directory' })
    .option('down-above', {
      type: 'string',
      describe: 'Judge by this slo.downAbove, e.g. 10% (default: as the run was planned)',
    })
    .option('budget', {
      type: 'string',
      describe: 'Judge by this slo.downtimeBudget of each step, e.g. 30s (default: as planned)',
    })
    .option('json', json('Print the report as JSON instead of the first screen'))
    .option('out', { type: 'string', describe: 'Also write the report to this file, which must be new' });

export const analyzeCommand = command({
  line: 'analyze <dir>',
  about: 'Judge a saved run again, by its plan or by other limits; exits like run',
  options: declareOptions,
  examples: [
    ['$0 analyze runs/spring-20261122T120130Z', 'the same verdict, byte for byte'],
    [
      '$0 analyze runs/spring-20261122T120130Z --down-above 10% --budget 30s',
      'what if? The report says what was changed',
    ],
  ],
  run: analyze,
});

/** `peakproof analyze`: judges a run directory again and exits with the verdict. Writes nothing but `--out`. */
async function analyze(io: Io, options: OptionsOf<typeof declareOptions>): Promise<ExitCode> {
  const changes: Changes = {
    downAboveRatio: quantityOf('--down-above', options.downAbove, ratio({ max: DOWN_ABOVE_AT_MOST_RATIO })),
    downtimeBudgetMs: quantityOf('--budget', options.budget, duration()),
  };
  const directory = resolve(io.cwd, options.dir);
  const progress = progressLine(io);
  const report = await analyzeDirectory(directory, changes, progress.show).finally(progress.close);
  const text = reportText(report);
  const own = await ownReport(directory, report, text);
  // What is wrong with a damaged record is its first reason; the report that the run wrote may be the better one.
  if (own === 'other' && !report.verdict.reasons.some(({ code }) => RECORD_DOUBTS.has(code))) {
    io.stderr.write(
      `warning: ${relative(io.cwd, resolve(directory, RUN_FILES.report))} says something else than the observations; it was changed, or made by another version\n`,
    );
  }
  if (options.out !== undefined) await writeNew(io, options.out, directory, report, text);
  const shownPath = options.out ?? (own === 'same' ? resolve(directory, RUN_FILES.report) : null);
  io.stdout.write(options.json ? text : `${renderFirstScreen(io, report, shownPath)}\n`);
  return report.verdict.exitCode;
}

/** Values are written as in a launch plan, and have its bounds. */
function quantityOf(
  option: string,
  value: string | undefined,
  grammar: z.ZodType<number>,
): number | undefined {
  if (value === undefined) return undefined;
  const { success, data, error } = grammar.safeParse(value);
  if (success) return data;
  throw usageError(
    `${option} is ${JSON.stringify(value)}; allowed is ${error.issues[0]?.message}`,
    'analyze',
  );
}

/** Whether the report that the run wrote is this one; only a judgement without changes can be compared. */
async function ownReport(
  directory: string,
  report: RunReport,
  text: string,
): Promise<'same' | 'other' | 'none'> {
  if (report.changed.length > 0) return 'none';
  const written = await readFile(resolve(directory, RUN_FILES.report), 'utf8').catch(() => null);
  if (written === null) return 'none';
  return written === text ? 'same' : 'other';
}

async function writeNew(
  io: Io,
  out: string,
  directory: string,
  report: RunReport,
  text: string,
): Promise<void> {
  const path = resolve(io.cwd, out);
  if (report.changed.length > 0 && (await isOwnReport(path, directory))) {
    throw new PeakproofError({
      code: 'report-exists',
      message: `${out} is the place of the run's own report; this one was judged by other values than the run's plan`,
      hint: 'let --out name another file',
      exitCode: EXIT.usage,
    });
  }
  await writeFile(path, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOSPC' || error.code === 'EDQUOT') throw writeError(error, path);
    if (error.code !== 'EEXIST') throw notWritable(out, error);
    throw new PeakproofError({
      code: 'report-exists',
      message: `${out} exists already and is not overwritten`,
      hint: 'remove it, or let --out name another file',
      exitCode: EXIT.usage,
    });
  });
}

/** The place may be named by a link too. */
async function isOwnReport(path: string, directory: string): Promise<boolean> {
  if (basename(path) !== RUN_FILES.report) return false;
  const folder = await realpath(dirname(path)).catch(() => null);
  return folder !== null && folder === (await realpath(directory));
}

function notWritable(out: string, error: NodeJS.ErrnoException): PeakproofError {
  const why = error.code === 'ENOENT' ? 'there is no such folder' : (error.code ?? error.message);
  return new PeakproofError({
    code: 'report-not-writable',
    message: `can't write the report to ${out}: ${why}`,
    hint: 'let --out name a new file in a folder that exists and that you may write to',
    exitCode: EXIT.environment,
  });
}

const PATIENT_FOR_MS = 1_000;
const REDRAW_EVERY_MS = 200;

/** How far reading is, for people who wait longer than a second at a terminal. */
function progressLine(io: Io): { show: OnProgress; close: () => void } {
  if (!canRedraw(io)) return { show: () => {}, close: () => {} };
  const redraw = createLogUpdate(io.stderr);
  let nextAt = performance.now() + PATIENT_FOR_MS;
  return {
    show(readBytes, totalBytes) {
      if (performance.now() < nextAt) return;
      nextAt = performance.now() + REDRAW_EVERY_MS;
      redraw(`reading the observations: ${Math.floor((100 * readBytes) / Math.max(1, totalBytes))} %`);
    },
    close() {
      redraw.clear();
      redraw.done();
    },
  };
}
