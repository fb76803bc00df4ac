import { plainLine } from '../journeys/http/answer-line.ts';
import type { LoadProgram } from '../journeys/program.ts';
import { logEvent } from '../log-event.ts';
import { scenario } from '../scenario.ts';
import { iterationEnd, type Limits, performScript, type ScriptOrder, troubleOf } from './perform.ts';

// Canaries of a k6 script without the kit: its iterations in a k6 process of their own, told by its log.

declare const PEAKPROOF_PROGRAM: LoadProgram;
declare const PEAKPROOF_PROBE_EVERY_MS: number;

const { client } = PEAKPROOF_PROGRAM;
/** As for every canary: it is given up when a shopper's order would be slow. */
const limits: Limits = {
  patienceMs: client.slowAfterMs,
  timeoutMs: Math.min(client.timeoutMs, client.slowAfterMs),
  slowAfterMs: client.slowAfterMs,
};

export const canaryOrder = (order: ScriptOrder, data: unknown): unknown => {
  const startedAt = Date.now();
  const { name: journey, iterationInTest, startTime } = scenario();
  const scheduledAt = startTime + iterationInTest * PEAKPROOF_PROBE_EVERY_MS;
  return performScript(order, data, { startedAt, limits }, (iteration) => {
    const { outcome, kind, endedAt } = iterationEnd(iteration, journey, 1, { limits, now: Date.now() });
    const trouble = kind === null ? null : troubleOf(iteration);
    logEvent({
      event: 'canary',
      at: endedAt,
      journey,
      scheduledAt: Math.round(scheduledAt),
      startedAt,
      outcome,
      kind,
      name: trouble && plainLine(trouble.name),
      detail: trouble && plainLine(trouble.detail),
    });
  });
};
