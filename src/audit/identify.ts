/** What in a frame can identify somebody: one identifier for each place and value. */
import {
  type Address,
  addressesInName,
  addressesInText,
  addressOf,
  type Prefix,
  renderAddress,
  reversePrefixOf,
} from './address.ts';
import { type DnsMessage, hintsOf, type Labels, optionsOf, readDnsMessage, stringsOf } from './dns-message.ts';
import { clientsOf, type Envelope, readEnvelope, serversOf } from './envelope.ts';
import type { KindName } from './kinds.ts';

/** One place in a frame. */
export interface Identifier {
  readonly kind: KindName;
  /** What stands there, by which it is found again: octets (a character each), or text of which letter case does not matter. */
  readonly value: string;
  /** The addresses that the place spells. */
  readonly addresses?: readonly Address[];
  /** Of a subnet or a reverse name: the prefix. */
  readonly prefix?: Prefix;
  /**
   * The number of an EDNS option (-1 where there is none), or the type of a record; of times and messages QUERY_SIDE or RESPONSE_SIDE; of
   * names that stand in query_zone IN_ZONE.
   */
  readonly code?: number;
  /** The labels of a name. */
  readonly labels?: Labels;
  /** The octets themselves, where they are another view of the frame than `value`. */
  readonly octets?: Uint8Array;
}

/** A frame, and what identifies somebody in it. */
export interface IdentifiedFrame {
  readonly frame: Uint8Array;
  readonly envelope: Envelope;
  /** The clients that the address fields name, in the order of the copies. */
  readonly clients: readonly Address[];
  readonly messages: readonly (DnsMessage & { readonly side: 'query' | 'response' })[];
  readonly identifiers: readonly Identifier[];
}

export const QUERY_SIDE = 0;
export const RESPONSE_SIDE = 1;
export const IN_ZONE = 2;

const OPTION_KINDS: Readonly<Record<number, KindName>> = {
  3: 'nsid',
  4: 'device_option',
  20292: 'device_option',
  26946: 'device_option',
  65001: 'device_option',
  65073: 'device_option',
  65074: 'device_option',
};
const FIRST_LOCAL_OPTION = 65_001;
const CLIENT_COOKIE_LENGTH = 8;

/** Finds what is in a frame; never throws. */
export function identify(frame: Uint8Array): IdentifiedFrame {
  const envelope = readEnvelope(frame);
  const clients = clientsOf(envelope).map(addressOrOctets);
  const messages = envelope.messages.map(({ side, bytes }) => ({ side, ...readDnsMessage(bytes) }));
  const found: Identifier[] = [];
  addEnvelope(found, envelope);
  if (envelope.isMalformed) found.push({ kind: 'malformed_frame', value: latin1(frame), octets: frame });
  for (const message of messages) {
    addMessage(found, message, clients, message.side === 'query' ? QUERY_SIDE : RESPONSE_SIDE);
  }
  return { frame, envelope, clients, messages, identifiers: found };
}

function latin1(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1');
}

function addressOrOctets(octets: Uint8Array): Address {
  return addressOf(octets) ?? latin1(octets);
}

function addEnvelope(found: Identifier[], envelope: Envelope): void {
  for (const octets of clientsOf(envelope)) {
    const address = addressOrOctets(octets);
    found.push({ kind: 'client_address', value: address, addresses: [address], octets });
    // RFC 4291, appendix A: the middle of an interface identifier that was made of a MAC address.
    if (address.length === 16 && address.startsWith('\xff\xfe', 11)) {
      found.push({ kind: 'hardware_in_address', value: address.slice(8), addresses: [address] });
    }
  }
  for (const octets of serversOf(envelope)) {
    const address = addressOrOctets(octets);
    found.push({ kind: 'server_address', value: address, addresses: [address], octets });
  }
  for (const port of envelope.queryPorts) found.push({ kind: 'client_port', value: String(port) });
  for (const port of envelope.responsePorts) found.push({ kind: 'server_port', value: String(port) });
  addTimes(found, envelope.querySeconds, envelope.queryNanoseconds, QUERY_SIDE);
  addTimes(found, envelope.responseSeconds, envelope.responseNanoseconds, RESPONSE_SIDE);
  addOctets(found, 'identity', envelope.identity);
  addOctets(found, 'version', envelope.version);
  addOctets(found, 'extra', envelope.extra);
  addOctets(found, 'unknown_field', envelope.unknown);
  if (envelope.repeated > 0) found.push({ kind: 'repeated_field', value: String(envelope.repeated) });
  for (const octets of envelope.policyRules) found.push(withAddresses('policy_rule', octets));
  for (const octets of envelope.policyValues) found.push(withAddresses('policy_value', octets));
  for (const octets of envelope.zones) {
    const labels = labelsOf(octets);
    found.push({ kind: 'query_zone', value: latin1(octets).toLowerCase(), octets, ...(labels && { labels }) });
    if (labels !== undefined) addName(found, labels, IN_ZONE);
  }
}

function addTimes(found: Identifier[], seconds: readonly number[], nanoseconds: readonly number[], code: number): void {
  for (const second of seconds) found.push({ kind: 'time', value: String(second), code });
  for (const [index, nanosecond] of nanoseconds.entries()) {
    if (nanosecond !== 0) found.push({ kind: 'exact_time', value: `${seconds[index] ?? ''}.${nanosecond}`, code });
  }
}

function addOctets(found: Identifier[], kind: KindName, list: readonly Uint8Array[]): void {
  for (const octets of list) found.push({ kind, value: latin1(octets), octets });
}

/** A field of a policy: an address, or a name in which an RPZ wrote one (its octets from the last to the first). */
function withAddresses(kind: KindName, octets: Uint8Array): Identifier {
  const address = addressOf(octets);
  const labels = labelsOf(octets);
  const addresses = [
    ...(address === undefined ? [] : [address]),
    ...addressesInName((labels ?? []).join('.').replace(/^\d{1,2}\./, '')),
  ];
  return { kind, value: latin1(octets), addresses, octets };
}

/** The labels of an uncompressed name that fills the octets; undefined where it is none. */
function labelsOf(octets: Uint8Array): string[] | undefined {
  const text = latin1(octets);
  const labels: string[] = [];
  let at = 0;
  while (at < text.length) {
    const length = text.charCodeAt(at);
    if (length === 0) return at + 1 === text.length ? labels : undefined;
    if (length > 63) return undefined;
    labels.push(text.slice(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return undefined;
}

/** The end of names that are reverse ones although they hold no address. */
const REVERSE_TREES = /(^|\.)(in-addr|ip6)\.arpa$/;

function addName(found: Identifier[], labels: Labels, code?: number): void {
  if (labels.length === 0) return;
  const prefix = reversePrefixOf(labels);
  const place = { value: labels.join('.').toLowerCase(), labels, ...(code !== undefined && { code }) };
  if (prefix !== undefined) {
    const isWhole = prefix.bits === 8 * prefix.address.length;
    found.push({ kind: 'reverse_name', prefix, ...place, ...(isWhole && { addresses: [prefix.address] }) });
    return;
  }
  if (REVERSE_TREES.test(place.value)) {
    if (labels.length > 2) found.push({ kind: 'reverse_name', ...place });
    return;
  }
  found.push({ kind: 'name', ...place });
  const addresses = addressesInName(place.value);
  if (addresses.length > 0) found.push({ kind: 'address_in_name', addresses, ...place });
}

const UPDATE = 5;
const NOTIFY = 4;
const OPT = 41;
const TRANSFERS = [251, 252];
const CHAOS = 3;

function addMessage(found: Identifier[], message: DnsMessage, clients: readonly Address[], code: number): void {
  const { bytes, id, flags, questions, records, isWhole, end } = message;
  found.push({ kind: 'dns_message', value: bytes.toString('latin1', 2), octets: bytes, code });
  if (id !== 0) found.push({ kind: 'message_id', value: String(id) });
  const opcode = (flags >> 11) & 15;
  if (bytes.length >= 12 && opcode !== 0) {
    const kind = opcode === UPDATE ? 'update' : opcode === NOTIFY ? 'notify' : 'other_opcode';
    found.push({ kind, value: bytes.toString('latin1', 2), code: opcode });
  }
  if (!isWhole)
    found.push({ kind: 'malformed_message', value: bytes.toString('latin1', 2), octets: bytes.subarray(end) });
  else if (end < bytes.length) {
    found.push({ kind: 'trailing_bytes', value: bytes.toString('latin1', end), octets: bytes.subarray(end) });
  }
  for (const { name, type } of questions) {
    addName(found, name);
    if (TRANSFERS.includes(type))
      found.push({ kind: 'zone_transfer', value: `${type} ${name.join('.').toLowerCase()}` });
  }
  for (const record of records) {
    addName(found, record.owner);
    for (const name of record.names) addName(found, name);
    addRecord(found, message, record, clients);
  }
}

function addRecord(
  found: Identifier[],
  message: DnsMessage,
  record: DnsMessage['records'][number],
  clients: readonly Address[],
): void {
  const { bytes } = message;
  const { type, owner } = record;
  const rdata = bytes.subarray(record.start, record.end);
  const whole = () => `${owner.join('.').toLowerCase()} ${rdata.toString('latin1')}`;
  const addHost = (kind: 'client_in_record' | 'client_in_hint', octets: Uint8Array) => {
    const address = addressOf(octets) as Address;
    const addresses = [address];
    found.push({ kind: 'record_address', value: address, addresses, octets, code: type });
    if (clients.includes(address)) found.push({ kind, value: address, addresses, octets, code: type });
  };
  if (type === OPT) for (const { code, data } of optionsOf(message, record)) addOption(found, code, data);
  else if (type === 250) found.push({ kind: 'tsig', value: whole(), octets: rdata, code: type, labels: owner });
  else if (type === 249) found.push({ kind: 'tkey', value: whole(), octets: rdata, code: type, labels: owner });
  else if (type === 24 && rdata.length > 1 && rdata[0] === 0 && rdata[1] === 0) {
    found.push({ kind: 'sig0', value: whole(), octets: rdata, code: type });
  } else if ((type === 1 && rdata.length === 4 && record.class !== CHAOS) || (type === 28 && rdata.length === 16)) {
    addHost('client_in_record', rdata);
  } else if (type === 64 || type === 65) for (const hint of hintsOf(message, record)) addHost('client_in_hint', hint);
  else if (type === 16) addText(found, stringsOf(message, record), rdata);
  else if (record.names.length === 0 && rdata.length > 0) {
    const address = addressOf(rdata);
    found.push({
      kind: 'record_data',
      value: rdata.toString('latin1'),
      octets: rdata,
      code: type,
      ...(address !== undefined && { addresses: [address] }),
    });
  }
}

/** RFC 7208, 4.5: what begins so is a list of addresses that anybody may ask for. */
const SPF = /^v=spf1( |$)/i;

function addText(found: Identifier[], strings: readonly string[], octets: Buffer): void {
  const isPolicy = SPF.test(strings[0] ?? '');
  found.push({ kind: 'record_data', value: octets.toString('latin1'), octets, code: 16 });
  for (const text of isPolicy ? [] : strings) {
    const addresses = addressesInText(text);
    if (addresses.length > 0) found.push({ kind: 'address_in_text', value: text, addresses, code: 16 });
  }
}

function addOption(found: Identifier[], code: number, data: Buffer): void {
  const value = data.toString('latin1');
  const add = (kind: KindName, from = value, octets: Uint8Array = data) => {
    if (from !== '') found.push({ kind, value: from, code, octets });
  };
  if (code === -1) add('option_rest');
  else if (code === 8) addSubnet(found, data);
  else if (code === 10) {
    add('cookie', value.slice(0, CLIENT_COOKIE_LENGTH), data.subarray(0, CLIENT_COOKIE_LENGTH));
    add('server_cookie', value.slice(CLIENT_COOKIE_LENGTH), data.subarray(CLIENT_COOKIE_LENGTH));
  } else if (code === 12) {
    if (data.some((octet) => octet !== 0)) add('padding_content');
  } else if (code === 15) add('error_text', value.slice(2), data.subarray(2));
  else if (code === 9 ? data.length === 4 : code === 11 && data.length === 2) return;
  else add(OPTION_KINDS[code] ?? (code >= FIRST_LOCAL_OPTION ? 'local_option' : 'client_option'));
}

function addSubnet(found: Identifier[], data: Buffer): void {
  const value = data.toString('latin1');
  const [family, bits] = [data.length < 4 ? 0 : data.readUInt16BE(0), data[2] ?? 0];
  // RFC 7871, 7.1.2: a length of 0 asks not to be told of.
  if (data.length === 4 && bits === 0) return;
  const length = family === 1 ? 4 : family === 2 ? 16 : 0;
  const octets = data.subarray(4);
  if (octets.length > length || bits > 8 * length) {
    found.push({ kind: 'client_subnet', value, code: 8, octets: data });
    return;
  }
  const address = octets.toString('latin1').padEnd(length, '\0');
  const prefix = { address, bits };
  const isWhole = bits === 8 * length;
  found.push({ kind: 'client_subnet', value, code: 8, prefix, octets: data, ...(isWhole && { addresses: [address] }) });
}

/** What stands in a place, for people. */
export function renderIdentifier({ kind, value, prefix, labels }: Identifier): string {
  if (prefix !== undefined && labels === undefined) return `${renderAddress(prefix.address)}/${prefix.bits}`;
  if (ADDRESS_KINDS.includes(kind) && (value.length === 4 || value.length === 16)) return renderAddress(value);
  if (/^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(value)) return value;
  return `0x${Buffer.from(value, 'latin1').toString('hex')}`;
}

const ADDRESS_KINDS: readonly KindName[] = [
  'client_address',
  'server_address',
  'policy_value',
  'client_in_record',
  'client_in_hint',
  'record_address',
];

/** The addresses of servers in the address fields. */
export function addressesOfServers({ envelope }: IdentifiedFrame): Address[] {
  return serversOf(envelope).map(addressOrOctets);
}
