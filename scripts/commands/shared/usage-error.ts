import { PeakproofError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit-codes.ts';

/** What is wrong with the command line; `command`: whose help says more. */
export function usageError(message: string, command?: string): PeakproofError {
  return new PeakproofError({
    code: 'usage',
    message,
    hint: `see peakproof ${command ? `${command} ` : ''}--help`,
    exitCode: EXIT.usage,
  });
}
