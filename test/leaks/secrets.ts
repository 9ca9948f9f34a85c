/** What a capture holds of its clients, collected with protobufjs and dns-packet, in every form that a search can look for. */
import dnsPacket from 'dns-packet';
import { type DecodedFrame, decodeWithProtobufjs } from '../support/oracle.ts';

/** The kinds of what is looked for. */
export const KINDS = [
  'IPv4 address',
  'IPv6 address',
  'address as text',
  'reverse name',
  'EDNS option',
  'name of a client',
  'name that was asked',
] as const;

/** Bytes that must not leave. Texts are in lower case, and are looked for in any case. */
export interface Secret {
  kind: (typeof KINDS)[number];
  bytes: Buffer;
  isText: boolean;
}

/** The address of the client where the frame has one: in every type but RQ and RR. */
export function clientOf({ message }: DecodedFrame): Uint8Array | undefined {
  return message?.type.startsWith('RESOLVER_') ? undefined : message?.query_address;
}

/** The addresses of servers in the frame. */
function serversOf({ message }: DecodedFrame): Uint8Array[] {
  const asked = message?.type.startsWith('RESOLVER_') ? message.query_address : undefined;
  return [asked, message?.response_address].filter((address) => address !== undefined);
}

/**
 * What of the capture may not be in what is written, each once. An address that is a server's elsewhere in the capture is
 * none: Unbound names itself as the one who asks in FQ and FR, and as the one who answers in CQ and CR.
 */
export function secretsOf(frames: readonly Uint8Array[]): Secret[] {
  const secrets = new Map<string, Secret>();
  const add = (kind: Secret['kind'], content: Uint8Array | string, isText = false) => {
    const bytes = Buffer.from(content as string, 'latin1');
    secrets.set(`${kind} ${bytes.toString('hex')}`, { kind, bytes, isText });
  };
  const decodedFrames = frames.map(decodeWithProtobufjs);
  const servers = new Set(decodedFrames.flatMap(serversOf).map(String));
  for (const name of CLIENT_NAMES) add('name of a client', name, true);
  add('name of a client', CLIENT_HARDWARE_ADDRESS);
  for (const decoded of decodedFrames) {
    const client = clientOf(decoded);
    if (client !== undefined && !servers.has(String(client))) {
      add(client.length === 4 ? 'IPv4 address' : 'IPv6 address', client);
      for (const text of textsOf(client)) add('address as text', text, true);
      for (const text of reverseNamesOf(client)) add('reverse name', text, true);
    }
    const { query_message: query, response_message: response } = decoded.message ?? {};
    for (const message of [query, response]) {
      if (message === undefined) continue;
      for (const value of clientOptionsIn(message)) add('EDNS option', value);
      const name = nameAskedIn(message);
      if (name !== undefined) add('name that was asked', name.toString('latin1').toLowerCase(), true);
    }
  }
  return [...secrets.values()];
}

/** By what the clients of the fixtures call themselves and their devices. */
const CLIENT_NAMES = [
  'alice',
  'bobs-laptop',
  'bob.wild',
  'carols-phone',
  'mallory',
  'printer',
  'desktop-4f7q2',
  'lease of',
  'line-00417-west',
  '02:1b:77:49:54:fd',
  'aht3svt9',
];

/** What add-mac of dnsmasq, and Umbrella, tell of a client. */
const CLIENT_HARDWARE_ADDRESS = Buffer.from('021b774954fd', 'hex');

/** How people and programs write an address. */
export function textsOf(address: Uint8Array): string[] {
  const digits = Buffer.from(address).toString('hex');
  const base64 = Buffer.from(address).toString('base64').replaceAll('=', '').toLowerCase();
  if (address.length === 4) {
    const dotted = address.join('.');
    const number = BigInt(`0x${digits}`);
    return [dotted, dotted.replaceAll('.', '-'), digits, base64, `${number}`];
  }
  const groups = digits.match(/.{4}/g) as string[];
  const whole = groups.join(':');
  const short = groups.map((group) => group.replace(/^0{1,3}/, '')).join(':');
  const shortest = new URL(`http://[${whole}]/`).hostname.slice(1, -1);
  const texts = [whole, short, shortest].flatMap((text) => [text, text.replaceAll(':', '-')]);
  return [...new Set([...texts, digits, base64])];
}

/** The labels that the address makes under in-addr.arpa and ip6.arpa, as text and as they stand in a DNS message. */
export function reverseNamesOf(address: Uint8Array): string[] {
  const labels =
    address.length === 4 ? [...address].reverse().map(String) : [...Buffer.from(address).toString('hex')].reverse();
  const wire = labels.map((label) => String.fromCharCode(label.length) + label).join('');
  return [`${labels.join('.')}.`, wire];
}

/** RFC 7871 client subnet, RFC 7873 cookie, and what carries a device: RFC 8764, Umbrella, OpenDNS, dnsmasq and other local ones. */
const CLIENT_OPTIONS = [4, 8, 10, 20292, 26946];
const FIRST_LOCAL_OPTION = 65001;

/** Below this many bytes a value can turn up by chance. */
const MIN_VALUE_LENGTH = 8;

/** The values of options that say something of the client, where dns-packet can read the message. */
function clientOptionsIn(message: Uint8Array): Uint8Array[] {
  const { additionals = [] } = decodeDns(message) ?? {};
  const options = additionals.flatMap((record) => (record.type === 'OPT' ? record.options : []));
  return options
    .filter(({ code }) => CLIENT_OPTIONS.includes(Number(code)) || Number(code) >= FIRST_LOCAL_OPTION)
    .map((option) => Uint8Array.from((option as { data?: Uint8Array }).data ?? []))
    .filter((value) => value.length >= MIN_VALUE_LENGTH && new Set(value).size > 2);
}

/** The wire form of the one name that the message asks for, where it is long enough not to turn up by chance. */
function nameAskedIn(message: Uint8Array): Buffer | undefined {
  const question = Buffer.from(message);
  if (question.length < 12 || question.readUInt16BE(4) !== 1) return undefined;
  question.fill(0, 6, 12);
  if (decodeDns(question) === undefined) return undefined;
  const name = question.subarray(12, dnsPacket.decode.bytes - 4);
  return name.length >= MIN_VALUE_LENGTH ? name : undefined;
}

/** The message as dns-packet reads it; undefined where it cannot. */
export function decodeDns(message: Uint8Array): dnsPacket.DecodedPacket | undefined {
  try {
    return dnsPacket.decode(Buffer.from(message));
  } catch {
    return undefined;
  }
}
