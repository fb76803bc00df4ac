import { defineConfig } from 'vitest/config';

// Real processes and real load: one file, one test at a time. Accuracy and sabotage register a few cases, and all of
// them with PEAKPROOF_VERIFY=1.
export default defineConfig({
  test: {
    include: ['test/{e2e,accuracy,sabotage}/**/*.test.ts'],
    globalSetup: ['test/e2e/get-k6.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
