import { failureKind } from '../client.ts';
import type { BadKind } from '../contract.ts';
import { wireError } from '../wire-error.ts';

// What peakproof notes while an iteration of a k6 script without the kit runs: the first thing that went wrong.
// The modules `k6` and `k6/http` that such a script imports are those beside this file, which tell it here.

export interface IterationTrouble {
  kind: BadKind;
  /** Label of the request, or the check's name. */
  name: string;
  /** For people; untrusted, not yet on one line. */
  detail: string;
}

export interface Iteration {
  /** Epoch ms. */
  readonly startedAt: number;
  /** Nothing is waited for after this instant, epoch ms. */
  readonly giveUpAt: number;
  /** Of a request that names no time of its own. */
  readonly timeoutMs: number;
  /** How many requests were begun. */
  requests: number;
  /** When the last answer came, epoch ms: what the script sleeps afterwards is no waiting. */
  answeredAt: number | null;
  trouble: IterationTrouble | null;
  /** The script has checked something. */
  checked: boolean;
  /** An answer below 400 came. */
  served: boolean;
  /** k6 was told to stop while a request waited. */
  cutOff: boolean;
}

/** A VU has one iteration at a time; null outside of them, e.g. in setup(). */
let running: Iteration | null = null;

export const runningIteration = (): Iteration | null => running;

export const beginIteration = (startedAt: number, patienceMs: number, timeoutMs: number): Iteration => {
  running = {
    startedAt,
    giveUpAt: startedAt + patienceMs,
    timeoutMs,
    requests: 0,
    answeredAt: null,
    trouble: null,
    checked: false,
    served: false,
    cutOff: false,
  };
  return running;
};

export const endIteration = (): void => {
  running = null;
};

export const noteCheck = (): void => {
  if (running !== null) running.checked = true;
};

/** Only the first trouble counts: what follows from it says less. */
export const noteTrouble = (kind: BadKind, name: string, detail: string): void => {
  if (running !== null && running.trouble === null) running.trouble = { kind, name, detail };
};

/** How long a request may take, ms: its own time or the client's, and no longer than patience lasts. */
export const allowedMs = (ownMs: number | null): number | null => {
  if (running === null) return ownMs;
  const leftMs = running.giveUpAt - Date.now();
  return Math.max(1, Math.min(ownMs ?? running.timeoutMs, leftMs));
};

/** Most of an answer's body that is noted, UTF-16 units: what is told of it is one line of no more characters. */
const LONGEST_BODY = 2_000;

/** What of an answer decides whether it failed. */
export interface JudgedResponse {
  status: number;
  error: string;
  error_code: number;
  body: unknown;
}

/** Notes an answer. `isExpected`: by k6's rule of expected responses. */
export const noteAnswer = (name: string, answer: JudgedResponse, isExpected: boolean): void => {
  if (running === null) return;
  running.answeredAt = Date.now();
  const { status } = answer;
  if (status > 0 && status < 400) running.served = true;
  // What most answers are not asked for stays with k6: each look at it is a copy.
  if (status !== 0 && isExpected) return;
  const { error, error_code: code } = answer;
  if (status === 0 && code === 1000 && /context canceled/.test(error)) running.cutOff = true;
  else if (status === 0) noteTrouble(wireError(code, error), name, error);
  else {
    const { body } = answer;
    const kind = failureKind({ status, headers: {}, body: null, error: null, receivedInMs: 0 });
    noteTrouble(kind, name, `${status} ${typeof body === 'string' ? body.slice(0, LONGEST_BODY) : ''}`);
  }
};
