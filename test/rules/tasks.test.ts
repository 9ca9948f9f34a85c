import dnsPacket from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { parseRules } from '../../src/rules/parse.ts';
import type { PlainRules } from '../reference/rules.ts';
import { fixtures } from '../support/captures.ts';
import { documentedRules } from '../support/documented-rules.ts';
import { dnstapFrame, message } from '../support/frames.ts';
import { hex } from '../support/hex.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { filterFrames } from '../support/rules-files.ts';

const [oneCustomer, internalZones, oneDay] = documentedRules
  .filter(({ place, info }) => place.startsWith('docs/tasks.md') && info === 'yaml')
  .map(({ text }) => parseRules(text) as PlainRules);

interface Pair {
  before: ReturnType<typeof decodeWithProtobufjs>;
  after: ReturnType<typeof decodeWithProtobufjs> | undefined;
}

function filtered(frames: readonly Uint8Array[], rules: PlainRules | undefined): Pair[] {
  if (rules === undefined) throw new Error('the page has no such rules');
  const written = filterFrames(
    frames.map((frame) => frame.slice()),
    rules,
  );
  return frames.map((frame, index) => ({
    before: decodeWithProtobufjs(frame),
    after: written[index] && decodeWithProtobufjs(written[index]),
  }));
}

const all = fixtures.flatMap(({ frames }) => frames);
const CUSTOMER = [Buffer.from([203, 0, 113]), Buffer.from([0x20, 0x01, 0x0d, 0xb8, 0xb7, 0xe1])];
const isResolver = (type: string | undefined) => type === 'RESOLVER_QUERY' || type === 'RESOLVER_RESPONSE';
const startsWithCustomer = (address: Uint8Array = new Uint8Array(0)) =>
  CUSTOMER.some((prefix) => address.length >= 4 && prefix.equals(address.subarray(0, prefix.length)));

describe('the rules of docs/tasks.md', () => {
  test('hide one customer, and leave the addresses, ports and times of others', () => {
    const pairs = filtered(all, oneCustomer);
    const customers = { ipv4: 0, ipv6: 0 };
    let others = 0;
    for (const { before, after } of pairs) {
      const [was, is] = [before.message, after?.message];
      if (isResolver(String(was?.type))) continue;
      if (startsWithCustomer(was?.query_address)) {
        customers[was?.query_address?.length === 4 ? 'ipv4' : 'ipv6']++;
        expect(is?.query_address).toBeUndefined();
        expect(is?.query_port).toBeUndefined();
        expect(is?.query_time_nsec ?? 0).toBe(0);
      } else {
        others++;
        expect(is?.query_address).toEqual(was?.query_address);
        expect(is?.query_port).toBe(was?.query_port);
        expect(is?.query_time_nsec).toBe(was?.query_time_nsec);
      }
      const octets = [is?.query_message, is?.response_message].map((part) =>
        Buffer.from(part ?? []).toString('latin1'),
      );
      expect(octets.join()).not.toMatch(/\d+.113.0.203.in-addr|1.e.7.b.8.b.d.0.1.0.0.2.ip6/is);
    }
    expect(customers.ipv4).toBeGreaterThan(20);
    expect(customers.ipv6).toBeGreaterThan(20);
    expect(others).toBeGreaterThan(1000);
  });

  test('drop internal zones, and nothing that is asked of others', () => {
    const text = JSON.stringify(internalZones).replaceAll('corp.example', 'wild.example');
    const pairs = filtered(all, JSON.parse(text) as PlainRules);
    let dropped = 0;
    for (const { before, after } of pairs) {
      const message = before.message?.query_message ?? before.message?.response_message;
      let name: string | undefined;
      try {
        name = dnsPacket.decode(Buffer.from(message ?? [])).questions?.[0]?.name.toLowerCase();
      } catch {
        // Nobody knows what it asks, to dns-packet at least.
        continue;
      }
      const isInternal = name !== undefined && /(^|\.)(wild\.example|10\.in-addr\.arpa)$/.test(name);
      if (isInternal) dropped++;
      expect({ name, isWritten: after !== undefined }).toEqual({ name, isWritten: !isInternal });
    }
    expect(dropped).toBeGreaterThan(50);
  });

  test('keep clients linkable for one day', () => {
    const day = 86_400;
    const start = 1_763_856_000;
    const pseudonymsOn = (seconds: number) => pseudonyms(oneDay, seconds);
    const today = pseudonymsOn(start);
    expect(pseudonymsOn(start + day - 1)).toBe(today);
    expect(pseudonymsOn(start + day)).not.toBe(today);
    expect(pseudonymsOn(start - 1)).not.toBe(today);
  });
});

function pseudonyms(rules: PlainRules | undefined, seconds: number): string {
  if (rules === undefined) throw new Error('the page has no such rules');
  const frame = dnstapFrame({
    message: message({
      type: 5,
      socket_family: 1,
      query_address: hex`cb 00 71 07`,
      query_time_sec: seconds,
      query_port: 1,
    }),
  });
  const [written] = filterFrames([frame], rules);
  return Buffer.from(decodeWithProtobufjs(written ?? new Uint8Array(0)).message?.query_address ?? []).toString('hex');
}
