import { defineConfig } from 'vitest/config';

/** The folders whose tests start programs that want answers within a time: they are not tested beside what keeps every core busy. */
const CLOCKED = ['endpoints', 'operations', 'peers', 'relay', 'rotation', 'service', 'spool'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    setupFiles: ['test/setup.ts'],
    coverage: { include: ['src/**'], reporter: ['text-summary', 'html'] },
    // Far more than any test takes, even where four machines share a core.
    testTimeout: 300_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'bytes', include: ['test/**/*.test.ts'], exclude: CLOCKED, sequence: { groupOrder: 0 } },
      },
      { extends: true, test: { name: 'clocked', include: CLOCKED, sequence: { groupOrder: 1 } } },
    ],
  },
});
