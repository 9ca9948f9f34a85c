/** Octets that are written as text: hexadecimal digits and base64, in any piece of text; and an address as people and programs write it. */
import { type Address, hexOf, renderAddress } from './address.ts';
import { MIN_LENGTH } from './known-values.ts';

const HEX_RUN = new RegExp(`[0-9a-f]{${2 * MIN_LENGTH},}`, 'gi');
/** Eight octets are eleven characters of base64, without the `=` at the end; both alphabets. */
const BASE64_RUN = /[a-z0-9+/_-]{11,}/gi;

/** What the runs of a text may stand for, each way in which they can be read. */
export function decodings(text: string): Uint8Array[] {
  if (text.length < 11) return [];
  const decoded: Uint8Array[] = [];
  for (const [run] of text.matchAll(HEX_RUN)) {
    decoded.push(
      Buffer.from(run.slice(0, run.length & ~1), 'hex'),
      Buffer.from(run.slice(1, 1 + ((run.length - 1) & ~1)), 'hex'),
    );
  }
  for (const [run] of text.matchAll(BASE64_RUN)) {
    // A run may begin with what belongs to something else: four characters are three octets.
    for (let skip = 0; skip < 4; skip++) decoded.push(Buffer.from(run.slice(skip), 'base64'));
  }
  return decoded;
}

/** Finds one address in texts, in every form, as a whole word. */
export class AddressForms {
  readonly #anyCase: RegExp;
  readonly #base64: RegExp;

  constructor(address: Address) {
    const octets = Buffer.from(address, 'latin1');
    const hex = hexOf(address);
    const forms = [hex, [...hex].reverse().join('')];
    if (address.length === 4) {
      const parts = [...octets].map(String);
      for (const order of [parts, parts.toReversed()]) forms.push(order.join('.'), order.join('-'));
      forms.push(String(octets.readUInt32BE(0)));
    } else {
      const groups = hex.match(/.{4}/g) as string[];
      const short = groups.map((group) => group.replace(/^0{1,3}/, ''));
      for (const text of [groups.join(':'), short.join(':'), renderAddress(address)]) {
        forms.push(text, text.replaceAll(':', '-'));
      }
      forms.push([...hex].reverse().join('.'));
    }
    const base64 = octets.toString('base64').replaceAll('=', '');
    this.#anyCase = new RegExp(`(?<![0-9a-z])(?:${forms.map(quoted).join('|')})(?![0-9a-z])`, 'i');
    const both = [base64, base64.replaceAll('+', '-').replaceAll('/', '_')].map(quoted);
    this.#base64 = new RegExp(`(?<![0-9A-Za-z])(?:${both.join('|')})(?![0-9A-Za-z])`);
  }

  /** Whether the text has the address. */
  isIn(text: string): boolean {
    return this.#anyCase.test(text) || this.#base64.test(text);
  }
}

function quoted(text: string): string {
  return text.replace(/[.+/]/g, '\\$&');
}
