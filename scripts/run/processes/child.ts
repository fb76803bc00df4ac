import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { namesError } from '../../core/text/last-words.ts';

/**
 * How a child ended. `lastLines` are the newest lines of its stderr, oldest first; before them the last one that names
 * an error, when the report that it heads is longer than these.
 */
export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  lastLines: readonly string[];
}

export interface Child {
  readonly pid: number;
  /** Settles when the process has ended and its output has been read. Never rejects. */
  readonly exited: Promise<ChildExit>;
  /** True from the moment somebody asked it to stop: its end is then expected. */
  readonly stopping: boolean;
  write(line: string): void;
  /** Asks the whole process group to stop, and ends it after `graceMs` (default 1,500). */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<ChildExit>;
}

export interface ChildOptions {
  command: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  onStdoutLine: (line: string) => void;
  onStderrLine: (line: string) => void;
}

const KEPT_LINES = 20;
/** An error named longer before the end than this is not what the process died of. */
const LAST_WORDS_MS = 1_000;
const MAX_LINE_LENGTH = 64 * 1_024;

/** Starts children in process groups of their own and makes sure that none outlives this process. */
export class Children {
  readonly #guardian: ChildProcess;
  readonly #running = new Set<RunningChild>();

  constructor(guardianPath: string) {
    this.#guardian = spawn(process.execPath, [guardianPath], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // A guardian that is gone must not take the run with it: children are still stopped by stopAll().
    this.#guardian.on('error', () => {});
    this.#guardian.stdin?.on('error', () => {});
  }

  /** @throws NodeJS.ErrnoException when the command can't be started (ENOENT, EACCES). */
  async start(options: ChildOptions): Promise<Child> {
    const process_ = spawn(options.command, [...options.args], {
      cwd: options.cwd,
      env: { ...options.env },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    await once(process_, 'spawn');
    const child = new RunningChild(process_, options, (pid) => {
      this.#running.delete(child);
      this.#tellGuardian(`-${pid}`);
    });
    this.#running.add(child);
    this.#tellGuardian(`+${child.pid}`);
    return child;
  }

  /** Ends what is still running, newest first, then lets the guardian go. */
  async stopAll(): Promise<void> {
    for (const child of [...this.#running].reverse()) await child.stop();
    this.#guardian.stdin?.end();
    if (this.#guardian.exitCode === null && this.#guardian.signalCode === null) {
      await once(this.#guardian, 'exit');
    }
  }

  #tellGuardian(line: string): void {
    if (this.#guardian.stdin?.writable) this.#guardian.stdin.write(`${line}\n`);
  }
}

class RunningChild implements Child {
  readonly pid: number;
  readonly exited: Promise<ChildExit>;
  stopping = false;
  readonly #process: ChildProcess;

  constructor(process_: ChildProcess, options: ChildOptions, onExit: (pid: number) => void) {
    this.#process = process_;
    this.pid = process_.pid ?? Number.NaN;
    const output = new LastLines();
    process_.stdin?.on('error', () => {});
    // A child whose output can't be read is of no use: it ends, and that counts as its death.
    const unreadable = (error: unknown): void => {
      output.add(`unreadable output: ${error instanceof Error ? error.message : String(error)}`);
      this.#signal('SIGKILL');
    };
    const out = readLines(process_.stdout, options.onStdoutLine).catch(unreadable);
    const err = readLines(process_.stderr, (line) => {
      output.add(line);
      options.onStderrLine(line);
    }).catch(unreadable);
    const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
      process_.once('exit', (code, signal) => resolve([code, signal]));
    });
    this.exited = ended.then(async ([code, signal]) => {
      // Whatever the child itself started is in its group and ends with it.
      this.#signal('SIGKILL');
      onExit(this.pid);
      // A process that left the group may hold the pipes open: what was written by the child itself has arrived within a moment.
      await Promise.race([Promise.all([out, err]), new Promise((done) => setTimeout(done, 500).unref())]);
      return { code, signal, lastLines: output.lines() };
    });
  }

  write(line: string): void {
    if (this.#process.stdin?.writable) this.#process.stdin.write(`${line}\n`);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM', graceMs = 1_500): Promise<ChildExit> {
    this.stopping = true;
    this.#signal(signal);
    const timer = setTimeout(() => this.#signal('SIGKILL'), graceMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // ESRCH: the group has already ended
    }
  }
}

class LastLines {
  readonly #newest: string[] = [];
  #error: { line: string; at: number } | null = null;

  add(line: string): void {
    this.#newest.push(line);
    if (this.#newest.length > KEPT_LINES) this.#newest.shift();
    if (namesError(line)) this.#error = { line, at: performance.now() };
  }

  /** To be asked when the process has ended. */
  lines(): string[] {
    const error = this.#error;
    const lost = error !== null && !this.#newest.includes(error.line);
    return lost && performance.now() - error.at <= LAST_WORDS_MS
      ? [error.line, ...this.#newest]
      : this.#newest;
  }
}

/** Lines of at most MAX_LINE_LENGTH characters; what a longer one has beyond that is dropped, not kept in memory. */
async function readLines(stream: Readable | null, onLine: (line: string) => void): Promise<void> {
  if (!stream) return;
  stream.setEncoding('utf8');
  let line = '';
  for await (const chunk of stream) {
    const [first = '', ...rest] = String(chunk).split('\n');
    line = (line + first).slice(0, MAX_LINE_LENGTH);
    for (const next of rest) {
      onLine(line.replace(/\r$/, ''));
      line = next.slice(0, MAX_LINE_LENGTH);
    }
  }
  if (line !== '') onLine(line);
}
