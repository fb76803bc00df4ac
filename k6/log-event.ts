import { LOG_PREFIX, type ScriptEvent } from './contract.ts';

/** Tells the harness by a line in k6's log. */
export const logEvent = (event: ScriptEvent): void => {
  console.log(LOG_PREFIX + JSON.stringify(event));
};
