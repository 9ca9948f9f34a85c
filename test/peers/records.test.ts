import { describe, expect, test } from 'vitest';
import type { PlainRules } from '../reference/rules.ts';
import { type Capture, encodeCapture, fixtures } from '../support/captures.ts';
import { filterByCommand } from '../support/filter-by-command.ts';
import { leavesOut } from '../support/installed.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { filterFrames } from '../support/rules-files.ts';
import { runProgram } from '../support/run-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const skips = leavesOut('test/peers/records.test.ts', {
  'dnstap-read': 'bind9-dnsutils',
  'dnstap-ldns': 'dnstap-ldns',
});

/** What one frame says by a reader: its message's questions and records, a line each, and the addresses in front of it. */
interface Shown {
  head: string;
  lines: string[];
}

interface MessageReader {
  name: string;
  read(path: string): Promise<Shown[]>;
}

const isRecord = (line: string) => /\s(IN|CH)\s/.test(line) && !line.includes(' -> ') && !line.includes(' <- ');

const READERS: readonly MessageReader[] = [
  {
    name: 'dnstap-read -p',
    async read(path) {
      const { stdout } = await runProgram('dnstap-read', ['-p', path]);
      return stdout.split(/^(?=\d\d-\w{3}-\d{4} )/m).map((text) => {
        const [head = '', ...rest] = text.split('\n');
        return { head, lines: rest.filter(isRecord) };
      });
    },
  },
  {
    name: 'dnstap-ldns -y',
    async read(path) {
      const { stdout } = await runProgram('dnstap-ldns', ['-y', '-r', path]);
      return stdout
        .split(/^---$/m)
        .filter((text) => text.trim() !== '')
        .map((text) => ({
          head: text,
          lines: text
            .split('\n')
            .filter(isRecord)
            .map((line) => line.trim()),
        }));
    },
  },
];

/** dnstap-ldns ends at the first UPDATE. */
const NO_UPDATES = { name: 'no updates', match: { opcode: 'UPDATE' }, action: 'drop' } as const;
const after = (...set: object[]) => ({ version: 1, default: 'keep', rules: [NO_UPDATES, ...set] });
const UNCHANGED = after();
const CLEANED = after({ set: { client_address: 'truncate' } });
const RENUMBERED = after({ set: { message_id: 'zero', edns: { other: 'remove' } } });

/** What cleaning may change: reverse names, texts, what signs; and whatever names the client. */
const MAY_CHANGE = /arpa\.|\s(TXT|SPF|TSIG|TKEY|RRSIG|SIG|NSEC3?)\s/i;

/** The frames whose messages cleaning does not remove as a whole, so that readers show as many of them before it and after it. */
function withMessages({ name, frames }: Capture): Capture {
  const cleaned = filterFrames(
    frames.map((frame) => frame.slice()),
    CLEANED as PlainRules,
  );
  const kept = frames.filter((_, index) => {
    const left = cleaned[index];
    if (left === undefined) return false;
    const { message } = decodeWithProtobufjs(left);
    return message?.query_message !== undefined || message?.response_message !== undefined;
  });
  return { name, frames: kept, bytes: encodeCapture(kept) };
}

async function shown(capture: Capture, rules: object, reader: MessageReader): Promise<Shown[]> {
  const text = JSON.stringify(rules);
  const { path, status, stderr } = await filterByCommand(
    capture,
    { name: '', text, rules: rules as PlainRules },
    folder,
  );
  expect(status, stderr).toBe(0);
  return reader.read(path);
}

describe.skipIf(skips)('records as other readers show them', () => {
  const captures = fixtures.map(withMessages);
  const cases = READERS.flatMap((reader) =>
    captures.map((capture) => ({ reader, capture, by: reader.name, of: capture.name })),
  );

  test.each(cases)('by $by are the same where options and ids alone change, in $of', async ({ reader, capture }) => {
    const before = await shown(capture, UNCHANGED, reader);
    const now = await shown(capture, RENUMBERED, reader);
    expect(now).toHaveLength(before.length);
    for (const [index, { lines }] of before.entries()) {
      if (lines.length > 0) expect(now[index]?.lines).toEqual(lines);
    }
    expect(before.flatMap(({ lines }) => lines).length).toBeGreaterThan(20);
  });

  test.each(cases)('by $by lose nothing but what cleaning takes, in $of', async ({ reader, capture }) => {
    const before = await shown(capture, UNCHANGED, reader);
    const now = await shown(capture, CLEANED, reader);
    expect(now).toHaveLength(before.length);
    let kept = 0;
    const wrong: string[] = [];
    for (const [index, { head, lines }] of before.entries()) {
      // BIND shows nothing of a message with an option that is wrong, and all of it once the option is gone.
      if (lines.length === 0) continue;
      const left = now[index]?.lines ?? [];
      const addresses = head.match(/(?:\d+\.){3}\d+|[\da-f:]*::?[\da-f:]+/g) ?? [];
      for (const line of lines) {
        if (left.includes(line)) kept++;
        else if (!MAY_CHANGE.test(line) && !addresses.some((address) => line.includes(address)))
          wrong.push(`lost: ${line}`);
      }
      for (const line of left) if (!lines.includes(line) && !MAY_CHANGE.test(line)) wrong.push(`new: ${line}`);
    }
    expect(wrong).toEqual([]);
    expect(kept).toBeGreaterThan(0);
  });
});
