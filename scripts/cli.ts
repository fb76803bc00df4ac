import yargs from 'yargs';
import { analyze } from './commands/analyze.ts';
import { bundle } from './commands/bundle.ts';
import { check } from './commands/check.ts';
import { demo } from './commands/demo.ts';
import { doctor } from './commands/doctor.ts';
import { init } from './commands/init.ts';
import { mocks } from './commands/mocks.ts';
import { plan } from './commands/plan.ts';
import { run } from './commands/run.ts';
import { schema } from './commands/schema.ts';
import { EXIT, type ExitCode, PeakproofError } from './core/errors.ts';
import type { Io } from './core/io.ts';
import { VERSION } from './core/version.ts';
import { SHOP_KINDS } from './init/wishes.ts';

/** Runs one command line. Never throws, never ends the process; the exit codes are those of `core/errors.ts`. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    io.stderr.write(formatError(error, io.env));
    return error instanceof PeakproofError ? error.exitCode : EXIT.environment;
  }
}

const POSITIONALS: readonly string[] = ['plan', 'dir'];
const COMMANDS: readonly string[] = [
  'init',
  'run',
  'analyze',
  'plan',
  'check',
  'bundle',
  'mocks',
  'demo',
  'schema',
  'doctor',
];

async function dispatch(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const done = (code: ExitCode): void => {
    exitCode = code;
  };
  const planFile = { type: 'string', demandOption: true, describe: 'The launch plan (YAML)' } as const;
  const parser = yargs()
    .scriptName('peakproof')
    .usage('$0 <command>\n\nProves before a promo launch how long you would be down at its peak.')
    .command(
      'init [dir]',
      'Write a launch plan to start from; asks on a terminal, unless an option says what you want',
      (command) =>
        command
          .positional('dir', {
            type: 'string',
            default: '.',
            describe: 'Folder that gets launch.yaml; a file that exists is never overwritten',
          })
          .option('shop', { choices: SHOP_KINDS, describe: 'How shoppers order (default: checkout)' })
          .option('target', {
            type: 'string',
            describe: 'Address of your shop (default: the plan starts the built-in demo shop)',
          })
          .option('orders', { type: 'string', describe: 'Orders that you expect (default: 60k)' })
          .option('window', { type: 'string', describe: 'Time in which you expect them (default: 9h)' })
          .example('$0 init', 'at most three questions')
          .example('$0 init spring --shop telegram', 'spring/launch.yaml, which runs as it is')
          .example('$0 init --shop chat --target http://127.0.0.1:3000 --orders 15k --window 6h', 'your own'),
      async (args) => done(await init(io, oneValueEach(args))),
    )
    .command(
      'run <plan>',
      'Rehearse the launch and judge it; exits 0 PASS, 1 FAIL, 3 no verdict',
      (command) =>
        command
          .positional('plan', planFile)
          .option('out', { type: 'string', describe: 'Run directory (default: runs/<name>-<UTC time>)' })
          .option('json', {
            type: 'boolean',
            default: false,
            describe: 'Print report.json instead of the first screen',
          })
          .example('$0 run launch.yaml', 'rehearse against the target of the plan')
          .example(
            'TARGET_URL=http://127.0.0.1:8080 $0 run launch.yaml --out runs/today',
            'variables in the plan come from the environment',
          ),
      async (args) => done(await run(io, oneValueEach(args))),
    )
    .command(
      'analyze <dir>',
      'Judge a saved run again, by its plan or by other limits; exits like run',
      (command) =>
        command
          .positional('dir', { type: 'string', demandOption: true, describe: 'The run directory' })
          .option('down-above', {
            type: 'string',
            describe: 'Judge by this slo.downAbove, e.g. 10% (default: as the run was planned)',
          })
          .option('budget', {
            type: 'string',
            describe: 'Judge by this slo.downtimeBudget of each step, e.g. 30s (default: as planned)',
          })
          .option('json', {
            type: 'boolean',
            default: false,
            describe: 'Print the report as JSON instead of the first screen',
          })
          .option('out', {
            type: 'string',
            describe: 'Also write the report to this file, which must be new',
          })
          .example('$0 analyze runs/spring-20261122T120130Z', 'the same verdict, byte for byte')
          .example(
            '$0 analyze runs/spring-20261122T120130Z --down-above 10% --budget 30s',
            'what if? The report says what was changed',
          ),
      async (args) => done(await analyze(io, oneValueEach(args))),
    )
    .command(
      'plan <plan>',
      'Check a launch plan and print what would run, without sending a request',
      (command) =>
        command
          .positional('plan', planFile)
          .option('json', {
            type: 'boolean',
            default: false,
            describe: 'Print the resolved plan and steps as JSON',
          })
          .example('$0 plan launch.yaml', 'every default filled in, steps, rates, VUs, fault timeline'),
      async (args) => done(await plan(io, oneValueEach(args))),
    )
    .command(
      'check <plan>',
      'Send one order of each journey and show every request and answer; exits 0 when all are confirmed, else 1',
      (command) =>
        command
          .positional('plan', planFile)
          .option('journey', { type: 'string', describe: 'Check this journey only' })
          .option('json', { type: 'boolean', default: false, describe: 'Print the exchanges as JSON' })
          .example('$0 check launch.yaml', 'does the plan fit the shop? What did not match, and what would')
          .example('$0 check launch.yaml --journey checkout', 'one journey'),
      async (args) => done(await check(io, oneValueEach(args))),
    )
    .command(
      'bundle <plan>',
      'Write one step of the rehearsal as a script for plain k6, k6 Cloud or k6-operator',
      (command) =>
        command
          .positional('plan', planFile)
          .option('multiple', { type: 'string', describe: 'Which multiple of the plan (default: mustHold)' })
          .option('out', { type: 'string', default: 'load.js', describe: 'The script' })
          .example('$0 bundle launch.yaml --multiple 3 --out load.js', 'then: k6 run load.js')
          .example(
            'k6 run -e TARGET_URL=http://127.0.0.1:9000 -e API_TOKEN=... load.js',
            'another target; secrets of the plan come from the environment',
          ),
      async (args) => done(await bundle(io, oneValueEach(args))),
    )
    .command(
      'mocks <plan>',
      'Run the mock partners of a plan alone and print their addresses, until Ctrl-C',
      (command) =>
        command
          .positional('plan', planFile)
          .option('faults', {
            type: 'boolean',
            default: false,
            describe: "Start the plan's fault timeline at once",
          })
          .example('$0 mocks launch.yaml > partners.env', 'addresses as environment variables')
          .example('$0 mocks launch.yaml --faults', 'with the faults of the plan, their offsets from now'),
      async (args) => done(await mocks(io, oneValueEach(args))),
    )
    .command(
      'demo',
      'A full rehearsal against the built-in demo shop, in under two minutes',
      (command) =>
        command
          .option('target', {
            choices: ['naive', 'resilient'] as const,
            default: 'naive' as const,
            describe: 'naive goes down when payment is slow, resilient does not',
          })
          .option('out', { type: 'string', describe: 'Run directory (default: runs/<name>-<UTC time>)' })
          .example('$0 demo', 'ends with FAIL')
          .example('$0 demo --target resilient', 'ends with PASS'),
      async (args) => done(await demo(io, oneValueEach(args))),
    )
    .command(
      'schema',
      'Print the JSON Schema of the launch plan',
      (command) => command.example('$0 schema > launch.schema.json', 'for completion in an editor'),
      () => done(schema(io)),
    )
    .command(
      'doctor',
      'Say whether this machine can run a rehearsal',
      (command) =>
        command
          .option('json', { type: 'boolean', default: false, describe: 'Print the readings as JSON' })
          .example('$0 doctor', 'Node, k6, Go, cores, memory, open files, ports, clock'),
      async (args) => done(await doctor(io, oneValueEach(args))),
    )
    .demandCommand(1, 'Name a command.')
    .strict()
    .exitProcess(false)
    .version(VERSION)
    .help()
    .epilogue('Exit codes: 0 pass or done, 1 fail, 2 usage or plan error, 3 no verdict, 4 environment.')
    .wrap(Math.min(110, io.stdout.columns || 100));

  let usageError: string | null = null;
  await parser.parseAsync([...argv], {}, (error, _args, output) => {
    if (error instanceof PeakproofError) throw error;
    if (error) usageError = error.message;
    else if (output !== '') io.stdout.write(`${output}\n`);
  });
  if (usageError === null) return exitCode;
  const [command = ''] = argv;
  // To yargs a value that begins with a minus is a bundle of options.
  const negative = argv.findIndex(
    (one, index) => /^-\d/.test(one) && /^--(budget|down-above)$/.test(argv[index - 1] ?? ''),
  );
  if (negative > 0) usageError = `${argv[negative - 1]} is ${argv[negative]}; nothing below 0 is allowed`;
  const isUnknown = command !== '' && !command.startsWith('-') && !COMMANDS.includes(command);
  throw usage(
    isUnknown ? `${command} is no command; there are ${COMMANDS.join(', ')}` : usageError,
    COMMANDS.includes(command) ? command : undefined,
  );
}

function usage(message: string, command?: string): PeakproofError {
  return new PeakproofError({
    code: 'usage',
    message,
    hint: `see peakproof ${command ? `${command} ` : ''}--help`,
    exitCode: EXIT.usage,
  });
}

/** yargs makes a list of an option given twice, and an empty text would stand for the working directory. */
function oneValueEach<T extends { _: readonly (string | number)[] }>(args: T): T {
  const command = String(args._[0]);
  for (const [name, value] of Object.entries<unknown>(args)) {
    const shown = POSITIONALS.includes(name) ? `<${name}>` : `--${name}`;
    if (name !== '_' && Array.isArray(value))
      throw usage(`${shown} is given more than once: ${value.join(', ')}`, command);
    if (value === '') throw usage(`${shown} needs a value`, command);
  }
  return args;
}

function formatError(error: unknown, env: Io['env']): string {
  if (error instanceof PeakproofError) {
    const details = error.details.map((detail) => `  ${detail}\n`).join('');
    return `peakproof: ${error.message} [${error.code}]\n${details}  next: ${error.hint}\n`;
  }
  const text = error instanceof Error ? error.message : String(error);
  const stack = env['PEAKPROOF_DEBUG'] && error instanceof Error ? `${error.stack}\n` : '';
  return `peakproof: ${text} [unexpected]\n  next: run again with PEAKPROOF_DEBUG=1 and report what it prints\n${stack}`;
}
