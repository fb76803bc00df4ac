import type { ExitCode } from './exit-codes.ts';
export interface ErrorParts {
  /** Stable, kebab-case; listed in `docs/errors.md`. */
  code: string;
  /** What happened, with what was received and what is allowed. */
  message: string;
  /** What to do next. */
  hint: string;
  exitCode: ExitCode;
  /** One line each, e.g. every way that was tried. */
  details?: readonly string[];
}

/** Every expected failure: printed as one readable message, never with a stack trace. */
export class PeakproofError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly exitCode: ExitCode;
  readonly details: readonly string[];

  constructor(parts: ErrorParts) {
    super(parts.message);
    this.name = 'PeakproofError';
    this.code = parts.code;
    this.hint = parts.hint;
    this.exitCode = parts.exitCode;
    this.details = parts.details ?? [];
  }
}
