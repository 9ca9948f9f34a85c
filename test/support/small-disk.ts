/** A file system that is soon full. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

const mounted = new Set<string>();

afterEach(() => {
  for (const path of mounted) {
    execFileSync('umount', ['--lazy', path]);
    rmdirSync(path);
  }
  mounted.clear();
});

/** Mounts one of so many KiB until the end of the test. Returns where, or undefined where this machine does not let us, as in CI it must. */
export function mountSmallDisk(size: number): string | undefined {
  const path = mkdtempSync(join(tmpdir(), 'tapfilter-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}k`, 'tmpfs', path], { stdio: 'ignore' });
  } catch (error) {
    rmdirSync(path);
    if (process.env.CI !== undefined) throw error;
    console.warn('Left out: what needs a small file system, which only root can mount.');
    return undefined;
  }
  mounted.add(path);
  return path;
}
