/**
 * A capture for measuring, as large as one likes, made of the frames in fixtures/ by a seed: message types in the proportions of
 * a busy resolver beside an authoritative server, 120,000 IPv4 and 80,000 IPv6 clients, half of the frames from the
 * 2,000 most active ones. Or, for caches to be of no use, with every client a new one.
 */
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { FrameScan } from '../src/dnstap/scan.ts';
import { MESSAGE_TYPES, MessageField } from '../src/dnstap/schema.ts';
import { CaptureReader } from '../src/framestream/capture.ts';
import { ControlType, encodeControl } from '../src/framestream/control.ts';
import { LENGTH_LENGTH, readLength } from '../src/framestream/length.ts';
import { ByteBuffer } from '../src/wire/byte-buffer.ts';

const FIXTURES = ['bind-recursive', 'bind-authoritative', 'unbound', 'knot', 'nsd'];

/** Frames of each type in a thousand. */
const MIX = { CQ: 375, CR: 375, AQ: 92, AR: 79, RQ: 40, RR: 37, UQ: 1, UR: 1 } as const;
type Mnemonic = keyof typeof MIX;

const IPV6_SHARE = 1 / 3;
const CLIENTS = { ipv4: 120_000, ipv6: 80_000 };
const ACTIVE_SHARE = 0.01;

/** The longest of so many frames is taken, which brings the mean to what busy servers log: about 220 bytes. */
const DRAWS = 3;

export interface CaptureOptions {
  readonly seed: number;
  /** No client appears twice. */
  readonly isCold: boolean;
}

interface Template {
  /** The frame with its length. */
  readonly bytes: Uint8Array;
  /** Where the client's address stands, or 0 where there is none. */
  readonly address: number;
  readonly length: number;
}

/** Writes a capture of at least `size` bytes to `path`. */
export async function writeCapture(path: string, size: number, { seed, isCold }: CaptureOptions): Promise<void> {
  const random = generator(seed);
  const templates = readTemplates();
  const types = Object.entries(MIX).flatMap(([type, weight]) => new Array<Mnemonic>(weight).fill(type as Mnemonic));
  const file = await open(path, 'w');
  const buffer = new ByteBuffer(4 << 20);
  let written = 0;
  let frames = 0;
  const start = encodeControl(ControlType.start);
  buffer.append(start, 0, start.length);
  while (written + buffer.length < size) {
    const type = types[Math.floor(random() * types.length)];
    const length = random() < IPV6_SHARE ? 16 : 4;
    const candidates = templates.get(`${type} ${length}`) ?? templates.get(`${type} 4`) ?? [];
    const template = chooseLongest(candidates, random);
    const at = buffer.length;
    buffer.append(template.bytes, 0, template.bytes.length);
    if (template.address > 0) {
      const client = isCold ? frames : chooseClient(template.length, random);
      writeClient(buffer.bytes, at + template.address, template.length, client);
    }
    frames++;
    if (buffer.length > 2 << 20) {
      written += buffer.length;
      await file.write(buffer.written());
      buffer.length = 0;
    }
  }
  const stop = encodeControl(ControlType.stop);
  buffer.append(stop, 0, stop.length);
  await file.write(buffer.written());
  await file.close();
}

/** The frames of the fixtures by type and length of the client's address; those of a resolver count as they come. */
function readTemplates(): Map<string, Template[]> {
  const templates = new Map<string, Template[]>();
  const scan = new FrameScan();
  for (const name of FIXTURES) {
    const capture = new CaptureReader((bytes, start, end) => {
      for (let position = start; position < end; ) {
        const next = position + LENGTH_LENGTH + readLength(bytes, position);
        const frame = bytes.slice(position, next);
        position = next;
        if (scan.scan(frame, LENGTH_LENGTH, frame.length) !== 0) continue;
        const { message } = scan;
        const type = MESSAGE_TYPES[frame[message.value[MessageField.type]] - 1].mnemonic;
        const isResolver = type === 'RQ' || type === 'RR';
        const address = message.value[MessageField.queryAddress];
        const length = message.end[MessageField.queryAddress] - address;
        const key = `${type} ${length}`;
        templates.set(key, [
          ...(templates.get(key) ?? []),
          { bytes: frame, address: isResolver ? 0 : address, length },
        ]);
      }
    });
    capture.push(readFileSync(join('fixtures', `${name}.dnstap`)));
  }
  return templates;
}

function chooseLongest(candidates: readonly Template[], random: () => number): Template {
  const draw = () => candidates[Math.floor(random() * candidates.length)];
  let longest = draw();
  for (let draws = 1; draws < DRAWS; draws++) {
    const other = draw();
    if (other.bytes.length > longest.bytes.length) longest = other;
  }
  return longest;
}

/** The number of a client: in half of the cases that of an active one. */
function chooseClient(length: number, random: () => number): number {
  const clients = length === 4 ? CLIENTS.ipv4 : CLIENTS.ipv6;
  return Math.floor(random() * (random() < 0.5 ? clients * ACTIVE_SHARE : clients));
}

/** Writes the address of a client; the same number is always the same address, another number another one. */
function writeClient(bytes: Uint8Array, at: number, length: number, client: number): void {
  // Odd factors permute the numbers of 32 bits.
  const view = new DataView(bytes.buffer, at, length);
  for (let word = 0; word < length; word += 4) view.setUint32(word, Math.imul(client + 1, 0x9e3779b1 + 2 * word));
}

/** Numbers from 0 to 1 by a seed (Marsaglia's xorshift of 32 bits). */
function generator(seed: number): () => number {
  let state = (Math.imul(seed + 1, 0x9e3779b9) | 1) >>> 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}
