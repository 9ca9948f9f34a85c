/** A small builder for DNS messages (RFC 1035, 4.1); what is wrong on purpose comes in as raw bytes. */
import { concat } from './frames.ts';

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

/** The fields of a header; what is absent is 0. */
export interface DnsHeader {
  id?: number;
  flags?: number;
  questionCount?: number;
  answerCount?: number;
  authorityCount?: number;
  additionalCount?: number;
}

/** The 12 bytes of a header. */
export function dnsHeader(header: DnsHeader = {}): Uint8Array {
  const { id = 0, flags = 0, questionCount = 0, answerCount = 0, authorityCount = 0, additionalCount = 0 } = header;
  return concat(...[id, flags, questionCount, answerCount, authorityCount, additionalCount].map(uint16));
}

/** A name in wire format, without compression; `''` is the root. */
export function dnsName(name: string): Uint8Array {
  const labels = name.split('.').filter((label) => label !== '');
  return concat(...labels.map((label) => concat(Uint8Array.of(label.length), Buffer.from(label, 'latin1'))), uint8(0));
}

function uint8(value: number): Uint8Array {
  return Uint8Array.of(value);
}

/** A compression pointer to an octet of the message. */
export function dnsPointer(target: number): Uint8Array {
  return uint16(0xc000 | target);
}

/** A question; bytes stand for a name as they are. The type is A and the class IN unless told. */
export function dnsQuestion(name: string | Uint8Array, type = 1, dnsClass = 1): Uint8Array {
  return concat(typeof name === 'string' ? dnsName(name) : name, uint16(type), uint16(dnsClass));
}

/** A resource record with raw rdata. */
export function dnsRecord(name: string | Uint8Array, type: number, rdata: Uint8Array, dnsClass = 1): Uint8Array {
  return concat(dnsQuestion(name, type, dnsClass), uint16(0), uint16(300), uint16(rdata.length), rdata);
}

/** The parts of a message; the counts are those of the lists unless `header` says otherwise. */
export interface DnsMessage {
  header?: DnsHeader;
  questions?: Uint8Array[];
  answers?: Uint8Array[];
  additionals?: Uint8Array[];
}

/** A whole message. */
export function dnsMessage({ header = {}, questions = [], answers = [], additionals = [] }: DnsMessage): Uint8Array {
  const counts = {
    questionCount: questions.length,
    answerCount: answers.length,
    additionalCount: additionals.length,
  };
  return concat(dnsHeader({ ...counts, ...header }), ...questions, ...answers, ...additionals);
}
