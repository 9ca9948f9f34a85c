import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ByteBuffer,
  CaptureReader,
  ControlType,
  compileRules,
  encodeControl,
  Filter,
  Key,
  parseRules,
} from 'tapfilter';
import { expect, test } from 'vitest';
import { run } from './support/command.ts';

const FIXTURE = join(import.meta.dirname, '../fixtures/bind-recursive.dnstap');

test('the package filters a capture as the command does', async () => {
  const rules = 'version: 1\ndefault: keep\nrules:\n  - set: { client_address: crypto-pan }\n';
  const key = Key.parse(Buffer.from('0123456789abcdef'.repeat(4)));
  const filter = new Filter(compileRules(parseRules(rules, { keyIsGiven: true }), key));
  const out = new ByteBuffer(65_536);
  const append = (bytes: Uint8Array) => out.append(bytes, 0, bytes.length);
  const capture = new CaptureReader((bytes, start, end) => filter.filterChunk(bytes, start, end, out));
  append(encodeControl(ControlType.start));
  capture.push(readFileSync(FIXTURE));
  capture.end();
  append(encodeControl(ControlType.stop));
  expect(filter.counters.framesWritten).toBe(1127);

  const shell = `printf '${rules.replaceAll('\n', '\\n')}' > "$TMP/r.yml"; "$@" --rules "$TMP/r.yml" --key-file "$TMP/k"`;
  const prepare =
    'TMP=$(mktemp -d); umask 077; printf 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef > "$TMP/k"; ';
  const { stdout } = await run([FIXTURE, '-'], { shell: `${prepare}${shell}; rm -r "$TMP"` });
  expect(stdout.equals(out.written())).toBe(true);
});
