// Options that several commands have.

export const PLAN_FILE = { type: 'string', demandOption: true, describe: 'The launch plan (YAML)' } as const;

export const RUN_DIRECTORY = {
  type: 'string',
  describe: 'Run directory (default: runs/<name>-<UTC time>)',
} as const;

/** `--json`, which prints something instead of text for people. */
export const json = (describe: string) => ({ type: 'boolean', default: false, describe }) as const;
