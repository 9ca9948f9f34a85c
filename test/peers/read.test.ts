import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { fixtures, handmadeCapture } from '../support/captures.ts';
import { run } from '../support/command.ts';
import { dnsMessage, dnsQuestion, dnsRecord } from '../support/dns.ts';
import { hasDnstapRead, printedLines, printedText } from '../support/dnstap-read.ts';
import { handmadeFrames } from '../support/handmade.ts';
import { frameOf } from '../support/handmade-frame.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { missingText } from '../support/peers.ts';
import { arbitraryBrokenMessage, arbitraryMessage, realMessages } from '../support/random-messages.ts';
import { brokenData, recordData } from '../support/record-data.ts';
import { renderLines } from '../support/render-lines.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const scratch = join(folder, 'scratch.dnstap');

if (!hasDnstapRead) console.warn(`Left out of test/peers/read.test.ts: all of it; ${missingText}.`);

test.runIf(process.env.CI)('dnstap-read is installed', () => {
  expect(hasDnstapRead).toBe(true);
});

const TIME_ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'EST5EDT',
  'JST-9',
];

const SEED = 20_261_123;

describe.skipIf(!hasDnstapRead)('tapfilter read and dnstap-read print the same', () => {
  describe.each(fixtures)('of $name', ({ name, frames }) => {
    const path = join(import.meta.dirname, '../../fixtures', name);
    let theirs: (string | undefined)[] = [];

    beforeAll(async () => {
      theirs = await printedLines(frames, scratch);
    });

    test.each(TIME_ZONES)('in the time zone %s', async (TZ) => {
      const { status, stdout, stderr } = await run(['read', path], { shell: `TZ=${TZ} "$@"` });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const lines = stdout.toString('latin1').split(/(?<=\n)/);
      expect(lines).toHaveLength(frames.length);
      expect(lines.filter((_, place) => theirs[place] !== undefined).join('')).toBe(await printedText(path, TZ));
    });

    test('where it prints nothing, the DNS message has no question', () => {
      const leftOut = frames.filter((_, place) => theirs[place] === undefined);
      for (const frame of leftOut) {
        const { query_message, response_message } = decodeWithProtobufjs(frame).message ?? {};
        expect((query_message ?? response_message)?.slice(4, 6)).toEqual(Uint8Array.of(0, 0));
      }
      for (const line of renderLines(leftOut)) expect(line).toMatch(/^\d\d-Nov-2026 .* \?\/\?\/\?$/);
    });
  });

  test('of hand-made frames that are not malformed', async () => {
    const { frames } = handmadeCapture;
    const [ours, theirs] = [renderLines(frames), await printedLines(frames, scratch)];
    const malformed = new Set(['VARINT_INVALID', 'TAG_INVALID', 'FIELD_TRUNCATED', 'GROUP_INVALID']);
    let compared = 0;
    for (const { name, drop, bytes } of handmadeFrames.filter((frame) => frame.bytes.length > 0)) {
      const place = frames.indexOf(bytes);
      if (drop !== undefined && malformed.has(drop))
        expect(ours[place], name).toMatch(new RegExp(`^# frame .*: ${drop}$`));
      else if (theirs[place] !== undefined) {
        expect(ours[place], name).toBe(theirs[place]);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(300);
  });

  /** Compares messages in frames of their own. */
  async function compare(messages: readonly Uint8Array[]): Promise<void> {
    const frames = messages.map((bytes) => frameOf({ query_message: bytes }));
    const [ours, theirs] = [renderLines(frames), await printedLines(frames, scratch)];
    const different = messages.flatMap((bytes, place) => {
      // Of a message without question it prints nothing; we have no question to print.
      const expected = theirs[place] ?? ours[place]?.replace(/ \S+$/, ' ?/?/?');
      return ours[place] === expected ? [] : [{ message: Buffer.from(bytes).toString('hex'), theirs: theirs[place] }];
    });
    expect(different).toEqual([]);
    const read = theirs.filter((line) => line !== undefined && !line.endsWith('?/?/?'));
    expect(read.length, 'messages that it can read').toBeGreaterThan(messages.length / 20);
    expect(read.length, 'messages that it can read').toBeLessThan(messages.length);
  }

  test('of real DNS messages with bits flipped', async () => {
    // The regular expression in NAPTR is the one thing that is not looked into.
    const isLookedInto = (bytes: Uint8Array) => !Buffer.from(bytes).includes('sip');
    const broken = fc.sample(arbitraryBrokenMessage, { numRuns: 20_000, seed: SEED });
    await compare([...realMessages, ...broken].filter(isLookedInto));
  });

  test('of DNS messages with records in all places', async () => {
    await compare(fc.sample(arbitraryMessage, { numRuns: 20_000, seed: SEED }));
  });

  test('of DNS messages with data of records that are broken in all ways', async () => {
    const messages = recordData.flatMap(({ type, data }) =>
      data.flatMap(brokenData).map((bytes) => {
        const record = dnsRecord(type === 41 ? '' : type === 50 ? '0g0g' : 'x', type, bytes);
        const section = type === 41 ? { additionals: [record] } : { answers: [record] };
        return dnsMessage({ questions: [dnsQuestion('a')], ...section });
      }),
    );
    await compare(messages);
  });

  test('of every type, every class and every octet of a name', async () => {
    const numbers = Array.from({ length: 0x1_0000 }, (_, number) => number);
    const question = (...parts: Parameters<typeof dnsQuestion>) => dnsMessage({ questions: [dnsQuestion(...parts)] });
    const messages = [
      ...numbers.map((type) => question('a', type)),
      ...numbers.map((dnsClass) => question('a', 1, dnsClass)),
      ...numbers.slice(0, 256).map((octet) => question(Uint8Array.of(3, 97, octet, 98, 1, octet, 0))),
      dnsMessage({}),
    ];
    await compare(messages);
  });

  test('of IPv6 addresses with zeros anywhere', async () => {
    const groups = Array.from({ length: 256 }, (_, bits) =>
      Array.from({ length: 8 }, (_, place) => (bits >> place) & 1),
    );
    const frames = groups.flatMap((bits) =>
      [1, 0xffff].map((value) => {
        const address = new Uint8Array(16);
        for (const [place, bit] of bits.entries()) new DataView(address.buffer).setUint16(2 * place, bit * value);
        return frameOf({ query_address: address, response_address: address.slice(0, 4) });
      }),
    );
    expect(renderLines(frames)).toEqual(await printedLines(frames, scratch));
  });
});
