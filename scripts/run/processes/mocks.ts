import { request } from 'undici';
import { ADMIN, type MockEvent, type MocksConfig } from '../../../mock-services/contract.ts';
import { EXIT, PeakproofError } from '../../core/errors.ts';
import type { Child, OwnProcess } from './child.ts';
import { describeExit } from './target.ts';

export interface Mocks {
  readonly child: Child;
  readonly adminUrl: string;
  /** Address of each partner by name. */
  readonly urls: Readonly<Record<string, string>>;
  /** State as at a step's start: faults off, stock as given (partner → item → count). */
  reset(stock: Readonly<Record<string, Readonly<Record<string, number>>>>): Promise<void>;
  /** Fault offsets count from `startAt` (epoch ms). */
  startTimeline(startAt: number): Promise<void>;
  stopTimeline(): Promise<void>;
}

export interface MocksOptions extends OwnProcess {
  config: MocksConfig;
  signal: AbortSignal;
}

/** @throws PeakproofError `port-taken`, `mocks-failed` (exit 4) */
export async function startMocks(options: MocksOptions): Promise<Mocks> {
  let settle: (event: Extract<MockEvent, { type: 'mocks-ready' | 'mocks-failed' }>) => void = () => {};
  const started = new Promise<Extract<MockEvent, { type: 'mocks-ready' | 'mocks-failed' }>>((resolve) => {
    settle = resolve;
  });
  const child = await options.children.start({
    command: process.execPath,
    args: [options.mainPath],
    cwd: options.cwd,
    env: options.env,
    onStdoutLine: (line) => {
      const event: MockEvent = JSON.parse(line);
      if (event.type === 'mocks-ready' || event.type === 'mocks-failed') settle(event);
      else options.observe(event);
    },
    onStderrLine: () => {},
  });
  child.write(JSON.stringify(options.config));
  const outcome = await Promise.race([started, child.exited, aborted(options.signal)]);
  if (!('type' in outcome)) {
    throw new PeakproofError({
      code: 'mocks-failed',
      message: `the mock partners ended at once: ${describeExit(outcome.code, outcome.signal)}`,
      hint: 'run `peakproof doctor`; if it finds nothing, report this with the lines above',
      exitCode: EXIT.environment,
      details: outcome.lastLines,
    });
  }
  if (outcome.type === 'mocks-failed') {
    throw new PeakproofError({
      code: outcome.code === 'port-taken' ? 'port-taken' : 'mocks-failed',
      message: outcome.message,
      hint: 'free the port, or give the partner another one (port: 0 takes any free one)',
      exitCode: EXIT.environment,
    });
  }
  const post = async (path: string, body: unknown): Promise<void> => {
    const answer = await request(outcome.adminUrl + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      headersTimeout: 2_000,
    });
    await answer.body.dump();
    if (answer.statusCode >= 300) throw new Error(`mocks answered ${answer.statusCode} to ${path}`);
  };
  return {
    child,
    adminUrl: outcome.adminUrl,
    urls: outcome.partners,
    reset: (stock) => post(ADMIN.reset, { stock }),
    startTimeline: (startAt) => post(ADMIN.timelineStart, { startAt }),
    stopTimeline: () => post(ADMIN.timelineStop, {}),
  };
}

/** Never resolves; rejects when the signal aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
