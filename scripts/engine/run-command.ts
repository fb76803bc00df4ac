import { type ChildProcess, spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';

export type Env = Readonly<Record<string, string | undefined>>;

export interface CommandOptions {
  env: Env;
  /** Default: the folder of this process. */
  cwd?: string;
  /** The command is killed after this time. Default: none. */
  timeoutMs?: number;
  /** The command is killed when it printed nothing for this time. Default: none. */
  silenceMs?: number;
  /** Every complete line of stdout and stderr, as it arrives. */
  onLine?: (line: string) => void;
  /**
   * Ends the command and all that it started, and rejects with the signal's reason. A command with a signal gets
   * a process group of its own: Ctrl-C does not reach it but through the signal.
   */
  signal?: AbortSignal | undefined;
}

export interface CommandResult {
  stdout: string;
  stderr: string;
  /** Why it did not end with exit code 0, in one line; null if it did. */
  problem: string | null;
}

/** A command that ignores SIGTERM gets SIGKILL after this time. */
const KILL_AFTER_MS = 2_000;
/** More than any command here prints that matters; the rest is read and dropped. */
const KEEP_CHARACTERS = 1_000_000;

/** Runs a command to its end. Rejects only when `signal` is aborted; all else is `problem`. */
export function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      env: { ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: options.signal !== undefined,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const limits = limit(child, options);
    const onLine = (line: string): void => {
      limits.heard();
      options.onLine?.(line);
    };
    const stdout = collect(child.stdout, onLine);
    const stderr = collect(child.stderr, onLine);
    const finish = (problem: string | null): void => {
      limits.end();
      if (options.signal?.aborted) reject(options.signal.reason);
      else resolve({ stdout: stdout(), stderr: stderr(), problem: limits.whyStopped() ?? problem });
    };
    child.once('error', (error: NodeJS.ErrnoException) =>
      finish(`could not be started (${error.code ?? error.message})`),
    );
    child.once('close', (code, signalName) =>
      finish(code === 0 ? null : `ended with ${code === null ? signalName : `exit code ${code}`}`),
    );
    // A grandchild that keeps the pipes open must not keep us waiting for a child that we have stopped.
    child.once('exit', () => {
      if (limits.whyStopped() === null) return;
      finish(null);
      child.stdout.destroy();
      child.stderr.destroy();
    });
  });
}

/** Stops a child that takes or is silent too long, or when the signal says so: SIGTERM, later SIGKILL. */
function limit(child: ChildProcess, { timeoutMs, silenceMs, signal }: CommandOptions) {
  let why: string | null = null;
  let killTimer: NodeJS.Timeout | undefined;
  const kill = (name: NodeJS.Signals): void => {
    if (signal === undefined || child.pid === undefined) child.kill(name);
    else killGroup(child.pid, name);
  };
  const stop = (reason: string): void => {
    if (why !== null) return;
    why = reason;
    kill('SIGTERM');
    killTimer = setTimeout(() => kill('SIGKILL'), KILL_AFTER_MS);
  };
  const after = (ms: number | undefined, what: string): NodeJS.Timeout | undefined =>
    ms === undefined ? undefined : setTimeout(() => stop(`${what} ${ms / 1_000} s`), ms);
  const timeout = after(timeoutMs, 'did not end within');
  const silence = after(silenceMs, 'printed nothing for');
  const onAbort = (): void => stop('was stopped');
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    whyStopped: (): string | null => why,
    heard: (): void => {
      // refresh() would also revive a timer that has fired or was cleared.
      if (why === null) silence?.refresh();
    },
    end: (): void => {
      // What outlives a stopped `go build`: the compilers that it had started.
      if (why !== null && signal !== undefined) kill('SIGKILL');
      for (const timer of [timeout, silence, killTimer]) clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

function killGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    // All of the group have ended already.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function collect(stream: NodeJS.ReadableStream, onLine: (line: string) => void): () => string {
  const decoder = new StringDecoder('utf8');
  let text = '';
  let open = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (open + decoder.write(chunk)).split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) {
      if (text.length < KEEP_CHARACTERS) text += `${line}\n`;
      onLine(line);
    }
  });
  return () => text + open;
}

/** The last line that says something: where command-line tools put their reason. Empty if there is none. */
export function lastLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').at(-1) ?? '';
}
