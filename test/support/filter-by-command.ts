/** A capture through the built command, file to file. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Capture } from './captures.ts';
import { type Run, run } from './command.ts';
import type { RulesText } from './rules-files.ts';
import { someKey } from './some-rules.ts';

/** The part of `--summary json` that tests of whole captures look at. */
export interface Summary {
  frames: { read: number; written: number };
  bytes: { read: number; written: number };
}

/** What became of a capture. `path` is the file that was written, `bytes` what is in it. */
export interface Filtered extends Run {
  path: string;
  bytes: Uint8Array;
  summary: Summary;
}

let runs = 0;

/** Filters a capture with files in `folder` under `someKey`, and throws where the command wrote no file or no summary. */
export async function filterByCommand(capture: Capture, rules: RulesText, folder: string): Promise<Filtered> {
  const place = join(folder, `${runs++}`);
  const path = `${place}-out.dnstap`;
  await writeFile(`${place}-in.dnstap`, capture.bytes);
  await writeFile(`${place}.yml`, rules.text);
  await writeFile(`${place}.key`, someKey, { mode: 0o600 });
  const files = [`${place}-in.dnstap`, path, '--rules', `${place}.yml`, '--key-file', `${place}.key`];
  const result = await run([...files, '--summary', 'json']);
  const line = result.stderr.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`tapfilter ended with ${result.status}: ${result.stderr}`);
  return { ...result, path, bytes: new Uint8Array(await readFile(path)), summary: JSON.parse(line) as Summary };
}
