import { request } from 'undici';
import { ADMIN, type MockEvent, type MocksConfig } from '../../../mock-services/contract.ts';
import { PeakproofError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit-codes.ts';
import type { Child } from './child.ts';
import { type OwnProcess, startOwnProcess } from './own-process.ts';
import { describeExit } from './target.ts';

export interface Mocks {
  readonly child: Child;
  readonly adminUrl: string;
  /** Address of each partner by name. */
  readonly urls: Readonly<Record<string, string>>;
  /** State as at a step's start: faults off, stock as given (partner → item → count). */
  reset(stock: Readonly<Record<string, Readonly<Record<string, number>>>>): Promise<void>;
  /** Fault offsets count from `startAt` (epoch ms); partners tell their figures for slices of that length, default 1,000 ms. */
  startTimeline(startAt: number, sliceMs?: number): Promise<void>;
  stopTimeline(): Promise<void>;
}

export interface MocksOptions extends OwnProcess {
  config: MocksConfig;
  signal: AbortSignal;
}

type MocksReady = Extract<MockEvent, { type: 'mocks-ready' }>;
type MocksFailed = Extract<MockEvent, { type: 'mocks-failed' }>;

/** @throws PeakproofError `port-taken`, `mocks-failed` (exit 4) */
export async function startMocks(options: MocksOptions): Promise<Mocks> {
  let settle: (event: MocksReady | MocksFailed) => void = () => {};
  const started = new Promise<MocksReady | MocksFailed>((resolve) => {
    settle = resolve;
  });
  const child = await startOwnProcess(options, options.config, (line) => {
    const event: MockEvent = JSON.parse(line);
    if (event.type === 'mocks-ready' || event.type === 'mocks-failed') settle(event);
    else options.observe(event);
  });
  const outcome = await Promise.race([started, child.exited, aborted(options.signal)]);
  if (!('type' in outcome)) throw endedAtOnce(outcome);
  if (outcome.type === 'mocks-failed') throw notStarted(outcome);
  return { child, ...controls(outcome) };
}

function controls({ adminUrl, partners }: MocksReady): Omit<Mocks, 'child'> {
  const post = async (path: string, body: unknown): Promise<void> => {
    const answer = await request(adminUrl + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      headersTimeout: 2_000,
    });
    await answer.body.dump();
    if (answer.statusCode >= 300) throw new Error(`mocks answered ${answer.statusCode} to ${path}`);
  };
  return {
    adminUrl,
    urls: partners,
    reset: (stock) => post(ADMIN.reset, { stock }),
    startTimeline: (startAt, sliceMs) => post(ADMIN.timelineStart, { startAt, sliceMs }),
    stopTimeline: () => post(ADMIN.timelineStop, {}),
  };
}

function endedAtOnce({ code, signal, lastLines }: Awaited<Child['exited']>): PeakproofError {
  return new PeakproofError({
    code: 'mocks-failed',
    message: `the mock partners ended at once: ${describeExit(code, signal)}`,
    hint: 'run `peakproof doctor`; if it finds nothing, report this with the lines above',
    exitCode: EXIT.environment,
    details: lastLines,
  });
}

function notStarted({ code, message }: MocksFailed): PeakproofError {
  return new PeakproofError({
    code: code === 'port-taken' ? 'port-taken' : 'mocks-failed',
    message,
    hint: 'free the port, or give the partner another one (port: 0 takes any free one)',
    exitCode: EXIT.environment,
  });
}

/** Never resolves; rejects when the signal aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
