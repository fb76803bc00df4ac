import { join } from 'node:path';
import type { Argv } from 'yargs';
import { reportText } from '../contract/report-text.ts';
import type { ExitCode } from '../core/exit-codes.ts';
import type { Io } from '../core/io.ts';
import { RUN_FILES } from '../record/run-directory.ts';
import { command, type OptionsOf } from './shared/command.ts';
import { renderFirstScreen } from './shared/first-screen.ts';
import { json, PLAN_FILE, RUN_DIRECTORY } from './shared/options.ts';
import { runPlanFile } from './shared/run-plan-file.ts';

const declareOptions = (parser: Argv) =>
  parser
    .positional('plan', PLAN_FILE)
    .option('out', RUN_DIRECTORY)
    .option('json', json('Print report.json instead of the first screen'));

export const runCommand = command({
  line: 'run <plan>',
  about: 'Rehearse the launch and judge it; exits 0 PASS, 1 FAIL, 3 no verdict',
  options: declareOptions,
  examples: [
    ['$0 run launch.yaml', 'rehearse against the target of the plan'],
    [
      'TARGET_URL=http://127.0.0.1:8080 $0 run launch.yaml --out runs/today',
      'variables in the plan come from the environment',
    ],
  ],
  run,
});

/** `peakproof run`: exits with the verdict. */
async function run(io: Io, options: OptionsOf<typeof declareOptions>): Promise<ExitCode> {
  const { report, directory } = await runPlanFile(io, options.plan, options.out);
  const path = join(directory, RUN_FILES.report);
  io.stdout.write(options.json ? reportText(report) : `${renderFirstScreen(io, report, path)}\n`);
  return report.verdict.exitCode;
}
