import { findK6 } from '../../scripts/engine/k6/find-k6.ts';

/** Gets k6 once, the way a user's first run does, so that no test waits for a build. */
export default async function getK6(): Promise<void> {
  const k6 = await findK6({ env: process.env, onProgress: (line) => console.log(line) });
  process.env['PEAKPROOF_K6'] = k6.path;
}
