import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/fixed-seed.ts'],
    coverage: { include: ['src/**'], reporter: ['text-summary', 'html'] },
    // Far more than any test takes, even where four machines share a core.
    testTimeout: 300_000,
  },
});
