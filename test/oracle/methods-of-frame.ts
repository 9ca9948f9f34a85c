/** Which method each field of a frame gets, from the frame as protobufjs decodes it and the rules as they stand in YAML. */
import { BlockList } from 'node:net';
import type { Conditions, Method, PlainRules, SettableField } from '../reference/rules.ts';
import type { DecodedFrame, DecodedMessage } from '../support/oracle.ts';
import { dnsConditionHolds, type Knowledge } from './dns-conditions.ts';

/** The methods that rules or the default give; a field that is not named here is kept. `drop` is for the whole frame. */
export type FrameMethods = Partial<Record<SettableField, Method>> | 'drop';

/** True in the types whose `query_address` is a server's (docs/frames.md, section 2). */
export function asksServers(type: string): boolean {
  return type.startsWith('RESOLVER_');
}

/** The address of 4 or 16 bytes as text, an IPv4-mapped one as IPv4; undefined for other lengths. */
export function addressText(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return undefined;
  const digits = Buffer.from(bytes).toString('hex');
  if (digits.startsWith('00000000000000000000ffff')) return bytes.slice(12).join('.');
  return digits.replace(/.{4}(?!$)/g, '$&:');
}

/** True where the address lies in one of the prefixes; Node's own list of networks is asked. */
export function liesIn(bytes: Uint8Array | undefined, prefixes: readonly string[]): boolean {
  const text = bytes && addressText(bytes);
  if (text === undefined) return false;
  const list = new BlockList();
  for (const prefix of prefixes) {
    const [address, bits] = prefix.split('/') as [string, string?];
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list.check(text, text.includes(':') ? 'ipv6' : 'ipv4');
}

function conditionHolds(frame: DecodedFrame, message: DecodedMessage, condition: string, values: string[]): Knowledge {
  const isResolver = asksServers(message.type);
  const { query_address: asked, response_address: answering } = message;
  switch (condition) {
    case 'type': {
      const [who, what] = message.type.split('_') as [string, string];
      const words = [message.type, who.charAt(0) + what.charAt(0), who.toLowerCase(), what.toLowerCase()];
      return values.some((word) => words.includes(word));
    }
    case 'client_address':
      return !isResolver && liesIn(asked, values);
    case 'server_address':
      return liesIn(answering, values) || (isResolver && liesIn(asked, values));
    case 'socket_family':
      return values.includes(message.socket_family ?? '');
    case 'socket_protocol':
      return values.includes(message.socket_protocol ?? '');
    case 'identity':
      return values.some((text) => frame.identity !== undefined && Buffer.from(text).equals(frame.identity));
    default:
      return dnsConditionHolds(condition, values, message);
  }
}

function holds(frame: DecodedFrame, message: DecodedMessage, conditions: Conditions): Knowledge {
  return all(
    Object.entries(conditions).map(([condition, value]) =>
      conditionHolds(frame, message, condition, [value].flat() as string[]),
    ),
  );
}

function all(parts: readonly Knowledge[]): Knowledge {
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? undefined : true;
}

function no(part: Knowledge): Knowledge {
  return part === undefined ? undefined : !part;
}

/** Whether a file hides clients, and so looks into DNS messages and zones (docs/frames.md, section 5). */
export function hidesClients({ default: fallback, rules = [] }: PlainRules): boolean {
  return fallback === 'remove' || rules.some(({ set }) => (set?.client_address ?? 'keep') !== 'keep');
}

/** Goes through the rules for one frame (docs/frames.md, sections 3 and 5). */
export function methodsOfFrame(frame: DecodedFrame, rules: PlainRules): FrameMethods {
  const message = frame.message as DecodedMessage;
  const anyHolds = (maps: Conditions | Conditions[]) =>
    no(all([maps].flat().map((map) => no(holds(frame, message, map)))));
  const { rules: list = [] } = rules;
  const named: Partial<Record<SettableField, Method>> = {};
  for (const { match, unless, action, set } of list) {
    const applies = all([match === undefined || anyHolds(match), unless === undefined || no(anyHolds(unless))]);
    if (applies === false) continue;
    if (action === 'drop') return 'drop';
    if (applies === undefined) throw new Error('rules of the tests with "set" are decided in all frames of the tests');
    Object.assign(named, set);
  }
  const methods: Partial<Record<SettableField, Method>> = { unknown: 'remove' };
  const removesByDefault = rules.default === 'remove';
  if (removesByDefault) Object.assign(methods, REMOVE_ALL);
  const hides = hidesClients(rules);
  if (hides) Object.assign(methods, { extra: 'remove' });
  if (hides && !removesByDefault) methods.policy = 'anonymous';
  Object.assign(methods, named);
  return methods;
}

const REMOVE_ALL: Partial<Record<SettableField, Method>> = {
  client_address: 'remove',
  server_address: 'remove',
  query_port: 'remove',
  response_port: 'remove',
  query_time: 'remove',
  response_time: 'remove',
  query_message: 'remove',
  response_message: 'remove',
  policy: 'remove',
  query_zone: 'remove',
  identity: 'remove',
  version: 'remove',
  extra: 'remove',
  socket_protocol: 'remove',
  http_protocol: 'remove',
};
