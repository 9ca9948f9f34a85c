/**
 * What each method does to its field, DNS messages apart: in place where the length stays, otherwise noted in the changes of the frame.
 * Addresses ask for the time of the frame, so they come before times: they have lower field numbers.
 */
import { AddressKind, addressKind, MAPPED_PREFIX_LENGTH } from '../anonymize/address.ts';
import { type FieldTable, lowestField } from '../dnstap/field-table.ts';
import { MessageField, PolicyField, SocketFamily } from '../dnstap/schema.ts';
import { removalErrors } from '../errors.ts';
import type { AddressSet } from '../rules/address-set.ts';
import { FieldIndex } from '../rules/field.ts';
import { type Method, MethodKind, type Plan, REMOVE } from '../rules/plan.ts';
import { varintLength, varintNumber, writeVarint } from '../wire/varint.ts';
import type { Counters } from './counters.ts';
import { DeferredAddresses } from './deferred-addresses.ts';
import { frame } from './frame.ts';
import { secondsOf } from './frame-seconds.ts';
import type { NewFields } from './new-fields.ts';

/** What `anonymous` takes out of a policy. */
const IDENTIFYING_POLICY_FIELDS = (1 << PolicyField.rule) | (1 << PolicyField.value);

/** The bit of all unknown fields in a table. */
const UNKNOWN_FIELDS = 1;

export class FieldEditor {
  /** The addresses that were taken out of the frame. */
  readonly deferred: DeferredAddresses = new DeferredAddresses();
  readonly #publicAddresses: AddressSet | undefined;
  readonly #counters: Counters;
  readonly #newFields: NewFields;

  constructor(plan: Plan, counters: Counters, newFields: NewFields) {
    this.#publicAddresses = plan.publicAddresses;
    this.#counters = counters;
    this.#newFields = newFields;
  }

  /**
   * Carries out the methods on those fields of Dnstap or Message whose bits are set in `fields`; `indexes` gives by number the index of a
   * field in `methods`. None of the methods is `keep`.
   */
  edit(table: FieldTable, fields: number, indexes: Uint8Array, methods: readonly Method[]): void {
    for (let rest = table.present & fields; rest !== 0; rest &= rest - 1) {
      const number = lowestField(rest);
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
      case MethodKind.replace:
        this.#newFields.replace(table, number, method.field);
        this.#counters.countChange(index, method.index);
        return;
    }
  }

  /** Carries out `anonymous` and `unknown` inside the policy; one that is emptied by this goes as a whole. */
  editPolicy(policyMethod: Method, unknownMethod: Method): void {
    const { message, policy } = frame;
    if (policyMethod.kind === MethodKind.remove) return;
    const identifying = policyMethod.kind === MethodKind.anonymous ? policy.present & IDENTIFYING_POLICY_FIELDS : 0;
    const unknown = unknownMethod.kind === MethodKind.remove ? policy.present & UNKNOWN_FIELDS : 0;
    if (identifying !== 0) this.#counters.countChange(FieldIndex.policy, policyMethod.index);
    if (unknown !== 0) this.#counters.countChange(FieldIndex.unknown, REMOVE.index, policy.unknownCount);
    const going = identifying | unknown;
    if (going === policy.present) message.remove(MessageField.policy);
    else for (let rest = going; rest !== 0; rest &= rest - 1) policy.remove(lowestField(rest));
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
    const { bytes } = frame;
    const start = table.value(number);
    const end = table.end(number);
    const kind = addressKind(bytes, start, end);
    const family = this.#family();
    if (!agreesWithFamily(kind, family)) {
      this.#removeInvalid(table, number, removalErrors.ADDRESS_INVALID);
      return;
    }
    if (this.#publicAddresses?.has(bytes, start, end)) return;
    // The method of the frame's period, if it has a period.
    const address = method.address ?? method.rotatingAddress?.at(secondsOf(frame));
    if (address === undefined) {
      this.#removeInvalid(table, number, removalErrors.PERIOD_UNKNOWN);
      return;
    }
    if (kind === AddressKind.mapped && family === SocketFamily.INET) {
      address.ipv4(bytes, end - 4);
      this.#newFields.replaceValue(table, number, bytes, start + MAPPED_PREFIX_LENGTH, end);
    } else {
      const length = kind === AddressKind.ipv6 ? 16 : 4;
      const pseudonyms = address.table?.(length);
      if (pseudonyms !== undefined) this.deferred.take(pseudonyms, bytes, end - length);
      else if (length === 16) address.ipv6(bytes, start);
      else address.ipv4(bytes, end - 4);
    }
    this.#counters.countChange(index, method.index);
  }

  #isPublic(table: FieldTable, number: number): boolean {
    if (this.#publicAddresses === undefined) return false;
    const { bytes } = frame;
    const start = table.value(number);
    const end = table.end(number);
    const agrees = agreesWithFamily(addressKind(bytes, start, end), this.#family());
    return agrees && this.#publicAddresses.has(bytes, start, end);
  }

  /** `socket_family`, or 0 where the frame has none. */
  #family(): number {
    const { bytes, message } = frame;
    return message.has(MessageField.socketFamily) ? bytes[message.value(MessageField.socketFamily)] : 0;
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
    if (table.has(nanoseconds)) zero(frame.bytes, table.value(nanoseconds), table.end(nanoseconds));
    this.#counters.countChange(index, method.index);
  }

  /** Returns whether the seconds are a number that can be cut to a multiple of `unit`. */
  #truncateSeconds(table: FieldTable, number: number, unit: number): boolean {
    const { bytes } = frame;
    const start = table.value(number);
    const end = table.end(number);
    const seconds = varintNumber(bytes, start, end);
    if (seconds > Number.MAX_SAFE_INTEGER) return false;
    if (unit === 1) return true;
    const truncated = seconds - (seconds % unit);
    if (varintLength(truncated) === end - start) writeVarint(bytes, start, truncated);
    else this.#newFields.replaceVarint(table, number, truncated);
    return true;
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
