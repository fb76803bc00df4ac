import type { Argv } from 'yargs';
import { reportJsonSchema } from '../contract/report-schema.ts';
import { EXIT, type ExitCode } from '../core/exit-codes.ts';
import type { Io } from '../core/io.ts';
import { launchPlanJsonSchema } from '../plan/schema/json-schema.ts';
import { command, type OptionsOf } from './shared/command.ts';

const declareOptions = (parser: Argv) =>
  parser.positional('of', {
    choices: ['plan', 'report'] as const,
    default: 'plan' as const,
    describe: 'The launch plan, or report.json',
  });

export const schemaCommand = command({
  line: 'schema [of]',
  about: 'Print the JSON Schema of the launch plan, or of the report',
  options: declareOptions,
  examples: [
    ['$0 schema > launch.schema.json', 'for completion in an editor'],
    ['$0 schema report > report.schema.json', 'for whoever reads reports'],
  ],
  run: schema,
});

/** `peakproof schema` */
function schema(io: Io, { of }: OptionsOf<typeof declareOptions>): ExitCode {
  const printed = of === 'report' ? reportJsonSchema() : launchPlanJsonSchema();
  io.stdout.write(`${JSON.stringify(printed, null, 2)}\n`);
  return EXIT.ok;
}
