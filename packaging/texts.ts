/** Writes the manual page and the completions for shells: `node ... FOLDER`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '../package.json' with { type: 'json' };
import { createProgram } from '../src/cli/program.ts';
import { renderBash, renderFish, renderZsh } from './completions.ts';
import { renderManPage } from './man-page.ts';

/** Writes them to the folder. The page has no date of today, so that the same source makes the same page. */
export function writeTexts(folder: string): void {
  const program = createProgram(() => {});
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tapfilter.1'), renderManPage(program, manifest.version, ''));
  writeFileSync(join(folder, 'tapfilter.bash'), renderBash(program));
  writeFileSync(join(folder, '_tapfilter'), renderZsh(program));
  writeFileSync(join(folder, 'tapfilter.fish'), renderFish(program));
}
