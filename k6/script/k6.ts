import * as k6 from 'k6';
import { noteCheck, noteTrouble, runningIteration } from './iteration.ts';

// `k6` as a script without the kit imports it: the same, and what fails is noted.

export { group, randomSeed } from 'k6';

type Checks = Record<string, unknown>;

export const check = (value: unknown, checks: Checks, tags?: object): boolean => {
  if (runningIteration() === null) return k6.check(value, checks as never, tags);
  noteCheck();
  const noted: Checks = {};
  for (const name of Object.keys(checks)) noted[name] = noting(name, checks[name]);
  return k6.check(value, noted as never, tags);
};

const noting = (name: string, condition: unknown): unknown => {
  if (typeof condition !== 'function') {
    if (!condition) noteTrouble('wrong-answer', `check ${name}`, 'the check failed');
    return condition;
  }
  return (value: unknown) => {
    const passed: unknown = condition(value);
    if (!passed) noteTrouble('wrong-answer', `check ${name}`, 'the check failed');
    return passed;
  };
};

export const fail = (reason?: string): never => {
  noteTrouble('wrong-answer', 'fail()', reason ?? '');
  return k6.fail(reason);
};

/** A shopper whose patience is over does not sleep on. */
export const sleep = (seconds: number): void => {
  const iteration = runningIteration();
  const leftSec = iteration === null ? seconds : (iteration.giveUpAt - Date.now()) / 1_000;
  k6.sleep(Math.max(0, Math.min(seconds, leftSec)));
};

export default { ...k6, check, fail, sleep };
