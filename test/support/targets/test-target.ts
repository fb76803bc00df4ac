import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./target.mjs', import.meta.url));

/** How the target answers until it is told otherwise. `afterMs`: of each request. */
export type TargetManners =
  | { answer: 'right' | '503' | 'hang' | 'prose' | 'errors' }
  | { answer: 'slow'; afterMs: number };

/** One request as the target saw it. Times are epoch ms. */
export interface TargetEntry {
  /** Idempotency key of the order; null without one. */
  key: string | null;
  path: string;
  arrivedAt: number;
  /** When the answer had been handed to the system; null = it never was. */
  leftAt: number | null;
  what: 'right' | 'wrong' | 'never';
}

/** The tests' own target as a process that the test freezes, kills, starts again and tells how to answer. */
export class TestTarget {
  readonly url: string;
  readonly #port: string;
  readonly #folder: string;
  #process: ChildProcess;
  /** Its log, once it has stopped. */
  #kept: readonly LogLine[] | null = null;

  private constructor(process_: ChildProcess, port: string, folder: string) {
    this.#process = process_;
    this.#port = port;
    this.#folder = folder;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<TestTarget> {
    const folder = mkdtempSync(join(tmpdir(), 'peakproof-target-'));
    const { process_, port } = await launch('0', folder);
    return new TestTarget(process_, port, folder);
  }

  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process.kill('SIGCONT');
  }

  /** Ends the process at once, as a crash would. */
  async crash(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }

  /** After `crash`: a new process on the same port. Resolves when it listens. */
  async restart(): Promise<void> {
    this.#process = (await launch(this.#port, this.#folder)).process_;
  }

  tell(command: 'refuse' | 'accept' | TargetManners): void {
    this.#process.stdin?.write(`${typeof command === 'string' ? command : JSON.stringify(command)}\n`);
  }

  /** What it has answered so far, by its own account. */
  entries(): TargetEntry[] {
    return this.#lines().filter((line) => 'key' in line);
  }

  /** When it did what it was told, in that order, epoch ms. */
  toldAt(): number[] {
    return this.#lines().flatMap((line) => ('told' in line ? [line.at] : []));
  }

  #lines(): readonly LogLine[] {
    return this.#kept ?? readLog(this.#folder);
  }

  async stop(): Promise<void> {
    this.thaw();
    this.#process.stdin?.end();
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      await once(this.#process, 'exit');
    }
    this.#kept ??= readLog(this.#folder);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

type LogLine = TargetEntry | { told: string; at: number };

function readLog(folder: string): LogLine[] {
  const file = logFile(folder);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

const logFile = (folder: string): string => join(folder, 'answers.ndjson');

async function launch(port: string, folder: string): Promise<{ process_: ChildProcess; port: string }> {
  const process_ = spawn(process.execPath, [SCRIPT], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PORT: port, LOG: logFile(folder) },
  });
  const [listening] = await once(process_.stdout, 'data');
  return { process_, port: String(listening).trim() };
}
