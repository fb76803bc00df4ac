import type { Readable, Writable } from 'node:stream';

/** A stream that may be a terminal. */
export type OutputStream = Writable & {
  isTTY?: boolean;
  /** Width of the terminal in characters; absent off a terminal. */
  columns?: number;
};

/** All that a command may see of its process, so that tests run every command inside their own. */
export interface Io {
  stdout: OutputStream;
  stderr: OutputStream;
  /** Whom questions may be put to, when it is a terminal; absent: nobody. */
  stdin?: Readable & { isTTY?: boolean };
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute; relative paths of the command line are resolved against it. */
  cwd: string;
}

/** Whether a line can be redrawn on it. A terminal without a size says 0 columns, which no line fits into. */
export const canRedraw = ({ stderr, env }: Io): boolean =>
  stderr.isTTY === true && stderr.columns !== 0 && !env['CI'];
