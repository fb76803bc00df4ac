import type { Env } from '../run-command.ts';
import type { CacheFolder } from './k6-cache.ts';

/** What every way to a k6 is given. */
export interface K6Search {
  env: Env;
  /** As in `process.platform` and `process.arch`. */
  platform: string;
  arch: string;
  cache: CacheFolder;
  /** Folder of releases; `/v2.2.0/k6-v2.2.0-checksums.txt` is appended to it. */
  releaseBaseUrl: string;
  /** Folder with the go.mod and go.sum that pin k6 for a build. */
  goModuleFolder: string;
  limits: NetworkLimits;
  /** Plain lines; at least one every few seconds while something takes longer than that. */
  onProgress: (line: string) => void;
  signal?: AbortSignal | undefined;
}

export interface NetworkLimits {
  /** To the TCP (and TLS) connection. Default 3,000. */
  connectMs: number;
  /** To the whole answer to the first small question, all redirects included. Default 5,000. */
  firstAnswerMs: number;
  /** Without a single byte while downloading. Default 15,000. */
  stallMs: number;
}

/** A k6 that runs and is new enough. */
export interface FoundK6 {
  /** Absolute path of the executable. */
  path: string;
  /** As k6 prints it, e.g. `v2.2.0`. */
  version: string;
  /** env: `PEAKPROOF_K6`; path: `PATH`; cache: installed earlier; archive, go-build: installed just now. */
  from: 'env' | 'path' | 'cache' | 'archive' | 'go-build';
}

/** One way's result; `problem` is one line that says why it does not work. */
export type Attempt = { found: FoundK6 } | { problem: string };

/** How often a long wait says that it is still going. */
const STILL_WAITING_MS = 2_000;

/** Says `line()` every two seconds until `work` has ended. */
export async function withProgress<T>(
  search: Pick<K6Search, 'onProgress'>,
  line: () => string,
  work: () => Promise<T>,
): Promise<T> {
  const timer = setInterval(() => search.onProgress(line()), STILL_WAITING_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
