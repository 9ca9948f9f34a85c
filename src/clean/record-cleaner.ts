/** What becomes of records but OPT (docs/messages.md, 5). */
import { AddressKind, addressKind } from '../anonymize/address.ts';
import type { MessageEdits } from '../dns/message-edits.ts';
import type { MessageScan } from '../dns/message-scan.ts';
import { typeNumber } from '../dns/record-types.ts';
import { FieldIndex } from '../rules/field.ts';
import { METHOD_NAMES, MethodKind, REMOVE, UNNAMED } from '../rules/plan.ts';
import { read16 } from '../wire/uint16.ts';
import type { FrameMethods } from './frame-methods.ts';
import type { RenamedItems } from './renamed-items.ts';
import { LOSES_MANDATORY, takeOutHints } from './service-hints.ts';
import { overwriteAddresses } from './text-addresses.ts';

/** What happens to records of a type where no rule names it: bits. */
const Care = {
  /** Holds the message id again. */
  tsig: 1,
  tkey: 2,
  sig: 4,
  /** Has nothing but names, numbers and addresses in its rdata. */
  plain: 8,
  /** Has names that nobody looks for. */
  opaqueNames: 16,
  /** May stand under a reverse name that was changed. */
  zone: 32,
  /** Speaks of the names around it. */
  signature: 64,
  address: 128,
  service: 256,
  text: 512,
} as const;

const CARES = new Uint16Array(512);
for (const [types, care] of [
  ['TSIG', Care.tsig],
  ['TKEY', Care.tkey],
  ['SIG', Care.sig],
  ['A AAAA NS CNAME DNAME PTR MX SRV SOA', Care.plain],
  ['A6 HIP IPSECKEY AMTRELAY', Care.opaqueNames],
  ['SOA NS', Care.zone],
  ['RRSIG SIG NSEC NSEC3 NXT', Care.signature],
  ['A AAAA', Care.address],
  ['SVCB HTTPS', Care.service],
  ['TXT SPF AVC NINFO RESINFO WALLET', Care.text],
] as const) {
  for (const type of types.split(' ')) CARES[typeNumber(type)] |= care;
}

const TYPE_A = typeNumber('A');
const TYPE_SIG = typeNumber('SIG');
const TYPE_RRSIG = typeNumber('RRSIG');
const REPLACE_INDEX = METHOD_NAMES.indexOf('replace');

export class RecordCleaner {
  readonly #frame: FrameMethods;
  /** Whether records of a type were removed or changed, of those that a signature may cover. */
  readonly #touchedTypes = new Set<number>();

  constructor(frame: FrameMethods) {
    this.#frame = frame;
  }

  /** Cleans the records of a scanned message; `renamed` knows which of its names change. */
  clean(scan: MessageScan, edits: MessageEdits, renamed: RenamedItems): void {
    const { itemCount, sectionEnd, opt } = scan;
    if (this.#touchedTypes.size > 0) this.#touchedTypes.clear();
    for (let item = sectionEnd[0]; item < itemCount; item++) {
      if (item === opt) continue;
      const type = scan.itemType(item);
      const named = this.#frame.record(type);
      const method = named === UNNAMED ? this.#frame.otherRecords : named;
      let isTouched = renamed.any && renamed.isRenamed(item);
      if (method.kind === MethodKind.remove || (named === UNNAMED && this.#isRemoved(scan, item, type, renamed))) {
        this.#remove(edits, item);
        isTouched = true;
      } else if (named === UNNAMED && this.#cleanRdata(scan, edits, item, type)) isTouched = true;
      if (isTouched && scan.hasSignatures && type !== TYPE_RRSIG && type !== TYPE_SIG) this.#touchedTypes.add(type);
    }
    if (this.#touchedTypes.size > 0) this.#removeSignatures(scan, edits);
  }

  /** Whether the record goes although no rule says so. */
  #isRemoved(scan: MessageScan, item: number, type: number, renamed: RenamedItems): boolean {
    const { names, reverseNames, zeroesId, plan } = this.#frame;
    const care = type < CARES.length ? CARES[type] : 0;
    if (names.kind !== MethodKind.keep && (care & Care.plain) === 0) return true;
    if (renamed.any) {
      if ((care & Care.zone) === 0 && renamed.hasReversedOwner(item)) return true;
      if ((care & Care.signature) !== 0 && renamed.isRenamed(item)) return true;
    }
    if ((care & ~(Care.plain | Care.zone)) === 0) return false;
    if ((care & Care.tsig) !== 0) return plan.hidesClients || zeroesId;
    if ((care & Care.opaqueNames) !== 0) return reverseNames.kind !== MethodKind.keep;
    if (!plan.hidesClients) return false;
    if ((care & Care.tkey) !== 0) return true;
    const { bytes } = scan;
    const rdata = scan.rdataStart(item);
    const end = scan.itemEnd(item);
    if (rdata === end) return false;
    if ((care & Care.sig) !== 0) return read16(bytes, rdata) === 0;
    if ((care & Care.address) !== 0)
      return !(type === TYPE_A && scan.isChaos(item)) && this.isClient(bytes, rdata, end);
    if ((care & Care.service) !== 0) return this.#takeOutHints(scan, undefined, item) === LOSES_MANDATORY;
    return false;
  }

  /** Cleans what stays, in place; returns whether something changed. */
  #cleanRdata(scan: MessageScan, edits: MessageEdits, item: number, type: number): boolean {
    const care = type < CARES.length ? CARES[type] : 0;
    if ((care & (Care.service | Care.text)) === 0 || !this.#frame.plan.hidesClients) return false;
    const rdata = scan.rdataStart(item);
    const end = scan.itemEnd(item);
    if (rdata === end) return false;
    const isChanged =
      (care & Care.text) !== 0 ? overwriteAddresses(scan.bytes, rdata, end) : this.#takeOutHints(scan, edits, item) > 0;
    if (isChanged) this.#frame.counters.countChange(FieldIndex.records, REPLACE_INDEX);
    return isChanged;
  }

  /** Without `edits` nothing changes. */
  #takeOutHints(scan: MessageScan, edits: MessageEdits | undefined, item: number): number {
    if (this.#frame.clientKind === AddressKind.none) return 0;
    return takeOutHints(scan, edits, item, this);
  }

  /** Whether an address that stands in a message is this frame's client, and no public one. */
  isClient(bytes: Uint8Array, start: number, end: number): boolean {
    const { clientKind, clientBytes, plan } = this.#frame;
    const kind = addressKind(bytes, start, end);
    if (kind === AddressKind.none || clientKind === AddressKind.none) return false;
    if ((kind === AddressKind.ipv6) !== (clientKind === AddressKind.ipv6)) return false;
    const length = kind === AddressKind.ipv6 ? 16 : 4;
    for (let index = 0; index < length; index++) if (bytes[end - length + index] !== clientBytes[index]) return false;
    return !plan.publicAddresses?.has(bytes, start, end);
  }

  /** A signature over what was changed would tell what it was. */
  #removeSignatures(scan: MessageScan, edits: MessageEdits): void {
    for (let item = scan.sectionEnd[0]; item < scan.itemCount; item++) {
      const type = scan.itemType(item);
      if ((type !== TYPE_RRSIG && type !== TYPE_SIG) || edits.isRemoved(item)) continue;
      if (this.#frame.record(type) !== UNNAMED || scan.rdataStart(item) === scan.itemEnd(item)) continue;
      if (this.#touchedTypes.has(read16(scan.bytes, scan.rdataStart(item)))) this.#remove(edits, item);
    }
  }

  #remove(edits: MessageEdits, item: number): void {
    edits.remove(item);
    this.#frame.counters.countChange(FieldIndex.records, REMOVE.index);
  }
}
