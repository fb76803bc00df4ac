import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The tests' own target as a process that the test freezes and continues. */
export class TestTarget {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(process_: ChildProcess, port: string) {
    this.#process = process_;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<TestTarget> {
    const process_ = spawn(process.execPath, [fileURLToPath(new URL('./target.mjs', import.meta.url))], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [port] = await once(process_.stdout, 'data');
    return new TestTarget(process_, String(port).trim());
  }

  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process.kill('SIGCONT');
  }

  tell(command: 'refuse' | 'accept'): void {
    this.#process.stdin?.write(`${command}\n`);
  }

  async stop(): Promise<void> {
    this.thaw();
    this.#process.stdin?.end();
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
  }
}
