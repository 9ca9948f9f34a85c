/** What becomes of EDNS options (docs/messages.md, 6). What is left of them moves together, so that OPT ends earlier. */
import { AddressKind, addressKind } from '../anonymize/address.ts';
import { Truncate } from '../anonymize/truncate.ts';
import { OptionCode } from '../dns/edns.ts';
import type { MessageEdits } from '../dns/message-edits.ts';
import { type MessageScan, OPTION_HEADER_LENGTH } from '../dns/message-scan.ts';
import { removalErrors } from '../errors.ts';
import { FieldIndex } from '../rules/field.ts';
import { type AddressMaps, type Method, MethodKind, REMOVE, UNNAMED } from '../rules/plan.ts';
import { read16, write16 } from '../wire/uint16.ts';
import type { FrameMethods } from './frame-methods.ts';

/** In front of the address of a client subnet: FAMILY (2), SOURCE PREFIX-LENGTH (1), SCOPE PREFIX-LENGTH (1) (RFC 7871, 6). */
const SUBNET_HEADER_LENGTH = 4;
const EXTENDED_ERROR_CODE_LENGTH = 2;

/** What stands for an option that goes. */
const REMOVED = -1;

export class OptionCleaner {
  readonly #frame: FrameMethods;
  readonly #address = new Uint8Array(16);
  #hasSeveralSubnets = false;

  constructor(frame: FrameMethods) {
    this.#frame = frame;
  }

  /** Cleans the options of a scanned message in place; `edits` learns where OPT ends then. */
  clean(scan: MessageScan, edits: MessageEdits): void {
    const { bytes, opt, optionCount, optionStart } = scan;
    this.#hasSeveralSubnets = hasSeveralSubnets(scan);
    let end = scan.rdataStart(opt);
    for (let index = 0; index < optionCount; index++) {
      const start = optionStart[index];
      const length = this.#cleanOption(scan.bytes, start);
      if (length === REMOVED) continue;
      write16(bytes, start + 2, length);
      const optionEnd = start + OPTION_HEADER_LENGTH + length;
      if (start !== end) bytes.copyWithin(end, start, optionEnd);
      end += optionEnd - start;
    }
    if (end < scan.itemEnd(opt)) edits.shorten(opt, end);
  }

  /** How many octets of data the option keeps, or `REMOVED`. */
  #cleanOption(bytes: Uint8Array, start: number): number {
    const frame = this.#frame;
    const code = read16(bytes, start);
    const length = read16(bytes, start + 2);
    const named = frame.option(code);
    const method = named === UNNAMED ? frame.otherOptions : named;
    if (method.kind === MethodKind.remove) return this.#remove();
    if (named.kind === MethodKind.keep) return length;
    if (code === OptionCode.client_subnet && (named !== UNNAMED || frame.plan.hidesClients)) {
      return this.#cleanSubnet(bytes, start + OPTION_HEADER_LENGTH, length, named === UNNAMED ? frame.client : named);
    }
    return frame.closesOptions ? this.#cleanClosed(bytes, start, code, length) : length;
  }

  #cleanClosed(bytes: Uint8Array, start: number, code: number, length: number): number {
    switch (code) {
      case OptionCode.client_subnet:
        return length;
      case OptionCode.expire:
        return length === 0 || length === 4 ? length : this.#remove();
      case OptionCode.tcp_keepalive:
        return length === 0 || length === 2 ? length : this.#remove();
      case OptionCode.padding:
        this.#zero(bytes, start + OPTION_HEADER_LENGTH, length);
        return length;
      case OptionCode.extended_dns_error:
        if (length > EXTENDED_ERROR_CODE_LENGTH) this.#count(REMOVE);
        return length < EXTENDED_ERROR_CODE_LENGTH ? this.#remove() : EXTENDED_ERROR_CODE_LENGTH;
      default:
        return this.#remove();
    }
  }

  #zero(bytes: Uint8Array, start: number, length: number): void {
    let bits = 0;
    for (let position = start; position < start + length; position++) {
      bits |= bytes[position];
      bytes[position] = 0;
    }
    if (bits !== 0) this.#count(REMOVE);
  }

  #cleanSubnet(bytes: Uint8Array, start: number, length: number, method: Method): number {
    if (this.#hasSeveralSubnets || !this.#readSubnet(bytes, start, length)) {
      return this.#removeFor(removalErrors.SUBNET_INVALID);
    }
    const addressLength = bytes[start + 1] === 1 ? 4 : 16;
    const source = bytes[start + 2];
    if (source === 0 || this.#frame.plan.publicAddresses?.hasPrefix(this.#address, addressLength, source))
      return length;
    if (method.maps === undefined || method.hash !== undefined) return this.#remove();
    const isClients =
      this.#coversClient(addressLength, source) && this.#isPseudonymous(method.maps.client, addressLength);
    const address = this.#frame.inPeriod(method.maps[isClients ? 'client' : 'subnet']);
    if (address === undefined) return this.#removeFor(removalErrors.PERIOD_UNKNOWN);
    const isTruncated = address instanceof Truncate;
    const bits = isTruncated ? Math.min(source, address.bitsOf(this.#address, addressLength)) : source;
    const scope = isTruncated ? Math.min(bytes[start + 3], bits) : bytes[start + 3];
    if (addressLength === 4) address.ipv4(this.#address, 0);
    else address.ipv6(this.#address, 0);
    const newLength = SUBNET_HEADER_LENGTH + Math.ceil(bits / 8);
    if (this.#writeSubnet(bytes, start, bits, scope) || newLength !== length) this.#count(method);
    return newLength;
  }

  /** Reads the address, filled up with zeros; returns whether the subnet is one that this program answers for. */
  #readSubnet(bytes: Uint8Array, start: number, length: number): boolean {
    if (length < SUBNET_HEADER_LENGTH) return false;
    const family = read16(bytes, start);
    const source = bytes[start + 2];
    const most = family === 1 ? 32 : family === 2 ? 128 : -1;
    if (source > most || bytes[start + 3] > most || length !== SUBNET_HEADER_LENGTH + Math.ceil(source / 8))
      return false;
    const octets = length - SUBNET_HEADER_LENGTH;
    for (let index = 0; index < 16; index++) {
      this.#address[index] = index < octets ? bytes[start + SUBNET_HEADER_LENGTH + index] : 0;
    }
    if ((source & 7) !== 0 && (this.#address[octets - 1] & (0xff >>> (source & 7))) !== 0) return false;
    return most === 32 || addressKind(this.#address, 0, 16) !== AddressKind.mapped;
  }

  /** Writes the first `bits` bits of the address as the subnet; returns whether an octet changed. */
  #writeSubnet(bytes: Uint8Array, start: number, bits: number, scope: number): boolean {
    const octets = Math.ceil(bits / 8);
    if ((bits & 7) !== 0) this.#address[octets - 1] &= 0xff00 >>> (bits & 7);
    let differences = (bytes[start + 2] ^ bits) | (bytes[start + 3] ^ scope);
    bytes[start + 2] = bits;
    bytes[start + 3] = scope;
    for (let index = 0; index < octets; index++) {
      const position = start + SUBNET_HEADER_LENGTH + index;
      differences |= bytes[position] ^ this.#address[index];
      bytes[position] = this.#address[index];
    }
    return differences !== 0;
  }

  /** Whether the frame's client gets its pseudonym from the map: beside a client in clear, one of its subnet would tell of others'. */
  #isPseudonymous(map: AddressMaps['client'], addressLength: number): boolean {
    const { client, clientBytes, plan } = this.#frame;
    return (
      (client.address ?? client.rotatingAddress) === map && !plan.publicAddresses?.has(clientBytes, 0, addressLength)
    );
  }

  #coversClient(addressLength: number, source: number): boolean {
    const { clientKind, clientBytes } = this.#frame;
    if (clientKind !== (addressLength === 4 ? AddressKind.ipv4 : AddressKind.ipv6)) return false;
    const whole = source >>> 3;
    for (let index = 0; index < whole; index++) if (clientBytes[index] !== this.#address[index]) return false;
    const mask = 0xff00 >>> (source & 7);
    return (source & 7) === 0 || ((clientBytes[whole] ^ this.#address[whole]) & mask & 0xff) === 0;
  }

  #remove(): number {
    this.#count(REMOVE);
    return REMOVED;
  }

  #removeFor(code: number): number {
    this.#frame.counters.removedByCode[code]++;
    return REMOVED;
  }

  #count(method: Method): void {
    this.#frame.counters.countChange(FieldIndex.edns, method.index);
  }
}

function hasSeveralSubnets({ bytes, optionCount, optionStart }: MessageScan): boolean {
  let count = 0;
  for (let index = 0; index < optionCount; index++) {
    if (read16(bytes, optionStart[index]) === OptionCode.client_subnet) count++;
  }
  return count > 1;
}
