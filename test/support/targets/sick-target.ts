import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type Illness =
  | 'well'
  | 'only-canaries'
  | 'soups-down'
  | 'nothing-behind'
  | 'strangers-unknown'
  | 'busy'
  | 'false-sold-out'
  | 'prose';

/** A shop as a process whose illness the test chooses while it runs. */
export class SickTarget {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(process_: ChildProcess, port: string) {
    this.#process = process_;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(options: { illness?: Illness; delayMs?: number; payUrl?: string }): Promise<SickTarget> {
    const { illness = 'well', delayMs = 0, payUrl = '' } = options;
    const file = fileURLToPath(new URL('./sick-target.mjs', import.meta.url));
    const process_ = spawn(process.execPath, [file], {
      env: { ...process.env, ILLNESS: illness, DELAY_MS: String(delayMs), PAY_URL: payUrl },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [port] = await once(process_.stdout, 'data');
    return new SickTarget(process_, String(port).trim());
  }

  become(illness: Illness): void {
    this.#process.stdin?.write(`${illness}\n`);
  }

  async stop(): Promise<void> {
    this.#process.stdin?.end();
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
  }
}
