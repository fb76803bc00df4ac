import { chmod } from 'node:fs/promises';
import { type Env, lastLine, runCommand } from '../run-command.ts';

/** The release that is downloaded or built, and that every measurement of this project was made with. */
export const K6_VERSION = 'v2.2.0';

/**
 * The lowest k6 that is used when found on PATH, and the only major. v1 has no `--features`; 2.1.0 brought
 * `--features native-histograms`, without which latency arrives as gauges that are cumulative from the start;
 * 2.2.0 is the first in which our journeys (generator functions, tags that survive beside the command line's)
 * were tried. A v3 may change any of it.
 */
const LOWEST = { major: 2, minor: 2, patch: 0 };

/** A healthy k6 answers in 0.1 s; a first start from a cold network disk takes seconds. */
const ANSWER_WITHIN_MS = 10_000;

export type K6Check = { version: string } | { problem: string };

/** Runs `k6 version`. The version is as k6 prints it, e.g. `v2.2.0`; `problem` is one line. */
export async function checkK6(path: string, env: Env, signal?: AbortSignal): Promise<K6Check> {
  const result = await runCommand(path, ['version'], { env, timeoutMs: ANSWER_WITHIN_MS, signal });
  if (result.problem !== null) {
    const said = lastLine(result.stderr) || lastLine(result.stdout);
    return { problem: `${path} version ${result.problem}${said === '' ? '' : `: ${shorten(said)}`}` };
  }
  // The first word is the name of the file, which is ours in the cache and anything behind PEAKPROOF_K6.
  const match = /^.+ v(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?\S* \(.*\bgo\d/m.exec(result.stdout);
  if (!match) {
    return { problem: `${path} version printed "${shorten(result.stdout.trim())}", not a k6 version` };
  }
  const [, major, minor, patch, preRelease = ''] = match;
  const version = `v${major}.${minor}.${patch}${preRelease}`;
  const problem = refusal([Number(major), Number(minor), Number(patch)], preRelease !== '');
  return problem === null ? { version } : { problem: `${path} is ${version}; ${problem}` };
}

/** Makes a file that was just unpacked or built executable and runs it; null if it is the pinned k6. */
export async function checkPinnedK6(
  path: string,
  env: Env,
  signal?: AbortSignal,
): Promise<{ problem: string } | null> {
  try {
    await chmod(path, 0o755);
  } catch {
    return { problem: `there is no k6 at ${path}` };
  }
  const checked = await checkK6(path, env, signal);
  if ('problem' in checked) return checked;
  return checked.version === K6_VERSION
    ? null
    : { problem: `got k6 ${checked.version} instead of ${K6_VERSION}` };
}

function refusal([major, minor, patch]: [number, number, number], isPreRelease: boolean): string | null {
  const needed = `v${LOWEST.major}.${LOWEST.minor}.${LOWEST.patch} or a later v${LOWEST.major} is needed`;
  if (major !== LOWEST.major) return needed;
  const distance = minor - LOWEST.minor || patch - LOWEST.patch;
  return distance < 0 || (distance === 0 && isPreRelease) ? needed : null;
}

function shorten(text: string): string {
  // A damaged binary is run by the shell, which quotes pieces of it.
  const line = text.replace(/[\s\p{C}]+/gu, ' ');
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
