import { readFileSync } from 'node:fs';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { describeForeign } from '../../src/endpoints/recognize.ts';
import { bytesField, concat, field } from '../support/frames.ts';
import { hex } from '../support/hex.ts';
import { sampleBytes } from './workspace.ts';

const text = (value: string) => Buffer.from(value, 'utf8');

const MESSAGE = concat(field(1, 5), field(2, 1), field(3, 1), bytesField(4, hex`c0000201`), field(8, 1_700_000_000));
/** In the order of BIND, and in that of dnsdist, which writes the type before the message. */
const DNSTAP = concat(bytesField(1, 'server'), bytesField(2, 'BIND 9'), bytesField(14, MESSAGE), field(15, 1));
const DNSDIST = concat(bytesField(1, ''), bytesField(2, 'dnsdist'), field(15, 1), bytesField(14, MESSAGE));
const POWERDNS = concat(field(1, 1), bytesField(2, sampleBytes(16)), bytesField(3, 'server'), field(4, 1), field(5, 1));

const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const repeat = (bytes: Uint8Array, times = 20) => concat(...Array.from({ length: times }, () => bytes));

describe('what may be Frame Streams is not foreign', () => {
  test('a capture, and each beginning of one', () => {
    const capture = readFileSync(new URL('../../fixtures/bind-recursive.dnstap', import.meta.url));
    for (const length of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100, capture.length]) {
      expect(describeForeign(capture.subarray(0, length))).toBeUndefined();
    }
  });

  test('a control frame of any length that there is, and no other', () => {
    expect(describeForeign(hex`00000000 00000004 00000002`)).toBeUndefined();
    expect(describeForeign(hex`00000000 00000200 00000002`)).toBeUndefined();
    expect(describeForeign(hex`00000000 00000003 00000002`)).toBe('an unknown format');
    expect(describeForeign(hex`00000000 00000201 00000002`)).toBe('an unknown format');
    expect(describeForeign(hex`00000000 ffff`)).toBeDefined();
  });
});

describe('what is foreign is named', () => {
  const tar = Buffer.alloc(512);
  tar.write('a-file', 0);
  tar.write('ustar', 257);
  test.each<[string, string, Uint8Array]>([
    ['big-endian pcap', 'pcap capture', hex`a1b2c3d4 0002 0004`],
    ['little-endian pcap', 'pcap capture', hex`d4c3b2a1 0200 0400`],
    ['pcap with nanoseconds', 'pcap capture', hex`4d3cb2a1 0200 0400`],
    ['big-endian pcap with nanoseconds', 'pcap capture', hex`a1b23c4d 0002 0004`],
    ['pcapng', 'pcapng capture', hex`0a0d0d0a 1c000000 4d3c2b1a`],
    ['C-DNS', 'C-DNS', hex`83 65 432d444e53 a3`],
    ['C-DNS of unknown length', 'C-DNS', hex`9f 65 432d444e53 a3`],
    ['gzip in gzip', 'gzip data inside', zlib.gzipSync('x')],
    ['zstd in gzip', 'zstd data inside', hex`28b52ffd 2006`],
    ['xz', 'xz data', hex`fd377a585a00 0004`],
    ['zip', 'zip archive', hex`504b0304 1400`],
    ['tar', 'tar archive', tar],
    ['a program', 'ELF', readFileSync(process.execPath).subarray(0, 4096)],
    ['SQLite', 'SQLite', text('SQLite format 3\0....')],
    ['Parquet', 'Parquet', text('PAR1\x15\0')],
    ['a line of JSON', 'JSON', text('{"type":"CLIENT_QUERY"}\n')],
    ['JSON with a list', 'JSON', text(' [\n {"a": 1}]')],
    ['what dnstap -y writes', 'YAML', text('type: MESSAGE\nidentity: "server"\n---\n')],
    ['YAML with a marker', 'YAML', text('---\na: 1\n')],
    ['what dnstap-read writes', 'text file', text('11-Nov-2025 10:00:00.000 CQ 192.0.2.1:53 -> UDP 40b a/IN/A\n')],
    ['a log in UTF-8', 'text file', text('äöü: größer\n')],
    ['a text in UTF-16', 'text file', Buffer.from('\ufeffa log', 'utf16le')],
    ['zeros', 'zero bytes', Buffer.alloc(4096)],
    ['raw dnstap messages', 'raw dnstap', repeat(DNSTAP)],
    ['one raw dnstap message', 'raw dnstap', DNSTAP],
    ['raw messages of dnsdist', 'raw dnstap', repeat(DNSDIST)],
    ['dnstap without START', 'dnstap messages with 4-byte length', repeat(concat(uint32(DNSTAP.length), DNSTAP))],
    [
      'dnstap in 2-byte lengths',
      'dnstap messages with 2-byte',
      repeat(concat(Uint8Array.of(0, DNSTAP.length), DNSTAP)),
    ],
    ['delimited dnstap', 'dnstap messages with varint', repeat(concat(Uint8Array.of(DNSTAP.length), DNSTAP))],
    ['the log of PowerDNS', 'PowerDNS', repeat(concat(Uint8Array.of(0, POWERDNS.length), POWERDNS))],
    ['dnstap that does not fit its lengths', 'an unknown format', concat(Uint8Array.of(0, DNSTAP.length - 1), DNSTAP)],
    ['random bytes', 'an unknown format', sampleBytes(4096).map((byte) => byte ^ 0x9c)],
    ['one byte', 'an unknown format', hex`01`],
  ])('%s looks like %s', (_, phrase, bytes) => {
    expect(describeForeign(bytes)).toContain(phrase);
  });

  test('also when only the first bytes of a long message are there', () => {
    const long = concat(
      bytesField(1, 'server'),
      bytesField(2, 'BIND 9'),
      bytesField(14, Buffer.alloc(100_000)),
      field(15, 1),
    );
    expect(describeForeign(long)).toContain('raw dnstap');
    expect(describeForeign(concat(uint32(long.length), long))).toContain('4-byte');
  });

  test('wherever the first bytes are cut', () => {
    const raw = repeat(DNSTAP);
    const powerdns = concat(uint32(20 * POWERDNS.length).subarray(2), repeat(POWERDNS, 20));
    for (let length = DNSTAP.length; length < raw.length; length++) {
      expect(describeForeign(raw.subarray(0, length))).toContain('raw dnstap');
    }
    for (let length = POWERDNS.length; length < powerdns.length; length++) {
      expect(describeForeign(powerdns.subarray(0, length))).toContain('PowerDNS');
    }
  });

  test('but not as dnstap where a field has no place in it', () => {
    const [identity, version] = [bytesField(1, 'server'), bytesField(2, 'BIND 9')];
    for (const stranger of [field(4, 1), field(16, 1), field(17, 1), field(1, 1), bytesField(15, 'x')]) {
      const message = concat(identity, version, bytesField(14, MESSAGE), stranger);
      expect(describeForeign(message)).toBe('an unknown format');
      expect(describeForeign(concat(uint32(message.length), message))).toBe('an unknown format');
    }
  });

  test('and no byte of the file is shown', () => {
    const secret = 'client.example.net';
    for (const bytes of [text(secret), text(`{"${secret}": 1}`), repeat(bytesField(1, secret)), text(`${secret}: 1`)]) {
      expect(describeForeign(bytes)).toBeDefined();
      expect(describeForeign(bytes)).not.toContain('example');
    }
  });

  test('whatever the first bytes are, and however few', () => {
    for (let seed = 0; seed < 3000; seed++) {
      const bytes = sampleBytes(1 + (seed % 60), seed).map((byte, index) =>
        index % 3 === 0 ? byte >> (seed % 8) : byte,
      );
      const description = describeForeign(bytes);
      expect(description === undefined || /^[\x20-\x7e]+$/.test(description)).toBe(true);
    }
  });
});
