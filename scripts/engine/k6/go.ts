import { type Env, lastLine, runCommand } from '../run-command.ts';
import { findOnPath } from './installed-k6.ts';

/** The first `go` on PATH, asked without letting it fetch another toolchain. */
export interface Go {
  path: string;
  /** E.g. `go1.26.8`. */
  version: string;
  /** GOTOOLCHAIN; `local` forbids Go to fetch a newer one by itself. */
  toolchain: string;
  /** GOPROXY: a comma-separated list of addresses, `direct` or `off`. */
  proxies: string;
  /** GOMODCACHE. */
  moduleCache: string;
}

const ANSWER_WITHIN_MS = 10_000;

/** Finds Go; `problem` is one line. */
export async function findGo(env: Env, signal?: AbortSignal): Promise<Go | { problem: string }> {
  const path = await findOnPath('go', env);
  if (path === null) return { problem: 'no go on PATH' };
  const local = await ask(path, 'GOVERSION', { ...env, GOTOOLCHAIN: 'local' }, signal);
  if (typeof local !== 'string') return local;
  const settings = await ask(path, 'GOTOOLCHAIN GOPROXY GOMODCACHE', env, signal);
  if (typeof settings !== 'string') return settings;
  const [toolchain = '', proxies = '', moduleCache = ''] = settings.split('\n');
  const version = local.trim();
  if (goRelease(version) === null) return { problem: `${path} says its version is "${version}"` };
  return { path, version, toolchain, proxies, moduleCache };
}

async function ask(
  path: string,
  names: string,
  env: Env,
  signal?: AbortSignal,
): Promise<string | { problem: string }> {
  const result = await runCommand(path, ['env', ...names.split(' ')], {
    env,
    // Not the user's folder: a go.mod there would have a say.
    cwd: '/',
    timeoutMs: ANSWER_WITHIN_MS,
    signal,
  });
  if (result.problem === null) return result.stdout;
  return { problem: `${path} env ${result.problem}: ${lastLine(result.stderr)}` };
}

/** `go1.26.8` or `1.25.0` → [1, 26, 8]; null for what is not a Go version. */
function goRelease(version: string): [number, number, number] | null {
  const match = /^(?:go)?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : null;
}

/** The version in the `go` line of a go.mod. */
export function goLine(goMod: string): string | null {
  return /^go (\S+)$/m.exec(goMod)?.[1] ?? null;
}

/** What stands between this Go and a module that needs `needed`: nothing, a fetch of a newer Go, or everything. */
export function goFits(go: Pick<Go, 'version' | 'toolchain'>, needed: string): 'yes' | 'by-fetching' | 'no' {
  if (!isOlder(go.version, needed)) return 'yes';
  // Go learnt to fetch the version that a go.mod asks for in 1.21; `local` and a fixed name forbid it.
  const mayFetch = go.toolchain === 'auto' || go.toolchain.endsWith('+auto');
  return mayFetch && !isOlder(go.version, '1.21') ? 'by-fetching' : 'no';
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [goRelease(version), goRelease(than)];
  if (a === null || b === null) return true;
  return (a[0] - b[0] || a[1] - b[1] || a[2] - b[2]) < 0;
}
