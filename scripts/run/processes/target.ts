import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { partnerUrlVariable } from '../../../mock-services/contract.ts';
import { PeakproofError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit-codes.ts';
import { formatDurationMs } from '../../core/quantities.ts';
import type { LaunchPlan } from '../../plan/launch-plan.ts';
import type { Child, ChildExit, Children } from './child.ts';

export interface TargetOptions {
  target: LaunchPlan['target'];
  /** Addresses of the mocked partners by name; passed on as `PEAKPROOF_<NAME>_URL`. */
  partnerUrls: Readonly<Record<string, string>>;
  /** The telegram partner that a bot is ready at. */
  botPartner: string | null;
  children: Children;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  signal: AbortSignal;
  onLine: (line: string) => void;
}

/**
 * Starts the plan's own target by `sh -c` and waits until its ready path answers 2xx.
 * The target also gets PORT, the port of `baseUrl`, and how to start the built-in demo shop: PEAKPROOF_NODE and
 * PEAKPROOF_DEMO_SHOP.
 * @throws PeakproofError `target-port-taken`, `target-died`, `target-not-ready` (exit 4)
 */
export async function startTarget(options: TargetOptions): Promise<Child | null> {
  const { start, baseUrl } = options.target;
  if (!start) return null;
  const { hostname, port, protocol } = new URL(baseUrl);
  const portNumber = Number(port || (protocol === 'https:' ? 443 : 80));
  await refuseTakenPort(hostname, portNumber, baseUrl);
  const child = await options.children.start({
    command: 'sh',
    args: ['-c', start.command],
    cwd: options.cwd,
    env: {
      ...options.env,
      ...partnerUrlVariables(options.partnerUrls),
      PORT: String(portNumber),
      PEAKPROOF_NODE: process.execPath,
      PEAKPROOF_DEMO_SHOP: fileURLToPath(new URL('./demo-shop.js', import.meta.url)),
    },
    onStdoutLine: options.onLine,
    onStderrLine: options.onLine,
  });
  await waitReady(child, options);
  return child;
}

/** As which variables a process that we start finds the mocked partners. */
export function partnerUrlVariables(partnerUrls: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(partnerUrls).map(([name, url]) => [partnerUrlVariable(name), url]),
  );
}

async function refuseTakenPort(hostname: string, port: number, baseUrl: string): Promise<void> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const taken = await new Promise<boolean>((resolve) => {
    const socket = createConnection({ host, port });
    socket.setTimeout(1_000, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
  });
  if (!taken) return;
  throw new PeakproofError({
    code: 'target-port-taken',
    message: `something already listens at ${baseUrl}, so target.start can't start the target there`,
    hint: 'stop it, choose another port in target.baseUrl, or remove target.start to test what runs there',
    exitCode: EXIT.environment,
  });
}

async function waitReady(child: Child, options: TargetOptions): Promise<void> {
  const { start, baseUrl } = options.target;
  if (!start) return;
  const url = start.ready.when === 'bot' ? botUrl(options) : baseUrl + start.ready.path;
  const deadline = performance.now() + start.readyWithinMs;
  let dead = false;
  void child.exited.then(() => {
    dead = true;
  });
  let lastAnswer = 'no answer yet';
  while (!dead && performance.now() < deadline) {
    options.signal.throwIfAborted();
    lastAnswer = await readiness(url, start.ready.when === 'bot');
    if (lastAnswer === READY) return;
    await sleep(100, undefined, { signal: options.signal });
  }
  if (dead) {
    const exit = await child.exited;
    throw targetDied(start.command, exit, 'before it was ready');
  }
  await child.stop();
  throw new PeakproofError({
    code: 'target-not-ready',
    message: `the target ${start.ready.when === 'bot' ? 'has neither asked the telegram partner for updates nor set its webhook' : `did not answer 2xx at ${url}`} within ${formatDurationMs(start.readyWithinMs)} (${lastAnswer})`,
    hint: 'check target.start.ready and target.baseUrl, or raise target.start.readyWithin',
    exitCode: EXIT.environment,
    details: (await child.exited).lastLines,
  });
}

const READY = 'ready';

/** `ready`, or what the target answered instead. */
async function readiness(url: string, ofBot: boolean): Promise<string> {
  try {
    const { statusCode, body } = await request(url, { headersTimeout: 2_000, bodyTimeout: 2_000 });
    const text = await body.text();
    if (statusCode < 200 || statusCode >= 300) return `status ${statusCode}`;
    return !ofBot || /"ready":true/.test(text) ? READY : 'no call of the bot yet';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function botUrl({ botPartner, partnerUrls }: TargetOptions): string {
  return `${partnerUrls[botPartner ?? ''] ?? ''}/peakproof/bot`;
}

/** @param when e.g. `before the load began` */
export function targetDied(command: string, exit: ChildExit, when: string): PeakproofError {
  return new PeakproofError({
    code: 'target-died',
    message: `the target ended ${when}: ${describeExit(exit.code, exit.signal)}`,
    hint: `run \`${command}\` by hand and mend what it says`,
    exitCode: EXIT.environment,
    details: exit.lastLines,
  });
}

export function describeExit(code: number | null, signal: string | null): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}
