import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] };

test('the package has every source of ours that a load script is bundled from when it is made', async () => {
  const { metafile } = await build({
    entryPoints: [
      'k6/main.ts',
      'k6/standalone/main.ts',
      'k6/standalone/program.ts',
      'k6/script/load.ts',
      'k6/script/canary.ts',
      'k6/kit.ts',
    ],
    bundle: true,
    metafile: true,
    write: false,
    outdir: 'unused',
    format: 'esm',
    external: ['k6', 'k6/*'],
    logLevel: 'silent',
  });
  const own = Object.keys(metafile.inputs).filter((path) => !path.startsWith('k6/'));
  expect(own.length).toBeGreaterThan(2);
  expect(own.toSorted()).toEqual(files.filter((path) => path.startsWith('scripts/core/')).toSorted());
});
