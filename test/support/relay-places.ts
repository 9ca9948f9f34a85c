/** Where a relay of a test listens and connects, and its rules. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RelayPlaces {
  /** A folder of its own. */
  folder: string;
  /** The paths of two sockets in it that nobody has made, and that of rules that keep everything. */
  input: string;
  output: string;
  rules: string;
}

/** Makes the folder and the rules. */
export function makeRelayPlaces(): RelayPlaces {
  const folder = mkdtempSync(join(tmpdir(), 'tapfilter-relay-'));
  const [input, output, rules] = ['in.sock', 'out.sock', 'rules.yml'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(rules, 'version: 1\ndefault: keep\n');
  return { folder, input, output, rules };
}
