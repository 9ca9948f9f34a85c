import dnsPacket from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { fixtures } from '../support/captures.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { filterFrames, hidingRules } from '../support/rules-files.ts';
import { asksServers } from './methods-of-frame.ts';

/** Types whose records say nothing but names, numbers and addresses. */
const PLAIN = ['A', 'AAAA', 'NS', 'CNAME', 'MX', 'SRV', 'SOA', 'CAA', 'DS', 'DNSKEY'];
const ARPA = /(^|\.)(in-addr|ip6)\.arpa(\.|$)/i;

type Decoded = dnsPacket.DecodedPacket;
type Answer = NonNullable<Decoded['answers']>[number];

function decode(bytes: Uint8Array | undefined): Decoded | undefined {
  try {
    return bytes && dnsPacket.decode(Buffer.from(bytes));
  } catch {
    return undefined;
  }
}

function render(record: Answer): string {
  return JSON.stringify(record);
}

/** The records in which nothing has to change: no reverse name anywhere, and not the client's own address. */
function untouched(records: readonly Answer[] = [], client: string | undefined): string[] {
  return records
    .filter(({ type }) => PLAIN.includes(type))
    .map((record) => ({ record, text: render(record) }))
    .filter(
      ({ record, text }) => !ARPA.test(text.replaceAll('"', '.')) && (record as { data?: unknown }).data !== client,
    )
    .map(({ text }) => text);
}

function textOf(client: Uint8Array | undefined): string | undefined {
  return client?.length === 4 ? client.join('.') : undefined;
}

const SECTIONS = ['answers', 'authorities'] as const;
const HARMLESS = [8, 9, 11, 12, 15];

describe.each(hidingRules)('under the rules $name dns-packet finds in cleaned messages', (file) => {
  const mode = (field: 'query_message' | 'response_message') =>
    (file.rules.rules ?? []).some(({ set }) => set?.[field] === 'question');

  test.each(fixtures)('of $name the same but for what tells of clients', ({ frames }) => {
    const written = filterFrames(frames, file.rules);
    let messages = 0;
    for (const [place, frame] of frames.entries()) {
      const output = written[place];
      if (output === undefined) continue;
      const before = decodeWithProtobufjs(frame).message;
      const after = decodeWithProtobufjs(output).message;
      const client = asksServers(before?.type ?? '') ? undefined : textOf(before?.query_address);
      for (const field of ['query_message', 'response_message'] as const) {
        const [old, now] = [decode(before?.[field]), decode(after?.[field])];
        if (after?.[field] === undefined || old === undefined || mode(field)) continue;
        messages++;
        expect(now, `frame ${place}`).toBeDefined();
        expect(dnsPacket.decode.bytes, `frame ${place}`).toBe(after[field]?.length);
        expect([0, old.id], `frame ${place}`).toContain(now?.id);
        expect({ type: now?.type, flags: now?.flags }).toEqual({ type: old.type, flags: old.flags });
        const questions = (packet: Decoded | undefined) =>
          packet?.questions?.map((question) => (ARPA.test(question.name) ? question.type : question));
        expect(questions(now), `frame ${place}`).toEqual(questions(old));
        for (const section of SECTIONS) {
          expect(untouched(now?.[section], client), `frame ${place}`).toEqual(untouched(old[section], client));
        }
        const options = now?.additionals?.flatMap((record) => (record.type === 'OPT' ? record.options : [])) ?? [];
        expect(options.filter(({ code }) => !HARMLESS.includes(Number(code)))).toEqual([]);
      }
    }
    if (file.rules.default === 'keep') expect(messages).toBeGreaterThan(10);
  });
});
