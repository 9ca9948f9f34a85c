/** The wrong rules files in `wrong/`; beside each lies what people are told of it. */
import { readdirSync, readFileSync } from 'node:fs';

/** A file that is wrong in YAML, in shape or in meaning, never in two of them. */
export interface WrongFile {
  /** `duplicate-keys.yml` */
  readonly name: string;
  /** `duplicate keys` */
  readonly title: string;
  readonly text: string;
  /** Where the golden text of what people are told lies, relative to this folder. */
  readonly golden: string;
}

const folder = new URL('wrong/', import.meta.url);

export const wrongFiles: readonly WrongFile[] = readdirSync(folder)
  .filter((name) => name.endsWith('.yml'))
  .map((name) => ({
    name,
    title: name.replace('.yml', '').replaceAll('-', ' '),
    text: readFileSync(new URL(name, folder), 'utf8'),
    golden: `./wrong/${name.replace('.yml', '.txt')}`,
  }));
