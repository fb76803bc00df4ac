import { EXIT, type ExitCode } from '../core/errors.ts';
import type { Io } from '../core/io.ts';
import { launchPlanJsonSchema } from '../plan/schema/json-schema.ts';

/** `peakproof schema` */
export function schema(io: Io): ExitCode {
  io.stdout.write(`${JSON.stringify(launchPlanJsonSchema(), null, 2)}\n`);
  return EXIT.ok;
}
