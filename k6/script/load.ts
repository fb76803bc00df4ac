import { plainLine } from '../journeys/http/answer-line.ts';
import type { LoadProgram } from '../journeys/program.ts';
import { logEvent } from '../log-event.ts';
import { countTurnStart, failedTurn, hasFailed, recordTurnEnd } from '../recording.ts';
import { scenario } from '../scenario.ts';
import { iterationEnd, type Limits, performScript, type ScriptOrder, troubleOf } from './perform.ts';

// The load of a plan with a k6 script without the kit: each iteration is an order.

declare const PEAKPROOF_PROGRAM: LoadProgram;

const { client, journeys, loggedEvery } = PEAKPROOF_PROGRAM;
const limits: Limits = client;

export const scriptOrder = (order: ScriptOrder, data: unknown): unknown => {
  const startedAt = Date.now();
  const { name, iterationInTest } = scenario();
  if (iterationInTest === 0) logEvent({ event: 'first-start', journey: name, at: startedAt });
  countTurnStart(startedAt, null);
  return performScript(order, data, { startedAt, limits }, (iteration) => {
    const end = iterationEnd(iteration, name, requestsOf(name), { limits, now: Date.now() });
    recordTurnEnd(end);
    if (!hasFailed(end) || iterationInTest % (loggedEvery[name] ?? 1) !== 0) return;
    const trouble = troubleOf(iteration);
    logEvent(failedTurn(end, plainLine(trouble.name), plainLine(trouble.detail)));
  });
};

/** The schedule begins. */
export const tellLoadStart = (): void => {
  logEvent({ event: 'load-start', at: Date.now() });
};

export const requestsOf = (journey: string): number => {
  return journeys.find(({ name }) => name === journey)?.own?.requestsPerOrder ?? 1;
};

interface Summary {
  metrics: Record<string, { thresholds?: Record<string, { ok: boolean }> }>;
}

/** Writes to the log how each threshold of the script ended. */
export const tellThresholds = ({ metrics }: Summary): void => {
  for (const metric of Object.keys(metrics)) {
    const thresholds = metrics[metric]?.thresholds ?? {};
    for (const threshold of Object.keys(thresholds)) {
      const passed = thresholds[threshold]?.ok === true;
      logEvent({ event: 'threshold', at: Date.now(), metric, threshold, passed });
    }
  }
};
