import { join } from 'node:path';
import type { ExitCode } from '../core/errors.ts';
import type { Io } from '../core/io.ts';
import { jsonText, RUN_FILES } from '../record/run-directory.ts';
import { renderFirstScreen } from './shared/first-screen.ts';
import { runPlanFile } from './shared/run-plan-file.ts';

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
