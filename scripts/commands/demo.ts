import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode } from '../core/exit-codes.ts';
import type { Io } from '../core/io.ts';
import { RUN_FILES } from '../record/run-directory.ts';
import { command, type OptionsOf } from './shared/command.ts';
import { renderFirstScreen } from './shared/first-screen.ts';
import { RUN_DIRECTORY } from './shared/options.ts';
import { runPlanFile } from './shared/run-plan-file.ts';

const declareOptions = (parser: Argv) =>
  parser
    .option('target', {
      choices: ['naive', 'resilient'] as const,
      default: 'naive' as const,
      describe: 'naive goes down when payment is slow, resilient does not',
    })
    .option('out', RUN_DIRECTORY);

export const demoCommand = command({
  line: 'demo',
  about: 'A full rehearsal against the built-in demo shop, in under two minutes',
  options: declareOptions,
  examples: [
    ['$0 demo', 'ends with FAIL'],
    ['$0 demo --target resilient', 'ends with PASS'],
  ],
  run: demo,
});

/** `peakproof demo`: the plan examples/demo.yaml against the built-in shop. Exits 0 when there is a verdict on the shop. */
async function demo(io: Io, options: OptionsOf<typeof declareOptions>): Promise<ExitCode> {
  const plan = fileURLToPath(new URL('../examples/demo.yaml', import.meta.url));
  const env = {
    ...io.env,
    DEMO_PORT: String(await freePort()),
    DEMO_SHOP_MODE: options.target,
  };
  const { report, directory } = await runPlanFile({ ...io, env }, plan, options.out);
  const { status, exitCode } = report.verdict;
  const other = options.target === 'naive' ? 'resilient' : 'naive';
  io.stdout.write(renderFirstScreen(io, report, join(directory, RUN_FILES.report)));
  io.stdout.write(`\n\na gate (peakproof run) would have exited with ${exitCode}\n`);
  const command = io.env['npm_lifecycle_event'] === 'demo' ? 'npm run demo --' : 'npx peakproof demo';
  io.stdout.write(`try next: ${command} --target ${other}\n`);
  return status === 'PASS' || status === 'FAIL' ? EXIT.ok : EXIT.noVerdict;
}

/** A port of 127.0.0.1 that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
