import type { TurnEnd } from '../contract.ts';
import {
  beginIteration,
  endIteration,
  type Iteration,
  type IterationTrouble,
  noteTrouble,
} from './iteration.ts';

// One iteration of a k6 script without the kit, as an order that is one turn.

/** The script's default export, or the one that the plan names. */
export type ScriptOrder = (data: unknown) => unknown;

export interface Limits {
  /** Nothing is waited for any longer, ms. */
  patienceMs: number;
  timeoutMs: number;
  slowAfterMs: number;
}

/** Runs the order; `onEnd` comes when it is over, and not at all when k6 was told to stop. What it throws goes on to k6. */
export const performScript = (
  order: ScriptOrder,
  data: unknown,
  { startedAt, limits }: { startedAt: number; limits: Limits },
  onEnd: (iteration: Iteration) => void,
): unknown => {
  const iteration = beginIteration(startedAt, limits.patienceMs, limits.timeoutMs);
  const end = (): void => {
    endIteration();
    if (!iteration.cutOff) onEnd(iteration);
  };
  const endThrown = (thrown: unknown): never => {
    noteTrouble('script-error', 'the script', String(thrown));
    end();
    throw thrown;
  };
  let result: unknown;
  try {
    result = order(data);
  } catch (thrown) {
    return endThrown(thrown);
  }
  if (result instanceof Promise) return result.then(end, endThrown);
  end();
  return result;
};

/** An iteration is good if nothing in it failed and its last answer came in time. */
export const iterationEnd = (
  iteration: Iteration,
  journey: string,
  requestsPerOrder: number,
  { limits, now }: { limits: Limits; now: number },
): TurnEnd => {
  const { startedAt, answeredAt, requests, checked } = iteration;
  const trouble = iteration.trouble ?? unserved(iteration);
  const endedAt = answeredAt ?? now;
  const late = endedAt - startedAt > limits.slowAfterMs ? 'slow' : null;
  const kind = trouble?.kind ?? (requests === 0 ? 'script-error' : late);
  const good = kind === null;
  return {
    journey,
    intendedAt: startedAt,
    endedAt,
    outcome: good ? 'good' : kind === 'local' ? 'generator' : 'bad',
    kind,
    at: good ? requestsPerOrder - 1 : Math.max(0, Math.min(requests, requestsPerOrder) - 1),
    placed: kind === null || (kind === 'slow' && trouble === null),
    proven: checked,
    first: good ? 'good' : 'bad',
    item: null,
    cafe: null,
  };
};

/** A script may expect any status, but nobody was served who had no answer below 400. */
const unserved = ({ requests, served }: Iteration): IterationTrouble | null =>
  requests === 0 || served
    ? null
    : { kind: 'wrong-answer', name: 'the script', detail: 'no answer was below 400' };

/** For people: what was wrong, and with what. */
export const troubleOf = (iteration: Iteration): { name: string; detail: string } => {
  const { requests } = iteration;
  const trouble = iteration.trouble ?? unserved(iteration);
  if (trouble !== null) return { name: trouble.name, detail: trouble.detail };
  return {
    name: 'the script',
    detail: requests === 0 ? 'the iteration sent no request' : 'answered too late',
  };
};
