import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/{e2e,accuracy,sabotage,bench}/**', 'node_modules/**'],
    // The long cases of `npm run verify` try ten times as many damages.
    testTimeout: process.env['PEAKPROOF_VERIFY'] === '1' ? 120_000 : 20_000,
    // No test changes a module; evaluating them anew for every file would take half as long again.
    isolate: false,
    // Most of them wait for timers and processes rather than for a core.
    maxWorkers: 3,
  },
});
