import { describe, expect, test } from 'vitest';
import { parseAddress } from '../reference/addresses.ts';
import { wireOf } from '../reference/dns-message.ts';
import { type Capture, decodeCapture, encodeCapture, fixtures } from '../support/captures.ts';
import { filterByCommand } from '../support/filter-by-command.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { allRules, filterFrames, hidingRules, type RulesText, shippedRules } from '../support/rules-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { findSecrets, renderSecrets } from './search.ts';
import { clientOf, decodeDns, KINDS, type Secret, secretsOf } from './secrets.ts';

const folder = temporaryFolder();

/**
 * The secrets of a capture that its rules claim to hide: all but names, and what stands in the names and in the A and AAAA records that are
 * kept. An address in a name that is no reverse name falls under `names` (docs/messages.md, 7), and one of a zone's hosts under `records`.
 */
function secretsUnder({ rules }: RulesText, capture: Capture, written: readonly (Uint8Array | undefined)[]): Secret[] {
  const kept = keptIn(written.filter((frame) => frame !== undefined));
  const truncates = JSON.stringify(rules).includes('truncate"');
  return secretsOf(capture.frames).filter((secret) => {
    if (secret.kind.startsWith('name')) return false;
    // What a prefix of 48 bits is cut to is that prefix.
    if (truncates && secret.kind === 'EDNS option' && secret.bytes.subarray(0, 4).equals(SUBNET_OF_48)) return false;
    return !kept.some((bytes) => findSecrets(bytes, [secret]).length > 0);
  });
}

const SUBNET_OF_48 = Buffer.of(0, 2, 48, 0);

/** The names but reverse ones, in text and in wire format, and the addresses of A and AAAA, of the messages in frames. */
function keptIn(frames: readonly Uint8Array[]): Buffer[] {
  const kept = new Set<string>();
  const visit = (value: unknown, key: string, type: unknown): void => {
    if (typeof value === 'string') {
      const isName = !/(^|\.)(in-addr|ip6)\.arpa(\.|$)/i.test(value);
      if (isName && key !== 'data') kept.add(value).add(Buffer.from(wireOf(value.split('.'))).toString('latin1'));
      if (key === 'data' && (type === 'A' || type === 'AAAA'))
        kept.add(Buffer.from(parseAddress(value)).toString('latin1'));
    } else if (typeof value === 'object' && value !== null && !Buffer.isBuffer(value)) {
      for (const [name, inner] of Object.entries(value)) visit(inner, name, (value as { type?: unknown }).type);
    }
  };
  for (const frame of frames) {
    const { query_message: query, response_message: response } = decodeWithProtobufjs(frame).message ?? {};
    for (const message of [query, response]) if (message !== undefined) visit(decodeDns(message), '', undefined);
  }
  return [...kept].map((text) => Buffer.from(text, 'latin1'));
}

/**
 * The places of frames that give away their own client: where `query_address` is equal to what it was. (A method leaves an address as it is
 * where it is public, or has no bits set behind the prefix; in the fixtures no client has such a one.)
 */
function openFrames(frames: readonly Uint8Array[], written: readonly (Uint8Array | undefined)[]): number[] {
  return [...frames.keys()].filter((place) => {
    const output = written[place];
    const client = clientOf(decodeWithProtobufjs(frames[place]));
    if (output === undefined || client === undefined) return false;
    const { message } = decodeWithProtobufjs(output);
    return Buffer.from(client).equals(message?.query_address ?? new Uint8Array());
  });
}

describe.each(hidingRules)('the rules $name', (file) => {
  test.each(fixtures)('leave nothing of the clients of $name', async (capture) => {
    const { bytes } = await filterByCommand(capture, file, folder);
    const written = filterFrames(capture.frames, file.rules);
    expect(decodeCapture(bytes)).toEqual(written.filter((frame) => frame !== undefined));
    expect(openFrames(capture.frames, written)).toEqual([]);
    expect(renderSecrets(findSecrets(bytes, secretsUnder(file, capture, written)))).toEqual([]);
  });
});

test('what every shipped file writes is searched', () => {
  expect(shippedRules.length).toBeGreaterThan(0);
  expect(shippedRules.filter((file) => !hidingRules.includes(file))).toEqual([]);
});

describe('the search finds what is there', () => {
  const keepAll = allRules.find(({ name }) => name === 'keep all') as RulesText;

  test.each(fixtures)('in $name as it is', (capture) => {
    const secrets = secretsOf(capture.frames);
    const found = findSecrets(capture.bytes, secrets);
    const kinds = new Set(found.map(({ kind }) => kind));
    // No answer to kdig had an address of kdig's in a text.
    const absent = capture.name === 'kdig.dnstap' ? ['address as text'] : [];
    expect(KINDS.filter((kind) => !kinds.has(kind))).toEqual(absent);
    for (const kind of ['IPv4 address', 'IPv6 address', 'EDNS option', 'name that was asked']) {
      const those = secrets.filter((secret) => secret.kind === kind);
      expect(found.filter((secret) => secret.kind === kind)).toHaveLength(those.length);
    }
  });

  test.each(fixtures)('in $name, every client but servers', ({ frames }) => {
    const clients = frames.flatMap((frame) => clientOf(decodeWithProtobufjs(frame)) ?? []).map(String);
    const searched = secretsOf(frames).filter(({ kind }) => kind === 'IPv4 address' || kind === 'IPv6 address');
    const addresses = new Set(searched.map(({ bytes }) => String(Uint8Array.from(bytes))));
    const servers = [...new Set(clients)].filter((client) => !addresses.has(client));
    expect(servers.filter((address) => !/^(172,27,53,|32,1,13,184,83,83,)/.test(address))).toEqual([]);
    expect(addresses.size).toBeGreaterThan(15);
  });

  test.each(fixtures)('in each frame of $name that keeps its client', (capture) => {
    const written = filterFrames(capture.frames, keepAll.rules);
    const places = openFrames(capture.frames, written);
    const clients = capture.frames.filter((frame) => clientOf(decodeWithProtobufjs(frame)) !== undefined);
    expect(places).toHaveLength(clients.length);
  });

  test('in a safe capture into which it is put', () => {
    const capture = fixtures.find(({ name }) => name === 'unbound.dnstap') as Capture;
    const file = shippedRules[0] as RulesText;
    const secrets = secretsOf(capture.frames);
    const safe = filterFrames(capture.frames, file.rules).filter((frame) => frame !== undefined);
    for (const secret of secrets) {
      const leaky = encodeCapture(safe.with(7, Uint8Array.from(Buffer.concat([safe[7] as Uint8Array, secret.bytes]))));
      expect(findSecrets(leaky, [secret])).toEqual([secret]);
    }
  });
});
