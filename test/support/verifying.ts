import { describe, test } from 'vitest';

/** Whether this is `npm run verify`, which runs every long case as well. */
export const verifying = process.env['PEAKPROOF_VERIFY'] === '1';

/** A test of `npm run verify` only: elsewhere it is not there, rather than skipped. */
export function longTest(name: string, body: () => Promise<void>): void {
  if (verifying) test(name, body);
}

export function longTests(name: string, define: () => void): void {
  if (verifying) describe(name, define);
}
