/** What a frame has to say after its methods, in terms of protobufjs, dns-packet and the reference's pseudonyms (docs/frames.md, section 4). */
import dnsPacket from 'dns-packet';
import { methodKey } from '../reference/keys.ts';
import { periodOf } from '../reference/periods.ts';
import { isKeyed, pseudonym } from '../reference/pseudonyms.ts';
import type { Method, PlainRules, SettableField } from '../reference/rules.ts';
import type { DecodedFrame, DecodedMessage } from '../support/oracle.ts';
import { someKey } from '../support/some-rules.ts';
import { asksServers, liesIn } from './methods-of-frame.ts';

type Methods = Partial<Record<SettableField, Method>>;

const SECONDS = { '1s': 1n, '1m': 60n, '1h': 3600n, '1d': 86_400n };

/** The fields that the frame has after the methods; a policy of which no known field is left is none. */
export function expectedFrame(frame: DecodedFrame, methods: Methods, rules: PlainRules): DecodedFrame {
  const expected: DecodedFrame = structuredClone(frame);
  const message = expected.message as DecodedMessage;

  for (const field of ['identity', 'version', 'extra'] as const) {
    const method = methods[field] ?? 'keep';
    if (method === 'remove') delete expected[field];
    if (typeof method === 'object') expected[field] = Uint8Array.from(Buffer.from((method as Replace).replace));
  }
  for (const field of ['query_port', 'response_port', 'query_zone', 'socket_protocol', 'http_protocol'] as const) {
    if (methods[field] === 'remove') delete message[field];
  }
  for (const field of ['query_address', 'response_address'] as const) {
    const role = field === 'response_address' || asksServers(message.type) ? 'server_address' : 'client_address';
    put(message, field, expectedAddress(message, message[field], role, methods[role] ?? 'keep', rules));
  }
  for (const time of ['query_time', 'response_time'] as const) changeTime(message, time, methods[time] ?? 'keep');
  for (const field of ['query_message', 'response_message'] as const) {
    if (methods[field] === 'question') put(message, field, questionOf(message[field]));
    if (methods[field] === 'remove') delete message[field];
  }
  if (methods.policy === 'remove') delete message.policy;
  if (methods.policy === 'anonymous') {
    delete message.policy?.rule;
    delete message.policy?.value;
  }
  return withoutEmptyPolicy(expected);
}

interface Replace {
  replace: string;
}

function put<Field extends keyof DecodedMessage>(
  message: DecodedMessage,
  field: Field,
  value: DecodedMessage[Field] | undefined,
): void {
  if (value === undefined) delete message[field];
  else message[field] = value;
}

/** The frame without a policy that has no known field: whether it is to be there, unknown fields decide. */
export function withoutEmptyPolicy(frame: DecodedFrame): DecodedFrame {
  const { message } = frame;
  if (message?.policy !== undefined && Object.keys(message.policy).length === 0) delete message.policy;
  return frame;
}

/** True where there is nothing in the frame but the fields that always stay. */
export function saysNothing({ message, ...others }: DecodedFrame): boolean {
  const names = [...Object.keys(others), ...Object.keys(message ?? {})];
  return names.every((name) => name === 'type' || name === 'socket_family');
}

function expectedAddress(
  message: DecodedMessage,
  bytes: Uint8Array | undefined,
  role: 'client_address' | 'server_address',
  method: Method,
  rules: PlainRules,
): Uint8Array | undefined {
  const { socket_family: family } = message;
  if (bytes === undefined || method === 'keep') return bytes;
  const number = BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);
  const isMapped = bytes.length === 16 && number >> 32n === 0xffffn;
  const lengths = { INET: [4], INET6: [16] }[family ?? ''] ?? [4, 16];
  if (!isMapped && !lengths.includes(bytes.length)) return undefined;
  if (liesIn(bytes, rules.public?.addresses ?? [])) return bytes;
  if (method === 'remove') return undefined;
  if (isKeyed(method)) {
    const { rotate } = rules.key ?? {};
    const period = rotate && periodOf(message.query_time_sec ?? message.response_time_sec, rotate);
    if (rotate !== undefined && period === undefined) return undefined;
    const client = message.type?.startsWith('FORWARDER_') ? 'forwarder' : 'client';
    const map = role === 'client_address' ? client : 'server';
    const key = methodKey({ ...rules.key, key: someKey }, map, method, period);
    return pseudonym(method, key, bytes).slice(isMapped && family === 'INET' ? 12 : 0);
  }
  const { ipv4 = 24, ipv6 = 48 } = typeof method === 'object' ? (method as TruncateAddress).truncate : {};
  const [width, kept] = bytes.length === 4 ? [32, ipv4] : [128, ipv6Bits(number, isMapped, ipv4, ipv6)];
  const rest = 1n << BigInt(width - kept);
  const digits = (number - (number % rest)).toString(16).padStart(width / 4, '0');
  return Uint8Array.from(Buffer.from(isMapped && family === 'INET' ? digits.slice(-8) : digits, 'hex'));
}

interface TruncateAddress {
  truncate: { ipv4?: number; ipv6?: number };
}

function ipv6Bits(number: bigint, isMapped: boolean, ipv4: number, ipv6: number): number {
  if (isMapped) return 96 + ipv4;
  const isSixToFour = number >> 112n === 0x2002n;
  return isSixToFour ? Math.min(16 + ipv4, ipv6) : ipv6;
}

function changeTime(message: DecodedMessage, time: 'query_time' | 'response_time', method: Method): void {
  if (method === 'keep') return;
  const seconds = message[`${time}_sec`];
  if (method === 'remove' || (seconds !== undefined && seconds > Number.MAX_SAFE_INTEGER)) {
    delete message[`${time}_sec`];
    delete message[`${time}_nsec`];
    return;
  }
  const unit = SECONDS[(method as { truncate: keyof typeof SECONDS }).truncate];
  if (seconds !== undefined) message[`${time}_sec`] = (seconds / unit) * unit;
  if (message[`${time}_nsec`] !== undefined) message[`${time}_nsec`] = 0;
}

/** The header and the questions, as far as dns-packet reads them, with no other records counted. */
function questionOf(message: Uint8Array | undefined): Uint8Array | undefined {
  if (message === undefined || message.length < 12) return undefined;
  const copy = Buffer.from(message).fill(0, 6, 12);
  try {
    const { questions = [] } = dnsPacket.decode(copy);
    return questions.length === 0 ? undefined : Uint8Array.from(copy.subarray(0, dnsPacket.decode.bytes));
  } catch {
    return undefined;
  }
}
