/** A DNS message as plain objects, for the reference (docs/messages.md, section 2). Labels are strings, a character an octet. */

/** A name, and how it stands in the message: from `at` on, with its first `own` labels before a pointer or the root label. */
export interface Name {
  labels: string[];
  at: number;
  own: number;
}

/** A piece of rdata, which stands at `at`. An `n` is written in full, an `N` may be compressed. */
export type Piece =
  | { kind: 'octets'; at: number; octets: Uint8Array }
  | { kind: 'n' | 'N'; name: Name }
  /** An option of OPT, or a parameter of SVCB: its number and its data. */
  | { kind: 'pair'; at: number; number: number; data: Uint8Array };

/** A question (section 0) or a record. */
export interface Item {
  section: number;
  start: number;
  /** What stands in the message as QNAME or owner; that of OPT counts as none. */
  name: Name | undefined;
  type: number;
  dnsClass: number;
  ttl: Uint8Array;
  rdata: Piece[];
}

export interface Message {
  items: Item[];
  /** A pointer leads to another pointer, or to a root label. */
  isIndirect: boolean;
}

const SCHEMES: Readonly<Record<number, string>> = {
  ...Object.fromEntries([2, 3, 4, 5, 7, 8, 9, 12].map((type) => [type, 'N'])),
  1: '4',
  6: 'N N 20',
  14: 'N N',
  15: '2 N',
  ...Object.fromEntries([16, 56, 99, 258, 261, 262].map((type) => [type, 'strings'])),
  17: 'n n',
  18: '2 n',
  21: '2 n',
  23: 'n',
  24: '18 n *',
  26: '2 n n',
  28: '16',
  30: 'n *',
  33: '6 n',
  35: '4 s s s n',
  36: '2 n',
  39: 'n',
  41: 'pairs',
  46: '18 n *',
  47: 'n *',
  58: 'n n',
  64: '2 n pairs',
  65: '2 n pairs',
  66: '5 n',
  107: '2 n',
  249: 'n *',
  250: 'n *',
};

class Refused extends Error {}

/** The message, or undefined where it does not parse. */
export function parseMessage(bytes: Uint8Array): Message | undefined {
  try {
    return new Parser(bytes).parse();
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

class Parser {
  readonly #bytes: Uint8Array;
  readonly #places = new Set<number>();
  #at = 12;
  #isIndirect = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  parse(): Message {
    if (this.#bytes.length < 12) throw new Refused();
    const counts = [4, 6, 8, 10].map((at) => this.#bytes[at] * 256 + this.#bytes[at + 1]);
    const items = counts.flatMap((count, section) => Array.from({ length: count }, () => this.#item(section)));
    if (this.#at !== this.#bytes.length) throw new Refused();
    const opts = items.filter(({ section, type }) => section > 0 && type === 41);
    if (opts.length > 1 || opts.some(({ section }) => section !== 3)) throw new Refused();
    return { items, isIndirect: this.#isIndirect };
  }

  #item(section: number): Item {
    const start = this.#at;
    const name = this.#name(this.#bytes.length);
    const type = this.#number();
    const dnsClass = this.#number();
    if (section === 0) return { section, start, name, type, dnsClass, ttl: new Uint8Array(), rdata: [] };
    const ttl = this.#octets(4);
    const length = this.#number();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Refused();
    if (type === 41 && this.#bytes[start] !== 0) throw new Refused();
    const scheme = type === 1 && dnsClass === 3 ? 'n 2' : (SCHEMES[type] ?? '*');
    const rdata = length === 0 ? [] : scheme.split(' ').flatMap((piece) => this.#piece(piece, end));
    if (this.#at !== end) throw new Refused();
    if (type === 64 || type === 65) rdata.forEach(checkParameter);
    return { section, start, name: type === 41 ? undefined : name, type, dnsClass, ttl, rdata };
  }

  #piece(piece: string, end: number): Piece[] {
    const at = this.#at;
    const octets = (length: number): Piece[] => [{ kind: 'octets', at, octets: this.#octets(length, end) }];
    switch (piece) {
      case 'n':
      case 'N':
        return [{ kind: piece, name: this.#name(end) }];
      case 's':
        if (at >= end) throw new Refused();
        return octets(1 + this.#bytes[at]);
      case '*':
        return octets(end - at);
      case 'strings':
        return at === end ? [] : [...this.#piece('s', end), ...this.#piece('strings', end)];
      case 'pairs': {
        if (at === end) return [];
        this.#octets(4, end);
        const [high, low, lengthHigh, lengthLow] = this.#bytes.slice(at);
        const data = this.#octets(lengthHigh * 256 + lengthLow, end);
        return [{ kind: 'pair', at, number: high * 256 + low, data }, ...this.#piece('pairs', end)];
      }
      default:
        return octets(Number(piece));
    }
  }

  #number(): number {
    const [high, low] = this.#octets(2);
    return high * 256 + low;
  }

  #octets(length: number, end = this.#bytes.length): Uint8Array {
    if (this.#at + length > end) throw new Refused();
    this.#at += length;
    return this.#bytes.slice(this.#at - length, this.#at);
  }

  #name(end: number): Name {
    const at = this.#at;
    const own = this.#labels(end);
    const places = [at];
    for (const label of own) places.push((places.at(-1) as number) + 1 + label.length);
    let labels = own;
    if (this.#bytes[this.#at] === 0) this.#octets(1, end);
    else {
      const [high, low] = this.#octets(2, end);
      labels = [...own, ...this.#labelsBehind((high & 0x3f) * 256 + low, at, 1)];
    }
    if (labels.reduce((length, label) => length + 1 + label.length, 1) > 255) throw new Refused();
    for (const place of places) this.#places.add(place);
    return { labels, at, own: own.length };
  }

  /** Reads labels up to a root label or a pointer, which it leaves. */
  #labels(end: number): string[] {
    const labels: string[] = [];
    for (;;) {
      if (this.#at >= end) throw new Refused();
      const first = this.#bytes[this.#at];
      if (first === 0 || first >= 0xc0) return labels;
      if (first > 63) throw new Refused();
      labels.push(Buffer.from(this.#octets(1 + first, end).slice(1)).toString('latin1'));
    }
  }

  #labelsBehind(target: number, partStart: number, pointers: number): string[] {
    if (!this.#places.has(target) || target >= partStart || pointers > 127) throw new Refused();
    const [first, second] = this.#bytes.slice(target, target + 2);
    if (pointers === 1 && (first === 0 || first >= 0xc0)) this.#isIndirect = true;
    const labels: string[] = [];
    let at = target;
    while (this.#bytes[at] !== 0 && this.#bytes[at] < 0xc0) {
      labels.push(Buffer.from(this.#bytes.slice(at + 1, at + 1 + this.#bytes[at])).toString('latin1'));
      at += 1 + this.#bytes[at];
    }
    if (this.#bytes[at] === 0) return labels;
    const next = at === target ? (first & 0x3f) * 256 + second : (this.#bytes[at] & 0x3f) * 256 + this.#bytes[at + 1];
    return [...labels, ...this.#labelsBehind(next, target, pointers + 1)];
  }
}

/** Lists of keys and of addresses are made of whole ones. */
function checkParameter(piece: Piece): void {
  if (piece.kind !== 'pair') return;
  const width = { 0: 2, 4: 4, 6: 16 }[piece.number] ?? 1;
  if (piece.data.length % width !== 0) throw new Refused();
}

/** A name in wire format, without pointers. */
export function wireOf(labels: readonly string[]): Uint8Array {
  const parts = labels.map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label, 'latin1')]));
  return new Uint8Array(Buffer.concat([...parts, Buffer.of(0)]));
}
