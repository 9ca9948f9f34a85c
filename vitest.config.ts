import { defineConfig } from 'vitest/config';

/**
 * The folders whose tests start programs, which take what time they need; and those whose programs want answers within a time, which are
 * not tested beside what keeps every core busy.
 */
const PROGRAMS = ['cli', 'endpoints', 'jobs', 'keys', 'packaging', 'peers'];
const CLOCKED_PROGRAMS = ['operations', 'relay', 'rotation', 'service', 'spool'];

const testsIn = (folders: readonly string[]) => folders.map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    setupFiles: ['test/setup.ts'],
    coverage: { include: ['src/**'], reporter: ['text-summary', 'html'] },
    // Far more than any test takes, even where four machines share a core.
    testTimeout: 300_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'bytes',
          include: ['test/**/*.test.ts'],
          exclude: testsIn([...PROGRAMS, ...CLOCKED_PROGRAMS]),
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'programs', include: testsIn(PROGRAMS), maxWorkers: 2, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: 'clocked programs',
          include: testsIn(CLOCKED_PROGRAMS),
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
