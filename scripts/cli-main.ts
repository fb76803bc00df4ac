#!/usr/bin/env node
import { formatUnexpected, main } from './cli.ts';
import { EXIT } from './core/exit-codes.ts';

// A reader that has gone (`| head`) or a full disk behind a redirect must not end the run: report.json says the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
// Exit code 1 is FAIL: whatever else goes wrong must not look like a verdict on the service.
const unexpected = (error: unknown): void => {
  process.stderr.write(formatUnexpected(error, process.env), () => process.exit(EXIT.environment));
};
process.on('uncaughtException', unexpected);
process.on('unhandledRejection', unexpected);

const exitCode = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  // Only whoever asks questions touches it.
  get stdin() {
    return process.stdin;
  },
  env: process.env,
  cwd: process.cwd(),
});
// Not process.exit at once: what was written to a pipe may still be on its way.
process.exitCode = exitCode;
