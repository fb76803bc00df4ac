import yargs from 'yargs';
import { analyzeCommand } from './commands/analyze.ts';
import { bundleCommand } from './commands/bundle.ts';
import { checkCommand } from './commands/check.ts';
import { demoCommand } from './commands/demo.ts';
import { doctorCommand } from './commands/doctor.ts';
import { initCommand } from './commands/init.ts';
import { mocksCommand } from './commands/mocks.ts';
import { planCommand } from './commands/plan.ts';
import { runCommand } from './commands/run.ts';
import { schemaCommand } from './commands/schema.ts';
import type { Command } from './commands/shared/command.ts';
import { usageError } from './commands/shared/usage-error.ts';
import { PeakproofError } from './core/errors.ts';
import { EXIT, type ExitCode } from './core/exit-codes.ts';
import type { Io } from './core/io.ts';
import { VERSION } from './core/version.ts';

/** Runs one command line. Never throws, never ends the process; the exit codes are those of `core/exit-codes.ts`. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    io.stderr.write(formatError(error, io.env));
    return error instanceof PeakproofError ? error.exitCode : EXIT.environment;
  }
}

/** In the order of the help. */
const COMMANDS: readonly Command[] = [
  initCommand,
  runCommand,
  analyzeCommand,
  planCommand,
  checkCommand,
  bundleCommand,
  mocksCommand,
  demoCommand,
  schemaCommand,
  doctorCommand,
];

async function dispatch(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const parser = yargs()
    .scriptName('peakproof')
    .usage('$0 <command>\n\nProves before a promo launch how long you would be down at its peak.')
    .demandCommand(1, 'Name a command.')
    .strict()
    .exitProcess(false)
    .version(VERSION)
    .help()
    .epilogue('Exit codes: 0 pass or done, 1 fail, 2 usage or plan error, 3 no verdict, 4 environment.')
    .wrap(Math.min(110, io.stdout.columns || 100));
  for (const command of COMMANDS) {
    command.addTo(parser, io, (code) => {
      exitCode = code;
    });
  }
  let refusal: string | null = null;
  await parser.parseAsync([...argv], {}, (error, _args, output) => {
    if (error instanceof PeakproofError) throw error;
    if (error) refusal = error.message;
    else if (output !== '') io.stdout.write(`${output}\n`);
  });
  if (refusal !== null) throw refused(argv, refusal);
  return exitCode;
}

/** @param says why the parser refused the command line, in its words */
function refused(argv: readonly string[], says: string): PeakproofError {
  const [command = ''] = argv;
  const names = COMMANDS.map(({ name }) => name);
  if (names.includes(command)) return usageError(negativeLimit(argv) ?? says, command);
  const isUnknown = command !== '' && !command.startsWith('-');
  return usageError(
    isUnknown ? `${command} is no command; there are ${names.join(', ')}` : (negativeLimit(argv) ?? says),
  );
}

/** To yargs a value that begins with a minus is a bundle of options. */
function negativeLimit(argv: readonly string[]): string | null {
  const index = argv.findIndex(
    (one, at) => /^-\d/.test(one) && /^--(budget|down-above)$/.test(argv[at - 1] ?? ''),
  );
  return index === -1 ? null : `${argv[index - 1]} is ${argv[index]}; nothing below 0 is allowed`;
}

function formatError(error: unknown, env: Io['env']): string {
  if (error instanceof PeakproofError) {
    const details = error.details.map((detail) => `  ${detail}\n`).join('');
    return `peakproof: ${error.message} [${error.code}]\n${details}  next: ${error.hint}\n`;
  }
  return formatUnexpected(error, env);
}

/** Of an error that nobody foresaw. */
export function formatUnexpected(error: unknown, env: Io['env']): string {
  const text = error instanceof Error ? error.message : String(error);
  const stack = env['PEAKPROOF_DEBUG'] && error instanceof Error ? `${error.stack}\n` : '';
  return `peakproof: ${text} [unexpected]\n  next: run again with PEAKPROOF_DEBUG=1 and report what it prints\n${stack}`;
}
