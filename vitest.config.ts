import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/{e2e,accuracy,sabotage,bench}/**', 'node_modules/**'],
    testTimeout: 20_000,
  },
});
