import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Key } from '../../src/anonymize/key.ts';
import { parseMessage, wireOf } from '../reference/dns-message.ts';
import { cryptoPan } from '../reference/pseudonyms.ts';
import type { PlainRules } from '../reference/rules.ts';
import { clean, sampleTraceKey } from '../support/clean-message.ts';
import { dnsMessage, dnsQuestion, dnsRecord } from '../support/dns.ts';
import { concat, dnstapFrame, MESSAGE_TYPES, message } from '../support/frames.ts';
import { renderHex } from '../support/hex.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { filterFrames } from '../support/rules-files.ts';
import { someKey } from '../support/some-rules.ts';

// Somebody who can send queries, and who will see the capture, wants the pseudonym of an address of his choice.

const key = Uint8Array.from(Buffer.from(sampleTraceKey, 'hex'));
const set = { client_address: 'crypto-pan' } as const;
const arbitraryAddress = fc.uint8Array({ minLength: 4, maxLength: 4 });
const attacker = Uint8Array.of(203, 0, 113, 5);

/** The subnet that stands for the address in what is written. */
function writtenSubnet(address: Uint8Array, bits: number, around: Parameters<typeof clean>[1]): Uint8Array {
  const octets = address.slice(0, Math.ceil(bits / 8));
  const option = concat(Uint8Array.of(0, 8, 0, 4 + octets.length, 0, 1, bits, 0), octets);
  const query = dnsMessage({ questions: [dnsQuestion('www.example.com')], additionals: [dnsRecord('', 41, option)] });
  const [, opt] = parseMessage(clean(query, around)?.message ?? query)?.items ?? [];
  const [piece] = opt?.rdata ?? [];
  if (piece?.kind !== 'pair') throw new Error('no subnet was written');
  return piece.data.slice(4);
}

/** The labels that stand for the reverse name of the address in what is written. */
function writtenLabels(address: Uint8Array, around: Parameters<typeof clean>[1]): string[] {
  const name = `${[...address].reverse().join('.')}.in-addr.arpa`;
  const query = dnsMessage({ questions: [dnsQuestion(wireOf(name.split('.')), 12)] });
  return parseMessage(clean(query, around)?.message ?? query)?.items[0]?.name?.labels ?? [];
}

const reverseOf = (address: Uint8Array) => [...[...address].reverse().map(String), 'in-addr', 'arpa'];

describe('a chosen address in a query does not yield its pseudonym as a client:', () => {
  test('as a subnet', () => {
    fc.assert(
      fc.property(arbitraryAddress, (address) => {
        fc.pre(renderHex(address) !== renderHex(attacker));
        const written = writtenSubnet(address, 32, { set, client: attacker });
        expect(renderHex(written)).not.toBe(renderHex(cryptoPan(key, address)));
      }),
    );
  });

  test('as a subnet in RQ and RR, which have no client', () => {
    for (const type of ['RQ', 'RR'] as const) {
      const written = writtenSubnet(attacker, 32, { set, client: attacker, type });
      expect(renderHex(written)).not.toBe(renderHex(cryptoPan(key, attacker)));
    }
  });

  test('as a reverse name, and be it his own', () => {
    fc.assert(
      fc.property(arbitraryAddress, (address) => {
        const written = writtenLabels(address, { set, client: attacker });
        expect(written).not.toEqual(reverseOf(cryptoPan(key, address)));
      }),
    );
    expect(writtenLabels(attacker, { set, client: attacker })).not.toEqual(reverseOf(cryptoPan(key, attacker)));
  });
});

describe('an address that is known does not yield the pseudonym of its network as one of clients:', () => {
  const net = attacker.with(3, 0);
  const network = (address: Uint8Array) => renderHex(address.slice(0, 3));

  test.each([
    ['is public', { set, public: { addresses: ['203.0.113.5'] } }],
    ['is in clear', { set: { client_address: 'keep', edns: { client_subnet: 'crypto-pan' } } }],
    ['is cut', { set: { client_address: 'truncate', edns: { client_subnet: 'crypto-pan' } } }],
    ['is of a forwarder', { set, type: 'FQ' }],
  ] as const)('as a subnet, where the client %s', (_, around) => {
    const written = writtenSubnet(net, 24, { ...around, client: attacker });
    expect(network(written)).not.toBe(network(net));
    expect(network(written)).not.toBe(network(cryptoPan(key, attacker)));
  });

  test.each(['FQ', 'FR'] as const)('as the forwarder of %s, unless under maps: one', (type) => {
    const pseudonym = (keySection: object) => {
      const section = { ephemeral: true, ...keySection } as const;
      const rules: PlainRules = { version: 1, default: 'keep', key: section, rules: [{ set }] };
      const values = { type: MESSAGE_TYPES[type], query_address: attacker };
      const [written] = filterFrames([dnstapFrame({ type: 1, message: message(values) })], rules);
      return renderHex(decodeWithProtobufjs(written as Uint8Array).message?.query_address as Uint8Array);
    };
    const asClient = renderHex(cryptoPan(Uint8Array.from(someKey), attacker));
    expect(pseudonym({})).not.toBe(asClient);
    expect(pseudonym({})).not.toBe(renderHex(attacker));
    expect(pseudonym({ maps: 'one' })).toBe(asClient);
  });
});

test('under maps: one it does, which is what that is for', () => {
  fc.assert(
    fc.property(arbitraryAddress, (address) => {
      const around = { set, client: attacker, key: { maps: 'one' } };
      expect(renderHex(writtenSubnet(address, 32, around))).toBe(renderHex(cryptoPan(key, address)));
      expect(writtenLabels(address, around)).toEqual(reverseOf(cryptoPan(key, address)));
    }),
  );
});

test('a subnet that covers its own client is the beginning of the pseudonym of the client, of whatever length', () => {
  fc.assert(
    fc.property(arbitraryAddress, fc.integer({ min: 1, max: 32 }), (address, bits) => {
      const mask = BigInt(2 ** 32) - (1n << BigInt(32 - bits));
      const cut = (octets: Uint8Array) => {
        const value = BigInt(`0x${renderHex(octets).replaceAll(' ', '')}`) & mask;
        return Uint8Array.from(Buffer.from(value.toString(16).padStart(8, '0'), 'hex'));
      };
      const written = writtenSubnet(cut(address), bits, { set, client: address });
      const pseudonym = cut(cryptoPan(key, address)).slice(0, Math.ceil(bits / 8));
      expect(renderHex(written)).toBe(renderHex(pseudonym));
    }),
  );
});

test('the key of these tests is the one that files hold', () => {
  expect(Key.parse(Buffer.from(sampleTraceKey)).bytes()).toEqual(key);
});
