/** Exit codes of every command (`docs/errors.md`). */
export const EXIT = {
  /** PASS, or the command did its work. */
  ok: 0,
  /** FAIL: the service was down longer than allowed. */
  fail: 1,
  /** The command line or the launch plan is wrong; nothing was started. */
  usage: 2,
  /** INVALID or INCONCLUSIVE: no verdict on the service. */
  noVerdict: 3,
  /** The environment does not allow the run: no k6, a port taken, disk full, target not reachable. */
  environment: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

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
