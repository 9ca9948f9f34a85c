/** A folder of its own for a test file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Makes a folder, which is removed when the tests of the file have run. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tapfilter-test-'));
  afterAll(() => rmSync(path, { recursive: true }));
  return path;
}
