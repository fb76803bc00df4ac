// Bundles the CLI and its child processes into dist/. Node 20 has no type stripping, and one file a process
// starts faster than a tree of modules. esbuild itself stays a dependency: it bundles load scripts at run time;
// so does typescript, which checks orders in own code.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import ts from 'typescript';

const root = fileURLToPath(new URL('.', import.meta.url));
rmSync(`${root}dist`, { recursive: true, force: true });

await build({
  absWorkingDir: root,
  entryPoints: {
    cli: 'scripts/cli-main.ts',
    guardian: 'scripts/run/processes/guardian.ts',
    prober: 'scripts/prober/prober-main.ts',
    mocks: 'mock-services/process/main.ts',
    'demo-shop': 'mock-services/demo-shop/main.ts',
    kit: 'k6/kit.ts',
  },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  external: ['esbuild', 'typescript'],
  // CommonJS packages inside an ES module bundle still call require for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  legalComments: 'linked',
  logLevel: 'warning',
});

// What editors and compilers of others read of the kit (`import { order } from 'peakproof/k6'`).
const kit = ts.transpileDeclaration(readFileSync(`${root}k6/kit.ts`, 'utf8'), { fileName: 'kit.ts' });
writeFileSync(`${root}dist/kit.d.ts`, kit.outputText);
