import { defineConfig } from 'vitest/config';

/** The folders whose tests start programs, of which some want their answers within a time: one file after the other. */
const PROGRAMS = [
  'cli',
  'endpoints',
  'jobs',
  'keys',
  'operations',
  'packaging',
  'peers',
  'relay',
  'rotation',
  'service',
  'spool',
];
const ofPrograms = PROGRAMS.map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    setupFiles: ['test/fixed-seed.ts'],
    coverage: { include: ['src/**'], reporter: ['text-summary', 'html'] },
    // Far more than any test takes, even where four machines share a core.
    testTimeout: 300_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'bytes',
          include: ['test/**/*.test.ts'],
          exclude: ofPrograms,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'programs', include: ofPrograms, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
