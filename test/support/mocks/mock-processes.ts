import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { build } from 'esbuild';
import type { MockEvent, MocksConfig } from '../../../mock-services/contract.ts';

// Bundles the real entry points and starts them as processes, as the harness does.

export async function bundleEntry(entry: string): Promise<string> {
  const outfile = join(mkdtempSync(join(tmpdir(), 'peakproof-test-')), 'main.mjs');
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    // prom-client is CommonJS and requires node's own modules.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return outfile;
}

export interface Started<Line> {
  child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Every line of stdout so far. */
  lines: Line[];
  /** Everything on stderr so far. */
  stderr: () => string;
  /** The first line, past or future, that fits; rejects when the process ends without one. */
  line: <Wanted extends Line>(fits: (line: Line) => line is Wanted) => Promise<Wanted>;
  exit: Promise<number | null>;
  stop: () => Promise<void>;
}

export function startProcess<Line>(script: string, env: Record<string, string> = {}): Started<Line> {
  const child = spawn(process.execPath, [script], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  const lines: Line[] = [];
  const watchers = new Set<() => void>();
  let stderr = '';
  let ended = false;
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(JSON.parse(text));
    for (const watch of watchers) watch();
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {});
  const exit = once(child, 'close').then(([code]: (number | null)[]) => {
    ended = true;
    for (const watch of watchers) watch();
    return code ?? null;
  });
  return {
    child,
    lines,
    stderr: () => stderr,
    exit,
    line: (fits) =>
      new Promise((resolve, reject) => {
        const watch = (): void => {
          const found = lines.find(fits);
          if (found === undefined && !ended) return;
          watchers.delete(watch);
          if (found === undefined) reject(new Error(`the process ended first: ${stderr}`));
          else resolve(found);
        };
        watchers.add(watch);
        watch();
      }),
    stop: async () => {
      child.stdin.end();
      child.kill('SIGTERM');
      await exit;
    },
  };
}

export function startMocksProcess(script: string, config: MocksConfig): Started<MockEvent> {
  const started = startProcess<MockEvent>(script);
  started.child.stdin.write(`${JSON.stringify(config)}\n`);
  return started;
}

export function ofType<Type extends MockEvent['type']>(type: Type) {
  return (event: MockEvent): event is Extract<MockEvent, { type: Type }> => event.type === type;
}
