import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { type Redact, redacted, redactor } from '../../scripts/core/secrets.ts';
import { TESTID_TAG } from '../contract.ts';
import { hideInLog, order as loadOrder, setup as loadSetup } from '../main.ts';
import { hidden, PEAKPROOF_PROGRAM, problem } from './program.ts';

// k6's entry of a script that `peakproof bundle` made: it brings its own options and looks at its environment.

declare const PEAKPROOF_OPTIONS: Options;

// k6 reads them once, though every VU runs these lines: hours of stages in each would be a minute of CPU.
export const options: Options =
  __VU === 0 ? { ...PEAKPROOF_OPTIONS, tags: { [TESTID_TAG]: PEAKPROOF_PROGRAM.runId } } : {};

/** Made with the first failed turn of a VU: most have none. */
let redact: Redact | null = null;

if (hidden.length > 0) {
  hideInLog((event) => {
    redact ??= redactor(hidden);
    return redacted(event, redact);
  });
}

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
