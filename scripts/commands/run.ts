import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { RunReport } from '../contract/run-report.ts';
import { EXIT, type ExitCode, PeakproofError } from '../core/errors.ts';
import type { Io } from '../core/io.ts';
import { readScripts } from '../engine/bundle/script-file.ts';
import { type FoundK6, findK6 } from '../engine/k6/find-k6.ts';
import { readMachine } from '../engine/machine/machine.ts';
import type { LaunchPlan } from '../plan/launch-plan.ts';
import { loadPlan } from '../plan/load.ts';
import { formatProblems } from '../plan/source/problems.ts';
import { jsonText, RUN_FILES } from '../record/run-directory.ts';
import { firstScreen } from '../report/terminal.ts';
import { prepare } from '../run/prepare.ts';
import { rehearse } from '../run/rehearsal.ts';
import { describeRun } from './describe-run.ts';

export interface RunOptions {
  plan: string;
  out?: string | undefined;
  json: boolean;
}

/** `peakproof run`: exits with the verdict. */
export async function run(io: Io, options: RunOptions): Promise<ExitCode> {
  const { report, directory } = await runPlanFile(io, options.plan, options.out);
  const path = join(directory, RUN_FILES.report);
  io.stdout.write(options.json ? jsonText(report) : `${renderFirstScreen(io, report, path)}\n`);
  return report.verdict.exitCode;
}

const K6_FROM: Readonly<Record<FoundK6['from'], string>> = {
  env: 'PEAKPROOF_K6',
  path: 'on PATH',
  cache: 'from the cache',
  archive: 'downloaded',
  'go-build': 'built',
};

/** From a plan's file to a report: what `run` and `demo` share. */
export async function runPlanFile(
  io: Io,
  planFile: string,
  out: string | undefined,
): Promise<{ report: RunReport; directory: string }> {
  const { plan, secrets, hash } = await readPlanFile(io, planFile);
  const scripts = await readScripts(plan.journeys);
  const machine = await readMachine();
  const preparation = prepare(plan, machine);
  const note = (line: string): void => void io.stderr.write(`${line}\n`);
  const interrupt = new AbortController();
  const stopListening = onInterrupt(() => interrupt.abort());
  try {
    const k6 = await findK6({ env: io.env, onProgress: note, signal: interrupt.signal }).catch((error) => {
      throw interrupt.signal.aborted ? interruptedEarly() : error;
    });
    note(`k6 ${k6.version} (${K6_FROM[k6.from]})`);
    for (const line of describeRun(preparation, new Date())) note(line);
    return await rehearse({
      io,
      plan,
      secrets,
      scripts,
      planHash: hash,
      preparation,
      k6,
      cores: machine.cores,
      planFile,
      targetCwd: dirname(resolve(io.cwd, planFile)),
      outDir: out ?? null,
      interrupt: interrupt.signal,
    });
  } finally {
    stopListening();
  }
}

/** A pipe would be waited for without end. */
async function readRegularFile(path: string): Promise<string> {
  if (!(await stat(path)).isFile()) throw new Error('it is not a file');
  return await readFile(path, 'utf8');
}

/** @param secretOf value of a secret of the plan; default: the environment's */
export async function readPlanFile(
  io: Io,
  planFile: string,
  secretOf?: (name: string) => string | undefined,
): Promise<{ plan: LaunchPlan; secrets: readonly string[]; hash: string }> {
  const path = resolve(io.cwd, planFile);
  const text = await readRegularFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new PeakproofError({
      code: 'plan-not-readable',
      message: `can't read the launch plan ${planFile}: ${error.code ?? error.message}`,
      hint: 'name an existing YAML file; `peakproof init` writes one to start from',
      exitCode: EXIT.usage,
    });
  });
  const loaded = loadPlan(text, { fileName: planFile, env: io.env, secretOf });
  if (!loaded.ok) {
    throw new PeakproofError({
      code: 'plan-invalid',
      message: `${planFile} is not a valid launch plan`,
      hint: 'docs/launch-plan.md lists every key; `peakproof schema` makes an editor complete them',
      exitCode: EXIT.usage,
      details: formatProblems(loaded.problems, planFile).trimEnd().split('\n'),
    });
  }
  return {
    plan: withScriptsFrom(dirname(path), loaded.plan),
    secrets: loaded.secrets,
    hash: createHash('sha256').update(text).digest('hex'),
  };
}

/** Scripts are written as they are seen from the plan's folder. */
function withScriptsFrom(folder: string, plan: LaunchPlan): LaunchPlan {
  const journeys = plan.journeys.map((journey) => {
    const { script } = journey;
    return script === null
      ? journey
      : { ...journey, script: { ...script, file: resolve(folder, script.file) } };
  });
  return { ...plan, journeys };
}

/** `reportPath`: null when the report was not written. */
export function renderFirstScreen(io: Io, report: RunReport, reportPath: string | null): string {
  return firstScreen(report, {
    color: io.stdout.isTTY === true && !io.env['NO_COLOR'],
    width: io.stdout.columns || 80,
    reportPath: reportPath === null ? null : relative(io.cwd, resolve(io.cwd, reportPath)),
  });
}

function interruptedEarly(): PeakproofError {
  return new PeakproofError({
    code: 'interrupted',
    message: 'stopped while getting k6; nothing was started',
    hint: 'run it again',
    exitCode: EXIT.noVerdict,
  });
}

/** Calls back on the first SIGINT, SIGTERM or SIGHUP. Returns how to stop listening. */
export function onInterrupt(callback: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, callback);
  return () => {
    for (const signal of signals) process.off(signal, callback);
  };
}
