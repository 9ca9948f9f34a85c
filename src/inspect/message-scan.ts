/**
 * What BIND 9.18, and so dnstap-read, makes of a DNS message: its first question, or that the message is malformed. Every record of the
 * message has a say in it, since dnstap-read shows no question of a message that does not parse to its end.
 */
import { HEADER_LENGTH, QUESTION_COUNT_OFFSET } from '../dns/header.ts';
import { read16 } from '../wire/uint16.ts';
import { renderName, scanLooseName } from './name-text.ts';
import { isRdata } from './rdata.ts';

const TYPE = {
  ...{ cname: 5, soa: 6, sig: 24, key: 25, dname: 39, opt: 41, rrsig: 46, nsec3: 50, tkey: 249, tsig: 250 },
  ...{ ixfr: 251, any: 255 },
} as const;
const CLASS = { none: 254, any: 255 } as const;
const OPCODE = { notify: 4, update: 5 } as const;
const SECTION = { answer: 0, authority: 1, additional: 2 } as const;
const RECORD_SECTIONS = [SECTION.answer, SECTION.authority, SECTION.additional] as const;

/** What a record has between its name and its data: type, class, time to live, length of the data. */
const RECORD_FIXED_LENGTH = 10;

interface ScannedRecord {
  readonly name: number;
  readonly type: number;
  readonly class: number;
  readonly data: number;
  readonly end: number;
  readonly section: number;
  readonly isLast: boolean;
}

/** One message at a time: `scan` fills it, and it is used again. */
export class MessageScan {
  /** Where the name of the first question starts, or -1 where there is no question; its type and class. */
  questionName = -1;
  questionType = 0;
  questionClass = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #message = 0;
  #position = 0;
  #end = 0;
  /** The class of the message, -1 while nothing has given it one. */
  #class = -1;
  #isUpdate = false;
  /** UPDATE and NOTIFY ask about a zone, which has a class (RFC 2136, 2.3; RFC 1996, 3.7). */
  #isAboutZone = false;
  #isResponse = false;
  #hasTkeyQuestion = false;
  #hasOpt = false;
  /** The data of the records of a section of whose kind a name has only one, by name, class and type. */
  readonly #singletons = new Map<string, string>();

  /** Scans the message from `start` to `end`; returns whether it is well formed. */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    this.questionName = -1;
    if (end - start < HEADER_LENGTH) return false;
    this.#bytes = bytes;
    this.#message = start;
    this.#position = start + HEADER_LENGTH;
    this.#end = end;
    this.#class = -1;
    this.#isResponse = bytes[start + 2] >= 0x80;
    const opcode = (bytes[start + 2] >> 3) & 0x0f;
    this.#isUpdate = opcode === OPCODE.update;
    this.#isAboutZone = opcode === OPCODE.update || opcode === OPCODE.notify;
    this.#hasTkeyQuestion = false;
    this.#hasOpt = false;
    const counts = start + QUESTION_COUNT_OFFSET;
    if (!this.#scanQuestions(this.#uint16(counts))) return false;
    return RECORD_SECTIONS.every((section) => this.#scanRecords(section, this.#uint16(counts + 2 + 2 * section)));
  }

  /** All questions have one name and one class, and none is asked twice. */
  #scanQuestions(count: number): boolean {
    const types = count > 1 ? new Set<number>() : undefined;
    for (let question = 0; question < count; question++) {
      const name = this.#position;
      const nameEnd = scanLooseName(this.#bytes, this.#message, name, this.#end);
      if (nameEnd < 0 || nameEnd + 4 > this.#end) return false;
      const type = this.#uint16(nameEnd);
      this.#position = nameEnd + 4;
      if (question === 0) {
        this.questionName = name;
        this.questionType = type;
        this.questionClass = this.#uint16(nameEnd + 2);
        this.#class = this.questionClass;
        if (this.#isAboutZone && isQueryClass(this.#class)) return false;
      } else if (
        this.#uint16(nameEnd + 2) !== this.#class ||
        this.#nameKey(name) !== this.#nameKey(this.questionName)
      ) {
        return false;
      }
      if (type === TYPE.tkey) this.#hasTkeyQuestion = true;
      if (types?.has(type)) return false;
      types?.add(type);
    }
    return true;
  }

  #scanRecords(section: number, count: number): boolean {
    this.#singletons.clear();
    for (let index = 0; index < count; index++) {
      const name = this.#position;
      const fixed = scanLooseName(this.#bytes, this.#message, name, this.#end);
      const data = fixed + RECORD_FIXED_LENGTH;
      if (fixed < 0 || data > this.#end) return false;
      const end = data + this.#uint16(data - 2);
      if (end > this.#end) return false;
      const [type, recordClass] = [this.#uint16(fixed), this.#uint16(fixed + 2)];
      const isLast = index === count - 1;
      if (!this.#isRecord({ name, type, class: recordClass, data, end, section, isLast })) return false;
      this.#position = end;
    }
    return true;
  }

  #isRecord(record: ScannedRecord): boolean {
    const { type, data, end } = record;
    if (!this.#isClassRight(record) || !this.#isPlaceRight(record)) return false;
    if (this.#isUpdate && hasNoData(record)) return data === end;
    const isDeletion = this.#isUpdate && record.class === CLASS.none && record.section === SECTION.authority;
    const dataClass = isDeletion ? this.#class : record.class;
    if (!isRdata(this.#bytes, this.#message, type, dataClass, data, end)) return false;
    if (type === TYPE.nsec3 && !this.#isHashedName(record.name)) return false;
    return this.#isCoveredRight(record) && this.#isSingle(record);
  }

  /** The class of the message is that of its first question or record; with exceptions, it is that of all. */
  #isClassRight({ type, class: recordClass }: ScannedRecord): boolean {
    const hasOwnMeaning = type === TYPE.opt || type === TYPE.tsig || type === TYPE.tkey;
    if (this.#class < 0 && !hasOwnMeaning) this.#class = recordClass;
    if (this.#isUpdate || hasOwnMeaning || type === TYPE.sig) return true;
    if (type === TYPE.key && this.#hasTkeyQuestion) return true;
    return this.#class === CLASS.any || this.#class === recordClass;
  }

  #isPlaceRight({ type, class: recordClass, name, section, isLast }: ScannedRecord): boolean {
    if (type === TYPE.tsig) return section === SECTION.additional && recordClass === CLASS.any && isLast;
    if (type === TYPE.opt) {
      if (section !== SECTION.additional || this.#hasOpt || !this.#isRoot(name)) return false;
      this.#hasOpt = true;
    }
    if (type === TYPE.tkey) {
      return section === SECTION.answer || (section === SECTION.additional && !this.#isResponse);
    }
    return this.#isUpdate || type < TYPE.ixfr || type > TYPE.any;
  }

  /** SIG(0) (RFC 2931, 3.1) covers no type, and has a place of its own. */
  #isCoveredRight({ type, class: recordClass, name, data, section, isLast }: ScannedRecord): boolean {
    if (type === TYPE.rrsig) return this.#uint16(data) > 0;
    if (type !== TYPE.sig) return true;
    if (this.#uint16(data) > 0) return this.#class === CLASS.any || this.#class === recordClass;
    return section === SECTION.additional && isLast && this.#isRoot(name);
  }

  /** Of some types a name has one record, which may stand there again. */
  #isSingle({ type, class: recordClass, name, data }: ScannedRecord): boolean {
    if (this.#isUpdate || (type !== TYPE.cname && type !== TYPE.soa && type !== TYPE.dname)) return true;
    const key = `${type} ${recordClass} ${this.#nameKey(name)}`;
    const value = this.#dataKey(type, data);
    if ((this.#singletons.get(key) ?? value) !== value) return false;
    this.#singletons.set(key, value);
    return true;
  }

  #dataKey(type: number, data: number): string {
    if (type !== TYPE.soa) return this.#nameKey(data);
    const second = scanLooseName(this.#bytes, this.#message, data, this.#end);
    const numbers = scanLooseName(this.#bytes, this.#message, second, this.#end);
    return `${this.#nameKey(data)} ${this.#nameKey(second)} ${this.#bytes.subarray(numbers, numbers + 20)}`;
  }

  /** Whether the first label is base32hex (RFC 5155, 3; RFC 4648, 7), without padding. */
  #isHashedName(name: number): boolean {
    const [label = ''] = renderName(this.#bytes, this.#message, name).split('.', 1);
    return /^([0-9a-v]{8})*([0-9a-v][048cgkos]|[0-9a-v]{3}[0g]|[0-9a-v]{4}[02468acegikmoqsu]|[0-9a-v]{6}[08go])?$/i.test(
      label,
    );
  }

  #isRoot(name: number): boolean {
    return renderName(this.#bytes, this.#message, name) === '.';
  }

  /** What is equal for names that are equal (RFC 4343). */
  #nameKey(name: number): string {
    return renderName(this.#bytes, this.#message, name).toLowerCase();
  }

  #uint16(position: number): number {
    return read16(this.#bytes, position);
  }
}

function isQueryClass(dnsClass: number): boolean {
  return dnsClass === CLASS.none || dnsClass === CLASS.any;
}

/** RFC 2136, 2.4 and 2.5: prerequisites without data, and deletions of more than one record. */
function hasNoData({ class: recordClass, section }: ScannedRecord): boolean {
  if (section === SECTION.answer) return recordClass === CLASS.any || recordClass === CLASS.none;
  return section === SECTION.authority && recordClass === CLASS.any;
}
