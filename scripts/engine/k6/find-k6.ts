import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PeakproofError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit-codes.ts';
import type { Env } from '../run-command.ts';
import { k6FromGo } from './go-build.ts';
import { k6FromEnv, k6InCache, k6OnPath } from './installed-k6.ts';
import { cacheFolder } from './k6-cache.ts';
import type { Attempt, FoundK6, K6Search, NetworkLimits } from './k6-search.ts';
import { K6_VERSION } from './k6-version.ts';
import { k6FromArchive } from './release-archive.ts';

export type { FoundK6 } from './k6-search.ts';

export interface FindK6Options {
  /**
   * `PATH`; `PEAKPROOF_K6` (an executable to use instead of searching), `PEAKPROOF_CACHE_DIR`, `HOME`,
   * `XDG_CACHE_HOME`, `TMPDIR`; the usual proxy variables; Go's own.
   */
  env: Env;
  /** Plain lines for people, without a line end. Default: dropped. */
  onProgress?: (line: string) => void;
  /** Stops downloads and builds; the promise rejects with its reason. */
  signal?: AbortSignal;
  /** Default: this machine's, as in `process.platform` and `process.arch`. */
  platform?: string;
  arch?: string;
  /** Default: k6's releases on GitHub. */
  releaseBaseUrl?: string;
  /** Default: the committed `k6-build/`. */
  goModuleFolder?: string;
  limits?: Partial<NetworkLimits>;
}

const RELEASES = 'https://github.com/grafana/k6/releases/download';
const LIMITS: NetworkLimits = { connectMs: 3_000, firstAnswerMs: 5_000, stallMs: 15_000 };

/** In this order; the later ways cost more. */
const INSTALLED: Ways = [
  ['PATH', k6OnPath],
  ['cache', k6InCache],
];
const FETCHED: Ways = [
  ['release archive', k6FromArchive],
  ['build by Go', k6FromGo],
];
type Ways = readonly (readonly [name: string, way: (search: K6Search) => Promise<Attempt>])[];

/**
 * The k6 to run: `PEAKPROOF_K6`, else PATH, else the cache, else k6's release archive, else a build by Go. The
 * last two install into the cache. Each way that does not work says why through `onProgress`.
 *
 * Errors (exit code 4): `k6-unusable` if `PEAKPROOF_K6` names something else than a working k6 of the right
 * version; `k6-not-found` if no way works, with one line for each in `details`.
 */
export async function findK6(options: FindK6Options): Promise<FoundK6> {
  const { found, problems } = await searchK6(options, [...INSTALLED, ...FETCHED]);
  if (found) return found;
  throw new PeakproofError({
    code: 'k6-not-found',
    message: `No k6 ${K6_VERSION} could be found, downloaded or built.`,
    details: problems,
    hint:
      `Install k6 ${K6_VERSION} (https://grafana.com/docs/k6/latest/set-up/install-k6/) so that \`k6 version\` works, ` +
      'or set PEAKPROOF_K6 to its path, or install Go and run again with a network.',
    exitCode: EXIT.environment,
  });
}

/** What is here already, without network or build; for `doctor`. Throws `k6-unusable` as findK6 does. */
export async function findInstalledK6(
  options: FindK6Options,
): Promise<{ found: FoundK6 | null; problems: string[] }> {
  return searchK6(options, INSTALLED);
}

async function searchK6(
  options: FindK6Options,
  ways: Ways,
): Promise<{ found: FoundK6 | null; problems: string[] }> {
  const search = await prepare(options);
  const named = await k6FromEnv(search);
  if (named) return { found: usableOrThrow(named), problems: [] };
  const problems: string[] = [];
  for (const [name, way] of ways) {
    const attempt = await way(search);
    if ('found' in attempt) return { found: attempt.found, problems };
    const problem = `${name}: ${attempt.problem}`;
    problems.push(problem);
    search.onProgress(problem);
  }
  return { found: null, problems };
}

function usableOrThrow(attempt: Attempt): FoundK6 {
  if ('found' in attempt) return attempt.found;
  throw new PeakproofError({
    code: 'k6-unusable',
    message: `PEAKPROOF_K6 cannot be used: ${attempt.problem}.`,
    hint: `Set it to a k6 ${K6_VERSION}, or unset it to let peakproof find or fetch one.`,
    exitCode: EXIT.environment,
  });
}

async function prepare(options: FindK6Options): Promise<K6Search> {
  return {
    env: options.env,
    platform: options.platform ?? process.platform,
    arch: options.arch ?? process.arch,
    cache: await cacheFolder(options.env),
    releaseBaseUrl: options.releaseBaseUrl ?? RELEASES,
    goModuleFolder: options.goModuleFolder ?? pinnedModuleFolder(),
    limits: { ...LIMITS, ...options.limits },
    onProgress: options.onProgress ?? (() => {}),
    signal: options.signal,
  };
}

/** Where go.mod and go.sum are: beside this file, or in the sources when this file is bundled into another folder. */
export function pinnedModuleFolder(): string {
  const beside = fileURLToPath(new URL('./k6-build/', import.meta.url));
  return existsSync(beside)
    ? beside
    : fileURLToPath(new URL('../scripts/engine/k6/k6-build/', import.meta.url));
}
