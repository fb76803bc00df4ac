import { readFile } from 'node:fs/promises';
import { dirname, extname, join, sep } from 'node:path';
import type { Loader, OnLoadResult, Plugin } from 'esbuild';
import { sourceRoot } from './source-root.ts';

// How the imports of a user's script are found when it is bundled: `k6` and `k6/http` are those that note what fails
// (k6/script/), `peakproof/k6` is the kit, other modules of k6 are left to k6, and modules by address are fetched, so
// that they too get the `k6/http` that notes.

const REMOTE = 'remote';
const FETCH_WITHIN_MS = 30_000;
const WATCHED: Readonly<Record<string, string>> = { k6: 'k6.ts', 'k6/http': 'http.ts' };
const LOADERS: Readonly<Record<string, Loader>> = {
  '.js': 'js',
  '.cjs': 'js',
  '.mjs': 'js',
  '.jsx': 'jsx',
  '.ts': 'ts',
  '.cts': 'ts',
  '.mts': 'ts',
  '.tsx': 'tsx',
};

/** Name by which a script's `open` goes in the bundle, where a path must still be seen from the script's own folder. */
export const OPEN_FROM_HERE = '__peakproofOpen';

export function scriptModules(): Plugin {
  const own = join(sourceRoot(), 'k6') + sep;
  return {
    name: 'script-modules',
    setup(build) {
      build.onResolve({ filter: /^peakproof\/k6$/ }, () => ({ path: join(own, 'kit.ts') }));
      build.onResolve({ filter: /^k6(\/|$)/ }, ({ path, importer }) => {
        const watched = importer.startsWith(own) ? undefined : WATCHED[path];
        return watched === undefined ? { path, external: true } : { path: join(own, 'script', watched) };
      });
      build.onResolve({ filter: /^https?:\/\// }, ({ path }) => ({ path, namespace: REMOTE }));
      build.onResolve({ filter: /^\.{0,2}\//, namespace: REMOTE }, ({ path, importer }) => ({
        path: new URL(path, importer).href,
        namespace: REMOTE,
      }));
      build.onLoad({ filter: /./, namespace: REMOTE }, ({ path }) => fetched(path));
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
        if (path.startsWith(own)) return undefined;
        const text = await readFile(path, 'utf8');
        return { contents: openFrom(dirname(path)) + text.replace(/^#!/, '//'), loader: loaderOf(path) };
      });
    },
  };
}

/** On the script's first line, so that lines keep their numbers. */
function openFrom(folder: string): string {
  const base = JSON.stringify(folder + sep);
  return (
    `const ${OPEN_FROM_HERE} = (path, ...mode) => ` +
    `globalThis.open(/^([/\\\\]|[A-Za-z]:|file:)/.test(path) ? path : ${base} + path, ...mode); `
  );
}

async function fetched(address: string): Promise<OnLoadResult> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(FETCH_WITHIN_MS) });
    if (!response.ok) return { errors: [{ text: `${address} answered ${response.status}` }] };
    const loader = loaderOf(new URL(address).pathname);
    return { contents: await response.text(), loader };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { errors: [{ text: `can't get ${address}: ${String(cause)}` }] };
  }
}

function loaderOf(path: string): Loader {
  return LOADERS[extname(path)] ?? 'js';
}
