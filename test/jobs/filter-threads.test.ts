import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { EndpointError } from '../../src/errors.ts';
import { FilterThreads } from '../../src/jobs/filter-threads.ts';
import { OverlappedWriter } from '../../src/jobs/overlapped-writer.ts';
import { compileRules } from '../../src/rules/compile.ts';
import type { RulesFile } from '../../src/rules/schema.ts';
import { captures, encodeCapture, handmadeCapture } from '../support/captures.ts';
import { type Run, run } from '../support/command.ts';
import { someKey } from '../support/some-rules.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
writeFileSync(join(folder, 'key'), someKey, { mode: 0o600 });

const RULES = {
  'pseudonyms of both roles, by day': `
version: 1
default: keep
key: { file: key, rotate: day }
rules:
  - { name: updates, match: { type: update }, action: drop }
  - set: { client_address: crypto-pan, server_address: crypto-pan, query_time: { truncate: 1m } }
`,
  'nothing changed': 'version: 1\ndefault: keep\nrules: [{ set: { unknown: keep } }]\n',
};

/** Enough of the frames for many pieces, all kinds of them in each. */
const frames = captures.flatMap((capture) => capture.frames);
const many = encodeCapture(Array.from({ length: 8 }, () => frames).flat());

async function filter(jobs: number, inputs: readonly string[], args: readonly string[], stdin?: Uint8Array) {
  const output = join(folder, `out-${jobs}.dnstap`);
  const command = [...inputs, '-o', output, '-f', '--jobs', String(jobs), '--summary', 'json', ...args];
  const result = await run(command, { cwd: folder, ...(stdin && { stdin }) });
  return { ...result, bytes: readFileSync(output) };
}

/** What a run has told, but for the time that it took. */
function told({ status, stderr }: Run): unknown {
  return { status, stderr: stderr.replace(/"seconds":[\d.]+/, '') };
}

async function expectTheSame(inputs: readonly string[], args: readonly string[], stdin?: Uint8Array) {
  const one = await filter(1, inputs, args, stdin);
  expect(one.bytes.length).toBeGreaterThan(50);
  for (const jobs of [2, 3]) {
    const other = await filter(jobs, inputs, args, stdin);
    expect(told(other)).toEqual(told(one));
    expect(Buffer.compare(other.bytes, one.bytes)).toBe(0);
  }
  return one;
}

describe('threads write the bytes that one thread writes, and count the same', () => {
  test.each(Object.entries(RULES))('by the rules "%s", from several inputs', async (_name, rules) => {
    writeFileSync(join(folder, 'rules.yml'), rules);
    writeFileSync(join(folder, 'many.dnstap'), many);
    writeFileSync(join(folder, 'handmade.dnstap'), handmadeCapture.bytes);
    const { status } = await expectTheSame(['many.dnstap', 'handmade.dnstap'], ['--rules', 'rules.yml']);
    // There are malformed frames among the hand-made ones.
    expect(status).toBe(3);
  });

  test('from captures that are cut, compressed, or come through standard input', async () => {
    writeFileSync(join(folder, 'rules.yml'), RULES['pseudonyms of both roles, by day']);
    writeFileSync(join(folder, 'cut.dnstap.gz'), gzipSync(many.subarray(0, many.length - 1000)));
    const args = ['--rules', 'rules.yml', '--max-frame', '2000', '--max-output-frame', '80'];
    const { stderr } = await expectTheSame(['cut.dnstap.gz', '-'], args, many);
    expect(stderr).toContain('it ends in the middle of a frame');
    expect(stderr).toContain('FRAME_TOO_LONG');
    expect(stderr).toContain('OUTPUT_FRAME_TOO_LONG');
  });

  test('where rules make much of little', async () => {
    const text = 'x'.repeat(1000);
    const set = ['identity', 'version', 'extra'].map((field) => `${field}: { replace: ${text} }`).join(', ');
    writeFileSync(join(folder, 'rules.yml'), `version: 1\ndefault: keep\nrules: [{ set: { ${set} } }]\n`);
    // Dnstap.message with type CLIENT_QUERY and a port, Dnstap.type MESSAGE.
    const tiny = Uint8Array.of(0x72, 0x04, 0x08, 0x05, 0x30, 0x35, 0x78, 0x01);
    writeFileSync(join(folder, 'tiny.dnstap'), encodeCapture(new Array(20_000).fill(tiny)));
    const { bytes } = await expectTheSame(['tiny.dnstap'], ['--rules', 'rules.yml']);
    expect(bytes.length).toBeGreaterThan(60_000_000);
  });
});

describe('a thread that is lost', () => {
  test.each([
    ['throws', 'throw Object.assign(new Error("192.0.2.1"), { code: "ERR_SOMETHING" })', 'ERR_SOMETHING'],
    ['ends', 'process.exit(0)', 'it ended'],
    ['is no program', 'this is none', 'SyntaxError'],
  ])('because it %s ends the run with an error that holds nothing of a capture', async (_title, program, reason) => {
    const output = {
      name: 'nowhere',
      write: async () => {},
      commit: async () => {},
      abort: async () => {},
      abortSync() {},
    };
    const file: RulesFile = { version: 1, default: 'keep' };
    const threads = new FilterThreads(
      { count: 2, program: new URL(`data:text/javascript,${encodeURIComponent(program)}`), file, key: undefined },
      compileRules(file),
      {},
      new OverlappedWriter(output),
    );
    threads.push(many, 34 + 8, many.length - 12);
    const finished = threads.finish();
    await expect(finished).rejects.toThrow(EndpointError);
    await expect(finished).rejects.toThrow(reason);
    await expect(finished).rejects.not.toThrow('192.0.2.1');
    threads.abort();
  });
});
