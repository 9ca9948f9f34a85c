/** What the rules come to for the DNS messages of one frame, and what of the frame they need. */
import { AddressKind, addressKind } from '../anonymize/address.ts';
import { Rotating } from '../anonymize/rotating.ts';
import { FieldIndex } from '../rules/field.ts';
import { KEEP, type Method, MethodKind, type Plan, REMOVE, UNNAMED } from '../rules/plan.ts';

/** Where the filter counts; a field and a method by their indexes. */
export interface CleanCounters {
  readonly removedByCode: Float64Array;
  countChange(field: number, method: number, count?: number): void;
}

/** The methods of one frame after the other. */
export class FrameMethods {
  readonly plan: Plan;
  readonly counters: CleanCounters;
  /** Those of `names` and `reverse_names`; `keep` where they do nothing. */
  names: Method = KEEP;
  reverseNames: Method = KEEP;
  zeroesId = false;
  /** The method of `client_address`, `remove` where that is `keep`: what hidden clients have where no rule says otherwise. */
  client: Method = REMOVE;
  /** Whether options that no rule names are removed, but for a few. */
  closesOptions = false;
  /** The client's address as it arrived; of an IPv4-mapped one the last four octets. */
  readonly clientBytes: Uint8Array = new Uint8Array(16);
  clientKind: number = AddressKind.none;
  /** The time of the frame, in seconds; NaN where it has none. */
  seconds: number = Number.NaN;
  #methods: readonly Method[] = [];

  constructor(plan: Plan, counters: CleanCounters) {
    this.plan = plan;
    this.counters = counters;
  }

  /** Begins with a frame: its methods, and its time in seconds. The client is none until `setClient` names it. */
  begin(methods: readonly Method[], seconds: number): void {
    const { hidesClients } = this.plan;
    const client = methods[FieldIndex.client_address];
    const reverseNames = methods[FieldIndex.reverse_names];
    this.#methods = methods;
    this.client = client.kind === MethodKind.keep ? REMOVE : client;
    this.names = methods[FieldIndex.names];
    this.reverseNames = reverseNames === UNNAMED ? this.client : reverseNames;
    this.zeroesId = methods[FieldIndex.message_id].kind === MethodKind.zero;
    this.closesOptions = hidesClients || this.names.kind !== MethodKind.keep;
    this.clientKind = AddressKind.none;
    this.seconds = seconds;
  }

  /** The bytes from `start` to `end` are the frame's client. */
  setClient(bytes: Uint8Array, start: number, end: number): void {
    const kind = addressKind(bytes, start, end);
    if (kind === AddressKind.none) return;
    const from = kind === AddressKind.ipv6 ? start : end - 4;
    for (let index = from; index < end; index++) this.clientBytes[index - from] = bytes[index];
    this.clientKind = kind === AddressKind.ipv6 ? AddressKind.ipv6 : AddressKind.ipv4;
  }

  /** The method that rules name for the option, or `UNNAMED`. */
  option(code: number): Method {
    return this.#entry(this.plan.entries.optionFields[code], FieldIndex.edns);
  }

  /** The method that rules name for the record type, or `UNNAMED`. */
  record(type: number): Method {
    return this.#entry(this.plan.entries.recordFields[type], FieldIndex.records);
  }

  get otherOptions(): Method {
    return this.#methods[FieldIndex.edns];
  }

  get otherRecords(): Method {
    return this.#methods[FieldIndex.records];
  }

  /** What is there in the period of the frame; undefined where nobody knows the period. */
  inPeriod<Value extends object>(value: Value | Rotating<Value>): Value | undefined {
    return value instanceof Rotating ? value.at(this.seconds) : value;
  }

  #entry(field: number, other: number): Method {
    return field === other ? UNNAMED : this.#methods[field];
  }
}
