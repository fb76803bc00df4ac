import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { TESTID_TAG } from '../contract.ts';
import { order as loadOrder, setup as loadSetup } from '../main.ts';
import { PEAKPROOF_PROGRAM, problem } from './program.ts';

// k6's entry of a script that `peakproof bundle` made: it brings its own options and looks at its environment.

declare const PEAKPROOF_OPTIONS: Options;

export const options: Options = { ...PEAKPROOF_OPTIONS, tags: { [TESTID_TAG]: PEAKPROOF_PROGRAM.runId } };

// Not while k6 only reads the script (`k6 inspect`, `k6 archive`): what is missing there may be set where it runs.
const refuse = (): void => {
  if (problem !== null) exec.test.abort(`peakproof: ${problem}`);
};

export function setup(): void {
  refuse();
  loadSetup();
}

/** With `--no-setup` it is the first to know. */
export function order(): void {
  refuse();
  loadOrder();
}
