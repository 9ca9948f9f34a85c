/** Conditions, compiled: for one message type they hold always, never, or as the frame decides. */
import type { Key } from '../anonymize/key.ts';
import { OPCODES, RCODES } from '../dns/header.ts';
import { parseType } from '../dns/record-types.ts';
import type { FrameScan } from '../dnstap/scan.ts';
import { DnstapField, MESSAGE_TYPES, MessageField, SocketFamily, SocketProtocol } from '../dnstap/schema.ts';
import { AddressSet } from './address-set.ts';
import { hasOpcode, hasQname, hasQtype, hasRcode } from './dns-conditions.ts';
import { FieldIndex, messageFieldIndexes } from './field.ts';
import { NameSet } from './name-set.ts';
import type { Condition } from './plan.ts';
import { parsePrefix } from './prefix.ts';
import { inSample, parseSample } from './sample.ts';
import type { Conditions } from './schema.ts';
import { Truth, truthOf } from './truth.ts';

/** What conditions come to for one message type. */
export type Verdict = boolean | Condition;

/** A list of maps of which any may hold, compiled once and asked for each type. */
export class CompiledConditions {
  readonly #maps: CompiledMap[];

  /** `key` is what `sample` needs. */
  constructor(maps: readonly Conditions[], key?: Key) {
    this.#maps = maps.map((map) => compileMap(map, key));
  }

  /** What the conditions come to in frames of that message type. */
  forType(type: number): Verdict {
    const tests: Condition[] = [];
    for (const map of this.#maps) {
      if (((map.types >>> type) & 1) === 0) continue;
      const all = allOf(map.tests(type));
      if (all === true) return true;
      if (all !== false) tests.push(all);
    }
    if (tests.length === 0) return false;
    return tests.length === 1 ? tests[0] : (frame) => anyOf(tests, frame);
  }
}

interface CompiledMap {
  /** Bit t: message type t is among those of the map. */
  readonly types: number;
  tests(type: number): Verdict[];
}

const ALL_TYPES = -1;

function compileMap(conditions: Conditions, key: Key | undefined): CompiledMap {
  const common: Condition[] = [];
  if (conditions.socket_family !== undefined) {
    common.push(
      hasEnumValue(
        MessageField.socketFamily,
        conditions.socket_family.map((name) => SocketFamily[name]),
      ),
    );
  }
  if (conditions.socket_protocol !== undefined) {
    const values = conditions.socket_protocol.map((name) => SocketProtocol[name]);
    common.push(hasEnumValue(MessageField.socketProtocol, values));
  }
  if (conditions.identity !== undefined) common.push(hasIdentity(conditions.identity));
  if (conditions.opcode !== undefined) common.push(hasOpcode(conditions.opcode.map((name) => OPCODES[name])));
  if (conditions.rcode !== undefined) common.push(hasRcode(conditions.rcode.map((name) => RCODES[name])));
  if (conditions.qtype !== undefined) common.push(hasQtype(conditions.qtype.map(readType)));
  if (conditions.qname !== undefined) common.push(hasQname(nameSet(conditions.qname)));
  const sample = conditions.sample === undefined ? undefined : sampleOf(conditions.sample, key);
  const clients = conditions.client_address && addressSet(conditions.client_address);
  const servers = conditions.server_address && addressSet(conditions.server_address);
  return {
    types: conditions.type === undefined ? ALL_TYPES : typeBits(conditions.type),
    tests(type) {
      const tests: Verdict[] = [...common];
      if (sample !== undefined) tests.push(sample(type));
      if (clients !== undefined) tests.push(hasAddress(addressFields(type, FieldIndex.client_address), clients));
      if (servers !== undefined) tests.push(hasAddress(addressFields(type, FieldIndex.server_address), servers));
      return tests;
    },
  };
}

function allOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(false)) return false;
  const tests = verdicts.filter((verdict) => typeof verdict !== 'boolean');
  if (tests.length === 0) return true;
  return tests.length === 1 ? tests[0] : (frame) => everyOf(tests, frame);
}

function anyOf(tests: readonly Condition[], frame: FrameScan): number {
  let truth: number = Truth.no;
  for (let index = 0; index < tests.length && truth !== Truth.yes; index++) {
    truth = Math.max(truth, tests[index](frame));
  }
  return truth;
}

function everyOf(tests: readonly Condition[], frame: FrameScan): number {
  let truth: number = Truth.yes;
  for (let index = 0; index < tests.length && truth !== Truth.no; index++) {
    truth = Math.min(truth, tests[index](frame));
  }
  return truth;
}

/** The addresses or prefixes as a set. */
export function addressSet(prefixes: readonly string[]): AddressSet {
  const set = new AddressSet();
  for (const text of prefixes) {
    const { address, bits } = parsePrefix(text);
    set.add(address, bits);
  }
  return set;
}

/** Names and wildcards as a set. */
export function nameSet(names: readonly string[]): NameSet {
  const set = new NameSet();
  for (const name of names) set.add(name);
  return set;
}

function sampleOf(text: string, key: Key | undefined): (type: number) => Condition {
  const oneOf = parseSample(text);
  if (oneOf === undefined) throw new Error('a sample that was not checked');
  const subkey = key?.subkey('sample');
  // Conditions are also compiled to see for which types they can hold.
  return (type) => (subkey === undefined ? withoutKey : inSample(subkey, oneOf, type));
}

function withoutKey(): never {
  throw new Error('rules with a sample were compiled without a key');
}

function readType(text: string): number {
  const type = parseType(text);
  if (type === undefined) throw new Error('a record type that was not checked');
  return type;
}

/** Bit t for every message type t that one of the words names: a mnemonic, a full name or a group. */
function typeBits(words: readonly string[]): number {
  let bits = 0;
  for (const { number, name, mnemonic } of MESSAGE_TYPES) {
    const [role, direction] = name.toLowerCase().split('_');
    if (words.some((word) => [name, mnemonic, role, direction].includes(word))) bits |= 1 << number;
  }
  return bits;
}

/** Which address fields of that type have the role. */
function addressFields(type: number, role: number): number[] {
  return [MessageField.queryAddress, MessageField.responseAddress].filter(
    (number) => messageFieldIndexes[type][number] === role,
  );
}

function hasAddress(fields: readonly number[], set: AddressSet): Verdict {
  // No client in RQ and RR.
  if (fields.length === 0) return false;
  return ({ bytes, message }) =>
    truthOf(fields.some((field) => message.has(field) && set.has(bytes, message.value(field), message.end(field))));
}

function hasEnumValue(field: number, values: readonly number[]): Condition {
  return ({ bytes, message }) => truthOf(message.has(field) && values.includes(bytes[message.value(field)]));
}

function hasIdentity(texts: readonly string[]): Condition {
  const wanted = texts.map((text) => Buffer.from(text));
  return ({ bytes, dnstap }) => {
    if (!dnstap.has(DnstapField.identity)) return Truth.no;
    const identity = bytes.subarray(dnstap.value(DnstapField.identity), dnstap.end(DnstapField.identity));
    return truthOf(wanted.some((text) => text.equals(identity)));
  };
}
