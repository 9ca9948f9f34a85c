/** What each method does to its field: in place where the length stays, otherwise noted in the tables of the scan. */
import { AddressKind, type AddressMethod, addressKind, MAPPED_PREFIX_LENGTH } from '../anonymize/address.ts';
import { CachedAddresses } from '../anonymize/address-cache.ts';
import { Rotating } from '../anonymize/rotating.ts';
import { FrameMethods } from '../clean/frame-methods.ts';
import { MessageCleaner, WRITTEN } from '../clean/message-cleaner.ts';
import { HEADER_LENGTH, RECORD_COUNTS_OFFSET } from '../dns/header.ts';
import { QUESTIONS_MALFORMED, QUESTIONS_NONE, scanQuestions } from '../dns/question.ts';
import type { FieldTable } from '../dnstap/field-table.ts';
import type { FrameScan } from '../dnstap/scan.ts';
import { MessageField, PolicyField, SocketFamily } from '../dnstap/schema.ts';
import { removalErrors } from '../errors.ts';
import type { AddressSet } from '../rules/address-set.ts';
import { FieldIndex, messageFieldIndexes } from '../rules/field.ts';
import { type Method, MethodKind, type Plan, REMOVE } from '../rules/plan.ts';
import { ByteBuffer } from '../wire/byte-buffer.ts';
import { MAX_VARINT64_LENGTH, varintLength, varintNumber, writeVarint } from '../wire/varint.ts';
import type { Counters } from './counters.ts';
import { DeferredAddresses } from './deferred-addresses.ts';

/** What `anonymous` takes out of a policy. */
const IDENTIFYING_POLICY_FIELDS = (1 << PolicyField.rule) | (1 << PolicyField.value);

const MESSAGES = [MessageField.queryMessage, MessageField.responseMessage] as const;

export class FieldEditor {
  /** The fields that stand in place of others, as whole fields. */
  readonly scratch: ByteBuffer = new ByteBuffer(4096);
  /** The addresses that were taken out of the frame. */
  readonly deferred: DeferredAddresses = new DeferredAddresses();
  readonly #frame: FrameScan;
  readonly #publicAddresses: AddressSet | undefined;
  readonly #counters: Counters;
  readonly #methods: FrameMethods;
  readonly #cleaner: MessageCleaner;

  constructor(frame: FrameScan, plan: Plan, counters: Counters) {
    this.#frame = frame;
    this.#publicAddresses = plan.publicAddresses;
    this.#counters = counters;
    this.#methods = new FrameMethods(plan, counters);
    this.#cleaner = new MessageCleaner(this.#methods);
  }

  /**
   * Carries out the methods on those fields of Dnstap or Message whose bits are set in `fields`; `indexes` gives by number the index of a
   * field in `methods`. None of the methods is `keep`.
   */
  edit(table: FieldTable, fields: number, indexes: Uint8Array, methods: readonly Method[]): void {
    for (let rest = table.present & fields; rest !== 0; rest &= rest - 1) {
      const number = 31 - Math.clz32(rest & -rest);
      const index = indexes[number];
      this.#apply(table, number, index, methods[index]);
    }
  }

  #apply(table: FieldTable, number: number, index: number, method: Method): void {
    switch (method.kind) {
      case MethodKind.remove:
        this.#remove(table, number, index);
        return;
      case MethodKind.address:
        this.#rewriteAddress(table, number, index, method);
        return;
      case MethodKind.time:
        this.#truncateTime(table, number, index, method);
        return;
      case MethodKind.replace: {
        const start = this.scratch.length;
        this.scratch.append(method.field, 0, method.field.length);
        table.replace(number, start, this.scratch.length);
        this.#counters.countChange(index, method.index);
        return;
      }
    }
  }

  /**
   * Carries out the methods on both DNS messages and on `query_zone`. Where `isLookedInto`, what stays of the messages is cleaned. To be called
   * before `edit`: it needs the client and the time as they arrived.
   */
  editMessages(type: number, methods: readonly Method[], isLookedInto: boolean): void {
    const { message } = this.#frame;
    const isUndecided = methods[FieldIndex.names].kind === MethodKind.undecided;
    let hasBegun = false;
    for (const number of MESSAGES) {
      if (!message.has(number)) continue;
      const index = messageFieldIndexes[type][number];
      const method = methods[index];
      if (isUndecided || method.kind === MethodKind.remove) this.#remove(message, number, index);
      else {
        if (!hasBegun) this.#beginMessages(type, methods);
        hasBegun = true;
        this.#editMessage(number, index, method, isLookedInto);
      }
    }
    if (!message.has(MessageField.queryZone)) return;
    const { kind } = methods[FieldIndex.query_zone];
    if (kind === MethodKind.keep) return;
    if (kind === MethodKind.remove || isUndecided) this.#remove(message, MessageField.queryZone, FieldIndex.query_zone);
    else {
      if (!hasBegun) this.#beginMessages(type, methods);
      this.#cleanZone();
    }
  }

  #beginMessages(type: number, methods: readonly Method[]): void {
    const { bytes, message } = this.#frame;
    this.#methods.begin(methods, this.#time());
    const field = MessageField.queryAddress;
    if (message.has(field) && messageFieldIndexes[type][field] === FieldIndex.client_address) {
      this.#methods.setClient(bytes, message.value[field], message.end[field]);
    }
  }

  #editMessage(number: number, index: number, method: Method, isLookedInto: boolean): void {
    const { bytes, message } = this.#frame;
    const start = message.value[number];
    let end = message.end[number];
    if (method.kind === MethodKind.question) {
      end = this.#cutToQuestion(number, start, end);
      if (end < 0) return;
      this.#counters.countChange(index, method.index);
    }
    const outcome = isLookedInto ? this.#cleaner.clean(bytes, start, end) : 0;
    if (outcome > 0) this.#removeInvalid(message, number, outcome);
    else if (outcome === WRITTEN) this.#replaceWritten(number);
    else if (end < message.end[number]) this.#replaceValue(message, number, start, end);
  }

  /** A zone that no rule names has what names have. */
  #cleanZone(): void {
    const { bytes, message } = this.#frame;
    const number = MessageField.queryZone;
    const { names, reverseNames } = this.#methods;
    if (names.kind === MethodKind.keep && reverseNames.kind === MethodKind.keep) return;
    const outcome = this.#cleaner.cleanZone(bytes, message.value[number], message.end[number]);
    if (outcome > 0) this.#removeInvalid(message, number, outcome);
    else if (outcome === WRITTEN) this.#replaceWritten(number);
  }

  #replaceWritten(number: number): void {
    const { message } = this.#frame;
    const { written } = this.#cleaner;
    const fieldStart = this.#startField(message, number);
    this.#appendVarint(written.length);
    this.scratch.append(written.bytes, 0, written.length);
    message.replace(number, fieldStart, this.scratch.length);
  }

  /** Carries out `anonymous` and `unknown` inside the policy; one that is emptied by this goes as a whole. */
  editPolicy(policyMethod: Method, unknownMethod: Method): void {
    const { message, policy } = this.#frame;
    if (policyMethod.kind === MethodKind.remove) return;
    if (policyMethod.kind === MethodKind.anonymous && (policy.present & IDENTIFYING_POLICY_FIELDS) !== 0) {
      if (policy.has(PolicyField.rule)) policy.remove(PolicyField.rule);
      if (policy.has(PolicyField.value)) policy.remove(PolicyField.value);
      this.#counters.countChange(FieldIndex.policy, policyMethod.index);
    }
    if (policy.has(0) && unknownMethod.kind === MethodKind.remove) this.#remove(policy, 0, FieldIndex.unknown);
    if (policy.removed === policy.present) message.remove(MessageField.policy);
  }

  #remove(table: FieldTable, number: number, index: number): void {
    if (index <= FieldIndex.server_address && this.#isPublic(table, number)) return;
    const isTime = index === FieldIndex.query_time || index === FieldIndex.response_time;
    const count = number === 0 ? table.unknownCount : isTime && isSecondHalf(table, number) ? 0 : 1;
    this.#counters.countChange(index, REMOVE.index, count);
    table.remove(number);
  }

  #removeInvalid(table: FieldTable, number: number, code: number): void {
    this.#counters.removedByCode[code]++;
    table.remove(number);
  }

  #rewriteAddress(table: FieldTable, number: number, index: number, method: Method): void {
    const { bytes } = this.#frame;
    const start = table.value[number];
    const end = table.end[number];
    const kind = addressKind(bytes, start, end);
    const family = this.#family();
    if (!agreesWithFamily(kind, family)) {
      this.#removeInvalid(table, number, removalErrors.ADDRESS_INVALID);
      return;
    }
    if (this.#publicAddresses?.has(bytes, start, end)) return;
    const address = method.address && this.#addressMethod(method.address);
    if (address === undefined) {
      this.#removeInvalid(table, number, removalErrors.PERIOD_UNKNOWN);
      return;
    }
    if (kind === AddressKind.mapped && family === SocketFamily.INET) {
      address.ipv4(bytes, end - 4);
      this.#replaceValue(table, number, start + MAPPED_PREFIX_LENGTH, end);
    } else if (address instanceof CachedAddresses) {
      const length = kind === AddressKind.ipv6 ? 16 : 4;
      this.deferred.take(address, bytes, end - length, length);
    } else if (kind === AddressKind.ipv6) address.ipv6(bytes, start);
    else address.ipv4(bytes, end - 4);
    this.#counters.countChange(index, method.index);
  }

  /** The method for this frame: that of its period, undefined where nobody knows the period. */
  #addressMethod(method: AddressMethod | Rotating<AddressMethod>): AddressMethod | undefined {
    return method instanceof Rotating ? method.at(this.#time()) : method;
  }

  #isPublic(table: FieldTable, number: number): boolean {
    if (this.#publicAddresses === undefined) return false;
    const { bytes } = this.#frame;
    const start = table.value[number];
    const end = table.end[number];
    const agrees = agreesWithFamily(addressKind(bytes, start, end), this.#family());
    return agrees && this.#publicAddresses.has(bytes, start, end);
  }

  /** `socket_family`, or 0 where the frame has none. */
  #family(): number {
    const { bytes, message } = this.#frame;
    return message.has(MessageField.socketFamily) ? bytes[message.value[MessageField.socketFamily]] : 0;
  }

  /**
   * The seconds of query_time or, where there are none, of response_time; NaN where there are neither. Addresses have lower field
   * numbers than times, so the times are still as they arrived when an address asks.
   */
  #time(): number {
    const { bytes, message } = this.#frame;
    const field = message.has(MessageField.queryTimeSec) ? MessageField.queryTimeSec : MessageField.responseTimeSec;
    return message.has(field) ? varintNumber(bytes, message.value[field], message.end[field]) : Number.NaN;
  }

  #truncateTime(table: FieldTable, number: number, index: number, method: Method): void {
    if (isSecondHalf(table, number)) return;
    const isSeconds = number === MessageField.queryTimeSec || number === MessageField.responseTimeSec;
    const nanoseconds = isSeconds ? nanosecondsOf(number) : number;
    if (isSeconds && !this.#truncateSeconds(table, number, method.unit)) {
      this.#removeInvalid(table, number, removalErrors.TIME_INVALID);
      if (table.has(nanoseconds)) table.remove(nanoseconds);
      return;
    }
    if (table.has(nanoseconds)) zero(this.#frame.bytes, table.value[nanoseconds], table.end[nanoseconds]);
    this.#counters.countChange(index, method.index);
  }

  /** Returns whether the seconds are a number that can be cut to a multiple of `unit`. */
  #truncateSeconds(table: FieldTable, number: number, unit: number): boolean {
    const { bytes } = this.#frame;
    const start = table.value[number];
    const end = table.end[number];
    const seconds = varintNumber(bytes, start, end);
    if (seconds > Number.MAX_SAFE_INTEGER) return false;
    if (unit === 1) return true;
    const truncated = seconds - (seconds % unit);
    if (varintLength(truncated) === end - start) writeVarint(bytes, start, truncated);
    else this.#replaceVarint(table, number, truncated);
    return true;
  }

  /** Where the question section of the message ends, which then has no records; -1 where it is removed since there is none. */
  #cutToQuestion(number: number, start: number, messageEnd: number): number {
    const { bytes, message } = this.#frame;
    const end = scanQuestions(bytes, start, messageEnd);
    if (end === QUESTIONS_MALFORMED || end === QUESTIONS_NONE) {
      const code = end === QUESTIONS_NONE ? removalErrors.DNS_NO_QUESTION : removalErrors.DNS_MALFORMED;
      this.#removeInvalid(message, number, code);
      return -1;
    }
    zero(bytes, start + RECORD_COUNTS_OFFSET, start + HEADER_LENGTH);
    return end;
  }

  /** The bytes of the frame from `start` to `end` become the value of a field with a length. */
  #replaceValue(table: FieldTable, number: number, start: number, end: number): void {
    const fieldStart = this.#startField(table, number);
    this.#appendVarint(end - start);
    this.scratch.append(this.#frame.bytes, start, end);
    table.replace(number, fieldStart, this.scratch.length);
  }

  #replaceVarint(table: FieldTable, number: number, value: number): void {
    const fieldStart = this.#startField(table, number);
    this.#appendVarint(value);
    table.replace(number, fieldStart, this.scratch.length);
  }

  /** Writes the tag of a field to the scratch bytes; returns where it stands. Every field that is replaced has a tag of one byte. */
  #startField(table: FieldTable, number: number): number {
    const start = this.scratch.length;
    this.scratch.append(this.#frame.bytes, table.start[number], table.start[number] + 1);
    return start;
  }

  #appendVarint(value: number): void {
    this.scratch.reserve(MAX_VARINT64_LENGTH);
    this.scratch.length = writeVarint(this.scratch.bytes, this.scratch.length, value);
  }
}

/** Whether an address of that kind can stand in a frame of that family; 0 is no family. */
function agreesWithFamily(kind: number, family: number): boolean {
  if (kind === AddressKind.none) return false;
  if (family === 0 || kind === AddressKind.mapped) return true;
  return (kind === AddressKind.ipv4) === (family === SocketFamily.INET);
}

/** Zeroes a few bytes; for so few a loop costs less than a call of `fill`. */
function zero(bytes: Uint8Array, start: number, end: number): void {
  for (let position = start; position < end; position++) bytes[position] = 0;
}

function nanosecondsOf(seconds: number): number {
  return seconds === MessageField.queryTimeSec ? MessageField.queryTimeNsec : MessageField.responseTimeNsec;
}

/** Whether the field of Message is the nanoseconds of a time whose seconds are here too: the seconds stand for both. */
function isSecondHalf(table: FieldTable, number: number): boolean {
  if (number === MessageField.queryTimeNsec) return table.has(MessageField.queryTimeSec);
  return number === MessageField.responseTimeNsec && table.has(MessageField.responseTimeSec);
}
