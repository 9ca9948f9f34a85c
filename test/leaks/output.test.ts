import { describe, expect, test } from 'vitest';
import { type Capture, decodeCapture, encodeCapture, fixtures } from '../support/captures.ts';
import { filterByCommand } from '../support/filter-by-command.ts';
import { decodeWithProtobufjs } from '../support/oracle.ts';
import { allRules, filterFrames, hidingRules, type RulesText, shippedRules } from '../support/rules-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { findSecrets, renderSecrets } from './search.ts';
import { clientOf, KINDS, type Secret, secretsOf } from './secrets.ts';

const folder = temporaryFolder();

/** The secrets of a capture but those names of zones that the rules give away by their own word. */
function secretsUnder({ rules }: RulesText, { frames }: Capture): Secret[] {
  const keepsZones = rules.rules?.some(({ set }) => set?.query_zone === 'keep') ?? false;
  if (!keepsZones) return secretsOf(frames);
  const zones = frames.map((frame) => decodeWithProtobufjs(frame).message?.query_zone ?? new Uint8Array());
  const open = Buffer.concat(zones).toString('latin1').toLowerCase();
  const isOpen = ({ kind, bytes }: Secret) => kind === 'name that was asked' && open.includes(bytes.toString('latin1'));
  return secretsOf(frames).filter((secret) => !isOpen(secret));
}

/**
 * The places of frames that give away their own client, or a DNS message. The client is given away where `query_address`
 * is equal to what it was. (A method leaves an address as it is where it is public, or has no bits set behind the prefix; in
 * the fixtures no client has such a one.)
 */
function openFrames(frames: readonly Uint8Array[], written: readonly (Uint8Array | undefined)[]): number[] {
  return [...frames.keys()].filter((place) => {
    const output = written[place];
    if (output === undefined) return false;
    const { message } = decodeWithProtobufjs(output);
    const client = clientOf(decodeWithProtobufjs(frames[place]));
    const isSame = client !== undefined && Buffer.from(client).equals(message?.query_address ?? new Uint8Array());
    return isSame || message?.query_message !== undefined || message?.response_message !== undefined;
  });
}

describe.each(hidingRules)('the rules $name', (file) => {
  test.each(fixtures)('leave nothing of the clients of $name', async (capture) => {
    const { bytes } = await filterByCommand(capture, file, folder);
    const written = filterFrames(capture.frames, file.rules);
    expect(decodeCapture(bytes)).toEqual(written.filter((frame) => frame !== undefined));
    expect(openFrames(capture.frames, written)).toEqual([]);
    expect(renderSecrets(findSecrets(bytes, secretsUnder(file, capture)))).toEqual([]);
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

  test.each(fixtures)('in each frame of $name that keeps its client or its messages', (capture) => {
    const written = filterFrames(capture.frames, keepAll.rules);
    const places = openFrames(capture.frames, written);
    expect(places).toHaveLength(capture.frames.length);
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
