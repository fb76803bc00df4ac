import { EXIT } from '../core/exit-codes.ts';
import { runProber } from './prober.ts';

// Entry of the prober process.

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
// Ctrl-C reaches the whole process group; the parent decides when the prober ends.
process.on('SIGINT', () => undefined);
// The reader is gone, so nobody wants to know: the same as a closed stdin.
process.stdout.on('error', () => stop.abort());

await runProber({ input: process.stdin, write: (line) => void process.stdout.write(line) }, stop).catch(
  (error: unknown) => {
    process.stderr.write(
      `prober: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = EXIT.environment;
    stop.abort();
  },
);
process.stdin.destroy();
