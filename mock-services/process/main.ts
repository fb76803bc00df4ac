import { createInterface } from 'node:readline';
import { EXIT } from '../../scripts/core/exit-codes.ts';
import type { MockEvent } from '../contract.ts';
import { startMocks } from './mocks.ts';
import { MocksError, readMocksConfig } from './mocks-config.ts';
import type { MocksControl } from './mocks-control.ts';

// The mocks process: one line of config on stdin, events as NDJSON on stdout. It lives as long as its stdin.

const MAX_CONFIG_CHARACTERS = 10_000_000;

let mocks: MocksControl | undefined;
let ending = false;

async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  await mocks?.close();
  // Writes to a pipe are asynchronous: what has been written must leave before the process does.
  await new Promise((resolve) => process.stdout.write('', resolve));
  process.exit(code);
}

function emit(event: MockEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

async function start(line: string): Promise<void> {
  try {
    mocks = await startMocks(readMocksConfig(line), emit);
  } catch (error) {
    const code = error instanceof MocksError ? error.code : 'bad-config';
    const message = error instanceof Error ? error.message : String(error);
    emit({ type: 'mocks-failed', at: Date.now(), code, message });
    await end(EXIT.environment);
  }
}

// Nobody reads the events any more: whoever started this process has gone.
process.stdout.on('error', () => process.exit(0));
process.on('SIGTERM', () => void end(0));
// Ctrl-C reaches the whole process group: the harness decides when the partners go.
process.on('SIGINT', () => {});

const lines = createInterface({ input: process.stdin });
let received = 0;
process.stdin.on('data', (chunk: Buffer) => {
  received += chunk.length;
  if (received > MAX_CONFIG_CHARACTERS) void end(EXIT.environment);
});
lines.once('line', (line) => void start(line));
lines.once('close', () => void end(0));
