/**
 * A capture for measuring, as large as one likes, made of the frames in fixtures/ by a seed: message types in the proportions of
 * a busy resolver beside an authoritative server, query types in those that resolvers for everybody tell of, 120,000 IPv4 and 80,000 IPv6
 * clients, half of the frames from the 2,000 most active ones, a message ID and a host or an address of a reverse zone for each frame. Or a
 * hard one, for caches to be of no use: every client a new one, two thirds of them by IPv6, query types as the fixtures have them (a fifth
 * of the names are reverse ones), the largest answers and the most options.
 */
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { HEADER_LENGTH } from '../src/dns/header.ts';
import { scanName } from '../src/dns/name.ts';
import { scanQuestions } from '../src/dns/question.ts';
import { renderType } from '../src/dns/record-types.ts';
import { FrameScan } from '../src/dnstap/scan.ts';
import { MESSAGE_TYPES, MessageField } from '../src/dnstap/schema.ts';
import { CaptureReader } from '../src/framestream/capture.ts';
import { ControlType, encodeControl } from '../src/framestream/control.ts';
import { LENGTH_LENGTH, readLength } from '../src/framestream/length.ts';
import { ByteBuffer } from '../src/wire/byte-buffer.ts';
import { read16 } from '../src/wire/uint16.ts';

const FIXTURES = ['bind-recursive', 'bind-authoritative', 'unbound', 'knot', 'nsd'];

/** Frames of each type in a thousand. */
const MIX = { CQ: 375, CR: 375, AQ: 92, AR: 79, RQ: 40, RR: 37, UQ: 1, UR: 1 } as const;

/**
 * Query types in a thousand, rounded: A 55 to 60 in a hundred, AAAA 20 to 25, TXT and PTR 3 to 5 each
 * (https://www.dnslab.dev/learn/docs/infrastructure/query-volumes), HTTPS as browsers ask for it beside A and AAAA. The fixtures have as many
 * of each rare type as of a common one.
 */
const QUERY_TYPES = { A: 560, AAAA: 210, HTTPS: 100, PTR: 45, TXT: 35, other: 50 } as const;
type QueryType = keyof typeof QUERY_TYPES;

const IPV6_SHARE = { usual: 1 / 3, hard: 2 / 3 };
const CLIENTS = { ipv4: 120_000, ipv6: 80_000 };
const ACTIVE_SHARE = 0.01;

/** The longest of so many frames is taken, which brings the mean to what busy servers log: about 220 bytes. */
const DRAWS = { usual: 5, hard: 12 };

/** So many hosts have each domain; the first ones are asked for more often, as they are everywhere (Zipf). */
const HOSTS = 1_000_000;

export interface CaptureOptions {
  readonly seed: number;
  readonly kind: 'usual' | 'hard';
}

interface Template {
  /** The frame with its length. */
  readonly bytes: Uint8Array;
  /** Where the client's address stands, or 0 where there is none. */
  readonly address: number;
  readonly length: number;
  /** Where its DNS messages start. */
  readonly messages: readonly number[];
}

/** Writes a capture of at least `size` bytes to `path`. */
export async function writeCapture(path: string, size: number, { seed, kind }: CaptureOptions): Promise<void> {
  const random = generator(seed);
  const templates = readTemplates();
  const types = inProportion(MIX);
  const queryTypes = kind === 'hard' ? ['any'] : inProportion(QUERY_TYPES);
  const file = await open(path, 'w');
  const buffer = new ByteBuffer(4 << 20);
  let written = 0;
  let frames = 0;
  const start = encodeControl(ControlType.start);
  buffer.append(start, 0, start.length);
  while (written + buffer.length < size) {
    const type = types[Math.floor(random() * types.length)];
    const length = random() < IPV6_SHARE[kind] ? 16 : 4;
    const queryType = queryTypes[Math.floor(random() * queryTypes.length)];
    const keys = [`${type} ${length} ${queryType}`, `${type} 4 ${queryType}`, `${type} ${length} any`, `${type} 4 any`];
    const key = keys.find((one) => templates.has(one)) ?? '';
    const template = chooseLongest(templates.get(key) ?? [], DRAWS[kind], random);
    const at = buffer.length;
    buffer.append(template.bytes, 0, template.bytes.length);
    if (template.address > 0) {
      const client = kind === 'hard' ? frames : chooseClient(template.length, random);
      writeClient(buffer.bytes, at + template.address, template.length, client);
    }
    const id = Math.floor(random() * 2 ** 16);
    const host = Math.floor(HOSTS ** random());
    for (const message of template.messages) writeQuestion(buffer.bytes, at + message, id, host);
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

/** The words, each as often as its number says. */
function inProportion<Word extends string>(weights: Readonly<Record<Word, number>>): Word[] {
  return (Object.entries(weights) as [Word, number][]).flatMap(([word, weight]) => new Array<Word>(weight).fill(word));
}

/**
 * The frames of the fixtures by type, length of the client's address, and query type or `any`; those of a resolver count as they come.
 */
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
        const type = MESSAGE_TYPES[frame[message.value(MessageField.type)] - 1].mnemonic;
        const isResolver = type === 'RQ' || type === 'RR';
        const address = message.value(MessageField.queryAddress);
        const length = message.end(MessageField.queryAddress) - address;
        const messages = messagesOf(scan);
        const template = { bytes: frame, address: isResolver ? 0 : address, length, messages };
        for (const queryType of [queryTypeOf(frame, messages), 'any']) {
          const key = `${type} ${length} ${queryType}`;
          templates.set(key, [...(templates.get(key) ?? []), template]);
        }
      }
    });
    capture.push(readFileSync(join('fixtures', `${name}.dnstap`)));
  }
  return templates;
}

/** Where those messages start that have a question whose first label can be another one. */
function messagesOf({ bytes, message }: FrameScan): number[] {
  return [MessageField.queryMessage, MessageField.responseMessage]
    .filter((field) => message.has(field) && scanQuestions(bytes, message.value(field), message.end(field)) > 0)
    .map((field) => message.value(field));
}

/** The type of the first question. */
function queryTypeOf(bytes: Uint8Array, [message]: readonly number[]): QueryType {
  if (message === undefined) return 'other';
  const name = renderType(read16(bytes, scanName(bytes, message, message + HEADER_LENGTH, bytes.length)));
  return name in QUERY_TYPES ? (name as QueryType) : 'other';
}

function chooseLongest(candidates: readonly Template[], draws: number, random: () => number): Template {
  const draw = () => candidates[Math.floor(random() * candidates.length)];
  let longest = draw();
  for (let index = 1; index < draws; index++) {
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

/** Gives a message another ID, and its question the name of that host; a label keeps its length, and what it is made of. */
function writeQuestion(bytes: Uint8Array, message: number, id: number, host: number): void {
  bytes[message] = id >>> 8;
  bytes[message + 1] = id;
  const label = message + HEADER_LENGTH;
  const length = bytes[label];
  if (length > 63) return;
  let rest = Math.imul(host, 0x9e3779b1) >>> 0;
  for (let position = label + 1; position <= label + length; position++) {
    const octet = bytes[position];
    const isDigit = octet >= 0x30 && octet <= 0x39;
    const isLetter = (octet | 0x20) >= 0x61 && (octet | 0x20) <= 0x7a;
    // Only 1 and 0 in the place of digits: three of them are still an octet of an address.
    if (isDigit) bytes[position] = 0x30 + (position === label + 1 ? 1 : rest % 2);
    else if (isLetter) bytes[position] = (octet & 0xe0) + 1 + (length === 1 ? rest % 6 : rest % 26);
    rest = Math.floor(rest / 7) + position;
  }
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
