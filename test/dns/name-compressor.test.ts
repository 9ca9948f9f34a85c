import { expect, test } from 'vitest';
import { NameCompressor } from '../../src/dns/name-compressor.ts';
import { ByteBuffer } from '../../src/wire/byte-buffer.ts';

const HEADER = new Uint8Array(12);

const EXAMPLE = wireName('example');

function wireName(text: string): Uint8Array {
  const labels = text.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Uint8Array.from([...labels, 0]);
}

test('a name that stands where a pointer reaches is a pointer to its first place, among a few names and among many', () => {
  const names = Array.from({ length: 3000 }, (_, index) => wireName(`n${index}.example`));
  const compressor = new NameCompressor();
  const out = new ByteBuffer(64);
  out.append(HEADER, 0, HEADER.length);
  compressor.begin(out, 0);
  const places = names.map((name) => {
    const place = out.length;
    compressor.write(name, false);
    return place;
  });
  expect(places.at(-1)).toBeGreaterThan(0x3fff);
  for (const [index, name] of names.entries()) {
    const start = out.length;
    compressor.write(name, false);
    const place = places[index] as number;
    const own = name.length - EXAMPLE.length;
    const expected =
      place <= 0x3fff
        ? [0xc0 | (place >>> 8), place & 0xff]
        : [...name.subarray(0, own), 0xc0, HEADER.length + (names[0] as Uint8Array).length - EXAMPLE.length];
    expect([...out.bytes.subarray(start, out.length)]).toEqual(expected);
  }
});

test('no message finds a name of an earlier one, however many there were', () => {
  const compressor = new NameCompressor();
  const out = new ByteBuffer(64);
  const [odd, even] = [wireName('odd.example'), wireName('even.example')];
  for (let message = 1; message <= 140_000; message++) {
    out.length = 0;
    out.append(HEADER, 0, HEADER.length);
    compressor.begin(out, 0);
    const name = message % 2 === 0 ? even : odd;
    compressor.write(name, false);
    compressor.write(name, false);
    if (out.length !== HEADER.length + name.length + 2) throw new Error(`message ${message} has ${out.length} octets`);
  }
});
