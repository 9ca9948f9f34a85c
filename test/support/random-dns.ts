/**
 * Random DNS messages for what is done inside of them: names that point to one another, records of every layout, options whole and broken,
 * the client's address in all places; and messages that were damaged. Made from a tape of numbers, so that a failure shrinks with it.
 */
import fc from 'fast-check';
import { concat } from './frames.ts';
import { ADDRESSES } from './handmade-frame.ts';
import { hex } from './hex.ts';

const MAX_POINTER_TARGET = 0x3fff;

const CLIENTS = [ADDRESSES.ipv4, ADDRESSES.otherIpv4, hex`0a 01 02 03`];
const CLIENTS_V6 = [ADDRESSES.ipv6, ADDRESSES.sixToFour, ADDRESSES.mapped];

const LABELS = [
  ...['www', 'Example', 'example', 'com', 'org', 'co', 'uk', 'corp', 'lan', '\0\xff.', 'x'.repeat(63), 'xn--p1ai'],
  ...['arpa', 'ARPA', 'in-addr', 'IN-Addr', 'ip6', 'ip7', 'home', 'in-addr2'],
  ...['0', '2', '192', '66', '255', '256', '01', '10', 'a', 'F', '8', 'd', 'g', '64/26'],
];

const NAMES = [
  ...['', 'www.example.com', 'WWW.Example.com', 'example.org', 'host.corp.example', 'phone.home.arpa', 'a.b.co.uk'],
  ...[
    '66.2.0.192.in-addr.arpa',
    '2.0.192.IN-ADDR.ARPA',
    '192.in-addr.arpa',
    'in-addr.arpa',
    '256.2.0.192.in-addr.arpa',
  ],
  ...['9.66.2.0.192.in-addr.arpa', '66.2.0.192.in-addr.arpa.corp.example', '01.0.192.in-addr.arpa', '10.in-addr.arpa'],
  ...['6.0.0.0.5.0.0.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa', '8.B.d.0.1.0.0.2.ip6.arpa'],
  ...['1.2.0.0.0.c.2.0.0.2.IP6.arpa', '2.4.2.0.0.0.0.c.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa'],
  ...['f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa', 'g.8.b.d.0.1.0.0.2.ip6.arpa'],
  ...['a.'.repeat(29), 'a.'.repeat(126), `${'y'.repeat(63)}.`.repeat(3), `${'z'.repeat(60)}.`.repeat(4)],
];

/** What stands before a pointer: pieces of the names of reverse zones, which may come together through several pointers. */
const ZONE_PIECES = [[], [], ['arpa'], ['in-addr'], ['IP6'], ['2', 'in-addr'], ['8', 'ip6'], ['66', '2', 'IN-ADDR']];

const TEXTS = [
  ...[
    'v=spf1 ip4:192.0.2.66 -all',
    'V=SPF1',
    'v=spf10 192.0.2.66',
    'at 192.0.2.66.',
    '12:34:56',
    'a:b:c:d:e:f',
    'std::x',
    '',
  ],
  ...[
    '1.2.3.4567 255.256.1.1',
    '2001:db8::6',
    '1.2.3.4.5',
    '0001.2.3.4',
    '300.1.2.3.4',
    'dead.beef:1.2.3.4',
    'x'.repeat(255),
  ],
];

const TYPES = [
  ...[1, 1, 1, 28, 28, 2, 5, 6, 12, 12, 15, 16, 16, 16, 33, 35, 39, 46, 46, 47, 50, 64, 65, 65, 24, 249, 250, 41],
  ...[3, 14, 17, 18, 21, 26, 30, 36, 38, 45, 55, 56, 58, 66, 99, 99, 107, 258, 260, 261, 262, 257, 65_280],
];

/** Makes one message of what the tape says. */
class Builder {
  readonly #tape: readonly number[];
  #position = 0;
  #octets: number[] = new Array<number>(12).fill(0);
  readonly #places: number[] = [];
  readonly #counts = [0, 0, 0, 0];
  #hasOpt = false;

  constructor(tape: readonly number[]) {
    this.#tape = tape;
  }

  build(): Uint8Array {
    for (let count = this.#next(8) === 0 ? this.#next(3) : 1; count > 0; count--) this.#question();
    if (this.#next(16) === 0) this.#filler();
    for (const section of [1, 2, 3]) {
      for (let count = this.#next(section === 1 ? 5 : 3); count > 0; count--)
        this.#record(section, this.#type(section));
    }
    if (!this.#hasOpt && this.#next(3) > 0) this.#record(3, 41);
    if (this.#next(4) === 0) this.#record(3, 250);
    const opcode = this.#next(16) === 0 ? this.#next(7) : 0;
    const header = [this.#next(256), this.#next(256), (opcode << 3) | this.#next(8), this.#next(256)];
    this.#octets.splice(0, 12, ...header, ...this.#counts.flatMap((count) => [count >> 8, count & 255]));
    return Uint8Array.from(this.#octets);
  }

  #next(below: number): number {
    const number = this.#tape[this.#position++ % this.#tape.length];
    return (number + Math.floor(this.#position / this.#tape.length)) % below;
  }

  #pick<Value>(values: readonly Value[]): Value {
    return values[this.#next(values.length)];
  }

  #type(section: number): number {
    const type = this.#pick(TYPES);
    return type === 41 && section < 3 ? 16 : type === 41 && this.#hasOpt && this.#next(8) > 0 ? 1 : type;
  }

  #put(...octets: number[]): void {
    this.#octets.push(...octets);
  }

  #number(value: number): void {
    this.#put(value >> 8, value & 255);
  }

  #question(): void {
    this.#counts[0]++;
    this.#name();
    this.#number(this.#pick([1, 12, 28, 255]));
    this.#number(1);
  }

  /** A record after which names stand on both sides of the last octet that a pointer reaches. */
  #filler(): void {
    this.#counts[1]++;
    const length = MAX_POINTER_TARGET - this.#octets.length - this.#next(256);
    this.#put(0, 0, 10, 0, 1, 0, 0, 0, 0);
    this.#number(length);
    for (let octet = 0; octet < length; octet++) this.#put(0);
  }

  #name(): void {
    const labels = this.#next(3) === 0 ? this.#labels() : this.#pick(NAMES).split('.').filter(Boolean);
    const target = this.#places.length > 0 && this.#next(2) === 0 ? this.#pick(this.#places.slice(-12)) : undefined;
    // Most names with a pointer have few labels of their own.
    const few = this.#next(2) === 0 ? labels.slice(0, this.#next(3)) : this.#pick(ZONE_PIECES);
    const own = target === undefined ? labels : few;
    for (const label of own) {
      this.#places.push(this.#octets.length);
      this.#put(label.length, ...Buffer.from(label, 'latin1'));
    }
    this.#places.push(this.#octets.length);
    if (target === undefined || target > MAX_POINTER_TARGET) this.#put(0);
    else this.#number(0xc000 | target);
  }

  #labels(): string[] {
    return Array.from({ length: this.#next(5) }, () => this.#pick(LABELS));
  }

  #record(section: number, type: number): void {
    this.#counts[section]++;
    if (type === 41) {
      this.#hasOpt = true;
      this.#put(0);
    } else this.#name();
    this.#number(type);
    this.#number(type === 1 && this.#next(12) === 0 ? 3 : 1);
    this.#put(0, 0, 1, 44);
    const lengthAt = this.#octets.length;
    this.#number(0);
    if (this.#next(24) > 0) this.#rdata(type);
    const length = this.#octets.length - lengthAt - 2;
    this.#octets[lengthAt] = length >> 8;
    this.#octets[lengthAt + 1] = length & 255;
  }

  #rdata(type: number): void {
    switch (type) {
      case 1:
        if (this.#octets.at(-7) === 3) {
          this.#name();
          this.#number(7);
        } else this.#put(...this.#pick([...CLIENTS, hex`cb 00 71 05`]));
        return;
      case 28:
        this.#put(...this.#pick([...CLIENTS_V6, hex`2001 0db8 0000 0000 0000 0000 0000 0001`]));
        return;
      case 16:
      case 56:
      case 99:
      case 258:
      case 261:
      case 262:
        for (let count = this.#next(3) + 1; count > 0; count--) {
          const text = this.#pick(TEXTS);
          this.#put(text.length, ...Buffer.from(text, 'latin1'));
        }
        return;
      case 41:
        for (let count = this.#next(5); count > 0; count--) this.#option();
        return;
      case 64:
      case 65:
        this.#number(1);
        this.#name();
        for (let count = this.#next(4); count > 0; count--) this.#parameter();
        return;
      default:
        this.#pieces(PIECES[type] ?? 'o');
    }
  }

  #pieces(pieces: string): void {
    for (const piece of pieces.split(' ')) {
      if (piece === 'n') this.#name();
      else if (piece === 's') this.#put(3, ...Buffer.from('abc'));
      else if (piece === 't') this.#number(this.#pick([1, 12, 16, 28, 46, 0]));
      else if (piece === 'o') this.#put(...Array.from({ length: this.#next(9) }, () => this.#next(256)));
      else this.#put(...new Array<number>(Number(piece)).fill(this.#next(256)));
    }
  }

  #option(): void {
    const code = this.#pick([8, 8, 8, 10, 3, 9, 11, 12, 15, 18, 20_292, 26_946, 65_001]);
    const data =
      code === 8 ? this.#subnet() : Array.from({ length: this.#pick([0, 1, 2, 4, 6, 8]) }, () => this.#next(256));
    this.#number(code);
    this.#number(data.length);
    this.#put(...data);
  }

  #subnet(): number[] {
    const isV4 = this.#next(3) > 0;
    const address = this.#pick(isV4 ? CLIENTS : CLIENTS_V6);
    const source =
      this.#next(4) === 0 ? this.#next(isV4 ? 34 : 130) : this.#pick(isV4 ? [24, 32, 20, 0] : [48, 56, 128, 96]);
    const octets = [...address.slice(0, Math.ceil(source / 8))];
    if (source % 8 > 0 && this.#next(4) > 0) octets[octets.length - 1] &= 0xff00 >> (source % 8);
    if (this.#next(24) === 0) octets.push(0);
    return [
      0,
      this.#next(24) === 0 ? this.#next(4) : isV4 ? 1 : 2,
      source,
      this.#pick([0, 24, 32, 255, 40]),
      ...octets,
    ];
  }

  #parameter(): void {
    const key = this.#pick([0, 1, 4, 4, 6, 6, 3]);
    const values: Readonly<Record<number, () => Uint8Array>> = {
      0: () => concat(this.#pick([hex`0004`, hex`0006`, hex`0001 0004`])),
      4: () => concat(...Array.from({ length: this.#next(3) }, () => this.#pick([...CLIENTS, hex`cb 00 71 05`]))),
      6: () => concat(...Array.from({ length: this.#next(3) }, () => this.#pick(CLIENTS_V6))),
    };
    const octets = values[key]?.() ?? hex`02 68 33`;
    this.#number(key);
    this.#number(octets.length);
    this.#put(...octets);
  }
}

const PIECES: Readonly<Record<number, string>> = {
  ...Object.fromEntries([2, 3, 5, 12, 39].map((type) => [type, 'n'])),
  6: 'n n 20',
  14: 'n n',
  15: '2 n',
  17: 'n n',
  18: '2 n',
  21: '2 n',
  24: 't 16 n o',
  26: '2 n n',
  30: 'n o',
  33: '6 n',
  35: '4 s s s n',
  36: '2 n',
  46: 't 16 n o',
  47: 'n o',
  58: 'n n',
  66: '5 n',
  107: '2 n',
  249: 'n o',
  250: 'n o',
};

const wholeMessage = fc.array(fc.nat(255), { minLength: 24, maxLength: 160 }).map((tape) => new Builder(tape).build());

/** A message cut short, or with a few octets overwritten, put in or taken out. */
const damagedMessage = fc
  .tuple(wholeMessage, fc.nat(), fc.nat(3), fc.uint8Array({ maxLength: 3 }))
  .map(([message, at, skipped, octets]) => {
    const place = at % (message.length + 1);
    return concat(message.slice(0, place), octets, message.slice(place + skipped));
  });

/** Messages, most of them whole. */
export const arbitraryDnsMessage: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: wholeMessage },
  { weight: 1, arbitrary: damagedMessage },
);
