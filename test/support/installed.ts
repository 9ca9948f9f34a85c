/** Which programs of others are on this machine, and where those are to be had that are not. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs by name, and the package of Debian that has each. */
export type Packages = Readonly<Record<string, string>>;

/** Those that are not on this machine. */
export function missingPrograms(packages: Packages): string[] {
  return Object.keys(packages).filter((program) => !isOnPath(program));
}

/** Which of them are missing, and where they are to be had; '' where none is. */
export function describeMissing(packages: Packages): string {
  const missing = missingPrograms(packages);
  if (missing.length === 0) return '';
  const names = missing.map((program) => packages[program]).join(', ');
  return `these programs are not installed: ${missing.join(', ')}; Debian has them in the packages ${names}`;
}

/** Whether tests must be left out since programs are missing, which is then told. In CI none may be. */
export function leavesOut(file: string, packages: Packages): boolean {
  const text = describeMissing(packages);
  if (text === '') return false;
  if (process.env.CI !== undefined) throw new Error(`nothing may be left out in CI, and ${text}`);
  console.warn(`Left out of ${file}: what needs them; ${text}.`);
  return true;
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
