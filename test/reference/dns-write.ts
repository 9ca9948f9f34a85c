/** Writing a message after its changes, for the reference (docs/messages.md, section 8). */
import { type Item, type Message, type Name, type Piece, wireOf } from './dns-message.ts';

/** An item of a message: what it was, and what it is now; undefined where it is removed. */
export interface ChangedItem {
  before: Item;
  after: Item | undefined;
}

/** The octets of a message, of which these are the items. */
export function writeMessage(original: Uint8Array, { isIndirect }: Message, items: readonly ChangedItem[]): Uint8Array {
  const patched = original.slice();
  for (const { before, after } of items) {
    for (const piece of after?.rdata ?? []) patch(patched, before, piece);
  }
  const first = items.findIndex(isWrittenAnew);
  if (first < 0) return patched;
  const start = isIndirect ? 0 : first;
  const writer = new Writer(patched.slice(0, items[start].before.start));
  for (const { before } of items.slice(0, start))
    for (const name of namesOf(before)) writer.learn(name.labels, name.at, name.own);
  for (const { after } of items.slice(start)) if (after !== undefined) writer.writeItem(after);
  const octets = Uint8Array.from(writer.octets);
  for (const section of [0, 1, 2, 3]) {
    const count = items.filter(({ before, after }) => before.section === section && after !== undefined).length;
    octets[4 + 2 * section] = count >> 8;
    octets[5 + 2 * section] = count & 255;
  }
  return octets;
}

/** The names of an item in their order. */
export function namesOf({ name, rdata }: Item): Name[] {
  const inRdata = rdata.flatMap((piece) => (piece.kind === 'n' || piece.kind === 'N' ? [piece.name] : []));
  return name === undefined ? inRdata : [name, ...inRdata];
}

/** What changed and has its length still, in its place. */
function patch(octets: Uint8Array, before: Item, piece: Piece): void {
  const old = before.rdata.find((one) => 'at' in one && 'at' in piece && one.at === piece.at);
  if (piece.kind === 'octets' && old?.kind === 'octets') octets.set(piece.octets, piece.at);
  if (piece.kind === 'pair' && old?.kind === 'pair' && old.data.length === piece.data.length)
    octets.set(piece.data, piece.at + 4);
}

function isWrittenAnew({ before, after }: ChangedItem): boolean {
  if (after === undefined || before.rdata.length !== after.rdata.length) return true;
  const spelled = (item: Item) => JSON.stringify(namesOf(item).map(({ labels }) => labels));
  if (spelled(before) !== spelled(after)) return true;
  return after.rdata.some((piece, index) => {
    const old = before.rdata[index];
    return piece.kind === 'pair' && old.kind === 'pair' && piece.data.length !== old.data.length;
  });
}

class Writer {
  octets: number[];
  /** The names of the output by their spelling, each with the first place where it stands. */
  readonly #places = new Map<string, number>();

  constructor(start: Uint8Array) {
    this.octets = [...start];
  }

  learn(labels: readonly string[], at: number, own: number): void {
    let place = at;
    for (let index = 0; index < own; index++) {
      const spelled = JSON.stringify(labels.slice(index));
      if (place < 16_384 && !this.#places.has(spelled)) this.#places.set(spelled, place);
      place += 1 + labels[index].length;
    }
  }

  writeItem({ section, name, type, dnsClass, ttl, rdata }: Item): void {
    if (name === undefined) this.octets.push(0);
    else this.#writeName(name.labels, true);
    this.octets.push(type >> 8, type & 255, dnsClass >> 8, dnsClass & 255, ...ttl);
    if (section === 0) return;
    const lengthAt = this.octets.length;
    this.octets.push(0, 0);
    for (const piece of rdata) this.#writePiece(piece);
    const length = this.octets.length - lengthAt - 2;
    this.octets[lengthAt] = length >> 8;
    this.octets[lengthAt + 1] = length & 255;
  }

  #writePiece(piece: Piece): void {
    if (piece.kind === 'octets') for (const octet of piece.octets) this.octets.push(octet);
    else if (piece.kind === 'pair') {
      const { number, data } = piece;
      this.octets.push(number >> 8, number & 255, data.length >> 8, data.length & 255, ...data);
    } else this.#writeName(piece.name.labels, piece.kind === 'N');
  }

  #writeName(labels: readonly string[], mayBeCompressed: boolean): void {
    const at = this.octets.length;
    const suffixes = labels.map((_, index) => JSON.stringify(labels.slice(index)));
    const known = mayBeCompressed ? suffixes.findIndex((suffix) => this.#places.has(suffix)) : -1;
    const own = known < 0 ? labels.length : known;
    this.octets.push(...wireOf(labels.slice(0, own)).slice(0, -1));
    if (known < 0) this.octets.push(0);
    else {
      const place = this.#places.get(suffixes[known]) as number;
      this.octets.push(0xc0 + (place >> 8), place & 255);
    }
    this.learn(labels, at, own);
  }
}
