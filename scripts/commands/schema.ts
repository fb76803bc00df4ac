import { EXIT, type ExitCode } from '../core/exit-codes.ts';
import type { Io } from '../core/io.ts';
import { launchPlanJsonSchema } from '../plan/schema/json-schema.ts';
import { command } from './shared/command.ts';

export const schemaCommand = command({
  line: 'schema',
  about: 'Print the JSON Schema of the launch plan',
  options: (parser) => parser,
  examples: [['$0 schema > launch.schema.json', 'for completion in an editor']],
  run: schema,
});

/** `peakproof schema` */
function schema(io: Io): ExitCode {
  io.stdout.write(`${JSON.stringify(launchPlanJsonSchema(), null, 2)}\n`);
  return EXIT.ok;
}
