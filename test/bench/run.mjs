// `npm run bench`: bundles the measurements and runs them; each compares two things side by side in one run.
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const entryPoints = {
  bench: 'test/bench/main.ts',
  'bench-analysis': 'test/bench/analysis/analysis-child.ts',
  'bench-bare-http': 'test/bench/mocks/bare-http-child.ts',
  'bench-collector': 'test/bench/collector/collector-child.ts',
  'bench-mocks': 'mock-services/process/main.ts',
};
await build({
  absWorkingDir: root,
  entryPoints,
  outdir: `${root}dist`,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  external: ['esbuild'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
await import(`${root}dist/bench.js`);
for (const name of Object.keys(entryPoints)) await rm(`${root}dist/${name}.js`);
