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
