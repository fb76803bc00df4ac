import { copyFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Env, lastLine, runCommand } from '../run-command.ts';
import { unreachable } from './download.ts';
import { findGo, type Go, goFits, goLine } from './go.ts';
import { cachedK6, installIntoCache } from './k6-cache.ts';
import { type Attempt, type K6Search, withProgress } from './k6-search.ts';
import { checkPinnedK6, K6_VERSION } from './k6-version.ts';

const K6_MODULE = 'go.k6.io/k6/v2';
/** The linker is the longest that Go says nothing: 10 s here, more on a busy machine. */
const SILENCE_MS = 180_000;

/** Way 4: a build from the pinned module; 70 s on 2 cores from nothing. Kept in the cache. */
export async function k6FromGo(search: K6Search): Promise<Attempt> {
  const go = await findGo(search.env, search.signal);
  if ('problem' in go) return go;
  const needed = goLine(await readFile(join(search.goModuleFolder, 'go.mod'), 'utf8'));
  if (needed === null) return { problem: `${search.goModuleFolder}/go.mod has no go line` };
  const fits = goFits(go, needed);
  const older = `${go.path} is ${go.version}, older than go${needed}, which k6 ${K6_VERSION} needs`;
  if (fits === 'no') return { problem: older };
  if (fits === 'by-fetching') search.onProgress(`${older}; it will fetch a newer Go by itself`);
  const offline = await withoutModules(go, search);
  if (offline !== null) return { problem: offline };

  const target = cachedK6(search.cache.path, search.platform, search.arch);
  const refused = await installIntoCache(target, search.cache, (workFolder) => build(go, workFolder, search));
  if (refused !== null) return refused;
  search.onProgress(`k6 ${K6_VERSION} is now in ${search.cache.path}`);
  return { found: { path: target, version: K6_VERSION, from: 'go-build' } };
}

/** Go itself waits 30 s and more for a network that swallows packets; asked before, it costs 5 s. */
async function withoutModules(go: Go, search: K6Search): Promise<string | null> {
  const zip = join(go.moduleCache, 'cache/download', K6_MODULE, '@v', `${K6_VERSION}.zip`);
  const isCached = await stat(zip).then(
    () => true,
    () => false,
  );
  if (isCached) return null;
  const proxy = go.proxies.split(/[,|]/)[0] ?? '';
  // `direct`, `off` and file: addresses are Go's own business.
  if (!proxy.startsWith('http') || !URL.canParse(proxy)) return null;
  const url = new URL(`${proxy.replace(/\/$/, '')}/${K6_MODULE}/@v/${K6_VERSION}.info`);
  // Any answer shows that it is there, "unauthorized" too.
  url.username = '';
  url.password = '';
  const problem = await unreachable(url.href, search);
  return problem === null ? null : `the Go module proxy cannot be reached: ${problem}`;
}

async function build(go: Go, workFolder: string, search: K6Search): Promise<string | { problem: string }> {
  for (const file of ['go.mod', 'go.sum']) {
    await copyFile(join(search.goModuleFolder, file), join(workFolder, file));
  }
  const phase = buildPhase();
  const startedAtMs = performance.now();
  const line = (): string => {
    const elapsedSec = Math.round((performance.now() - startedAtMs) / 1_000);
    return `building k6 ${K6_VERSION} with ${go.version}: ${phase.text()}, ${elapsedSec} s`;
  };
  search.onProgress(`building k6 ${K6_VERSION} with ${go.version}, about a minute or two`);
  const args = ['build', '-v', '-trimpath', '-o', 'k6', K6_MODULE];
  const built = await withProgress(search, line, () =>
    runCommand(go.path, args, {
      env: buildEnv(search.env, workFolder),
      cwd: workFolder,
      silenceMs: SILENCE_MS,
      onLine: phase.read,
      signal: search.signal,
    }),
  );
  if (built.problem !== null) {
    return { problem: `go build ${built.problem} (${phase.text()}): ${lastLine(built.stderr)}` };
  }
  const unpinned = await changedSums(search.goModuleFolder, workFolder);
  if (unpinned !== null) return { problem: unpinned };
  const binary = join(workFolder, 'k6');
  return (await checkPinnedK6(binary, search.env, search.signal)) ?? binary;
}

/** What of the user's Go settings must not change the build; everything else (proxies, caches) is kept. */
export function buildEnv(env: Env, workFolder: string): Env {
  return {
    ...env,
    // go.mod lists k6 alone: `-mod=mod` lets Go fill in the rest, all of it held by go.sum.
    GOFLAGS: env.HOME ? '-mod=mod' : '-mod=mod -modcacherw',
    GO111MODULE: 'on',
    GOWORK: 'off',
    // As in k6's releases; without a C compiler too.
    CGO_ENABLED: '0',
    GOOS: undefined,
    GOARCH: undefined,
    GOTMPDIR: workFolder,
    // Without a home Go has no folder for its caches and refuses to start.
    ...(env.HOME
      ? {}
      : {
          GOCACHE: env.GOCACHE || join(workFolder, 'build'),
          GOPATH: env.GOPATH || join(workFolder, 'path'),
        }),
  };
}

/** `-mod=mod` also adds sums that go.sum lacks; a build that needed one was not pinned. */
async function changedSums(pinnedFolder: string, workFolder: string): Promise<string | null> {
  const [pinned, used] = await Promise.all(
    [pinnedFolder, workFolder].map(async (folder) =>
      (await readFile(join(folder, 'go.sum'), 'utf8')).split('\n'),
    ),
  );
  const known = new Set(pinned);
  const added = used?.find((sum) => !known.has(sum));
  return added === undefined
    ? null
    : `the build used ${added.split(' ')[0]}, which go.sum does not pin; not used`;
}

/** Reads what `go build -v` prints: a line for each download, then the name of each package as it is compiled. */
export function buildPhase(): { read: (line: string) => void; text: () => string } {
  let downloads = 0;
  let packages = 0;
  let isLinking = false;
  return {
    read: (line) => {
      if (line.startsWith('go: downloading ')) downloads += 1;
      else if (line === K6_MODULE) isLinking = true;
      else if (line !== '' && !line.startsWith('go: ')) packages += 1;
    },
    text: () => {
      if (isLinking) return `linking ${packages} packages`;
      if (packages > 0) return `compiling, ${packages} packages so far`;
      return downloads > 0 ? `downloading, ${downloads} modules so far` : 'reading the module';
    },
  };
}
