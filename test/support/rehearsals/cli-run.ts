import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type RunReport, reportSchema } from '../../../scripts/contract/run-report.ts';
import type { Observation } from '../../../scripts/observe/observation.ts';

export const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const MARK = 'PEAKPROOF_TEST_MARK';

export interface CliResult {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** One `peakproof` command as a real process in a folder of its own; all its descendants carry a mark to be found by. */
export class CliRun {
  readonly folder = mkdtempSync(join(tmpdir(), 'peakproof-e2e-'));
  readonly outDir = join(this.folder, 'run');
  readonly process: ChildProcess;
  readonly #mark = randomUUID();
  #stdout = '';
  #stderr = '';
  readonly result: Promise<CliResult>;

  constructor(
    command: 'run' | 'plan' | 'demo' | 'mocks' | 'check' | 'bundle',
    planText: string | null,
    options: {
      args?: string[];
      env?: NodeJS.ProcessEnv;
      /** Written beside the plan: name → text. */
      files?: Readonly<Record<string, string>>;
    } = {},
  ) {
    const planFile = join(this.folder, 'launch.yaml');
    if (planText !== null) writeFileSync(planFile, planText);
    for (const [name, text] of Object.entries(options.files ?? {}))
      writeFileSync(join(this.folder, name), text);
    const args = [command, ...(planText === null ? [] : [planFile]), ...(options.args ?? [])];
    if (command === 'run' || command === 'demo') args.push('--out', this.outDir);
    this.process = spawn(process.execPath, [CLI, ...args], {
      cwd: this.folder,
      env: { ...process.env, ...options.env, [MARK]: this.#mark },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout?.on('data', (chunk) => {
      this.#stdout += chunk;
    });
    this.process.stderr?.on('data', (chunk) => {
      this.#stderr += chunk;
    });
    this.result = once(this.process, 'close').then(([exitCode]) => ({
      exitCode,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** What has been observed so far (lines already written). */
  observations(): Observation[] {
    const file = join(this.outDir, 'observations.ndjson');
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).o);
  }

  /** Waits for an observation; fails when the command ends first. */
  async observed<T extends Observation['type']>(
    type: T,
    which: (observation: Extract<Observation, { type: T }>) => boolean = () => true,
  ): Promise<Extract<Observation, { type: T }>> {
    const isWanted = (o: Observation): o is Extract<Observation, { type: T }> =>
      o.type === type && which(o as Extract<Observation, { type: T }>);
    for (;;) {
      const found = this.observations().find(isWanted);
      if (found) return found;
      if (this.process.exitCode !== null)
        throw new Error(`ended without ${type}:\n${this.#stderr}${this.#stdout}`);
      await sleep(50);
    }
  }

  report(): RunReport {
    return reportSchema.parse(JSON.parse(readFileSync(join(this.outDir, 'report.json'), 'utf8')));
  }

  /** Running descendants, found by their environment: pid and command line. */
  descendants(): { pid: number; command: string }[] {
    const found: { pid: number; command: string }[] = [];
    for (const entry of readdirSync('/proc')) {
      const pid = Number(entry);
      if (!Number.isInteger(pid) || pid === this.process.pid) continue;
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(this.#mark)) continue;
        found.push({ pid, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') });
      } catch {
        // ended between the two reads
      }
    }
    return found;
  }

  /** Pid of the descendant whose command line has this text. */
  pidOf(text: string): number {
    const found = this.descendants().find(({ command }) => command.includes(text));
    if (!found) throw new Error(`no process with ${text} among ${JSON.stringify(this.descendants())}`);
    return found.pid;
  }

  /** Waits until no descendant is left; gives those that are after `withinMs`. */
  async leftOver(withinMs = 3_000): Promise<{ pid: number; command: string }[]> {
    const deadline = performance.now() + withinMs;
    while (this.descendants().length > 0 && performance.now() < deadline) await sleep(50);
    return this.descendants();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Waits for an instant of the wall clock (epoch ms): load runs in real time. */
export async function until(at: number): Promise<void> {
  await sleep(Math.max(0, at - Date.now()));
}
