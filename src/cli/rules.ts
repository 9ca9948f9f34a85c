/** `tapfilter rules [NAME]`: the rules files to start from. */
import { ExitStatus } from './exit-status.ts';
import { listPackagedRules, readPackagedRules } from './packaged-rules.ts';
import { print } from './print.ts';

/** Prints the packaged file of that name, byte for byte, or without a name a line for each of them. Resolves to the exit status. */
export async function rulesCommand(name: string | undefined): Promise<number> {
  await print(name === undefined ? await renderList() : [await readPackagedRules(name)]);
  return ExitStatus.done;
}

async function renderList(): Promise<string[]> {
  const files = await listPackagedRules();
  const width = Math.max(...files.map(({ name }) => name.length));
  return files.map(({ name, purpose }) => `${name.padEnd(width)}  ${purpose}\n`);
}
