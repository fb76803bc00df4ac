import type { BuildOptions } from 'esbuild';

/** Of every bundle that k6 runs. */
export const K6_BUILD = {
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  // k6's engine (Sobek) has all of ES2022 but async generators and for-await, which our sources do not use.
  // Declaring those as unsupported makes esbuild wrap every plain `yield*` too, at a cost on each request.
  target: 'es2022',
  supported: { 'logical-assignment': false },
  legalComments: 'none',
  logLevel: 'silent',
} satisfies BuildOptions;
